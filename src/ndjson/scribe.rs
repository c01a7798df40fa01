//! What do all lines of a batch share?
//!
//! How their requests begin, and the tokens that are still missing: four bodies are signed in half
//! the time of four times one, so a line is told with a blank for its token, which is filled in
//! once four bodies wait.

use super::{begin_request, write_header};
use crate::plan::Planner;
use crate::request::{CONTENT_TYPE, RequestKind, Token};
use alloc::string::String;
use alloc::vec::Vec;

pub(super) struct Scribe<'p> {
    planner: &'p Planner,
    api_key: &'p str,
    /// How the requests of each kind begin, up to their first header.
    heads: Vec<(RequestKind, &'static str, String)>,
    /// Bodies, and where their tokens are missing; in the order of the places.
    waiting: [(String, usize); 4],
    count: usize,
}

impl<'p> Scribe<'p> {
    /// Tells `api_key` where requests are signed.
    pub(super) fn of(planner: &'p Planner, api_key: &'p str) -> Self {
        Scribe {
            planner,
            api_key,
            heads: Vec::new(),
            waiting: <[(String, usize); 4]>::default(),
            count: 0,
        }
    }

    /// What is told of the API key, if requests are signed.
    pub(super) fn api_key(&self) -> Option<&'p str> {
        self.planner.signer().map(|_| self.api_key)
    }

    /// How such a request begins.
    pub(super) fn head(&mut self, kind: RequestKind, path: &'static str) -> &str {
        let known = self
            .heads
            .iter()
            .position(|head| (head.0, head.1) == (kind, path));
        let at = known.unwrap_or_else(|| {
            let mut head = String::new();
            begin_request(&mut head, kind, [self.planner.endpoint().origin(), path]);
            write_header(&mut head, true, CONTENT_TYPE.0, CONTENT_TYPE.1);
            self.heads.push((kind, path, head));
            self.heads.len() - 1
        });
        &self.heads[at].2
    }

    /// Takes a body whose token is missing at this place of `out`; gives room for the next body.
    pub(super) fn let_wait(&mut self, place: usize, body: &mut String, out: &mut String) {
        let (waiting, missing) = &mut self.waiting[self.count];
        core::mem::swap(waiting, body);
        *missing = place;
        self.count += 1;
        if self.count == self.waiting.len() {
            self.sign(out);
        }
    }

    /// Fills in the tokens that are missing in `out`.
    pub(super) fn sign(&mut self, out: &mut String) {
        let Some(signer) = self.planner.signer() else {
            return;
        };
        let mut fill = |place: usize, token: Token| {
            out.replace_range(place..place + Token::BLANK.len(), token.as_str())
        };
        if self.count == self.waiting.len() {
            let tokens =
                signer.prove_four(self.waiting.each_ref().map(|(body, _)| body.as_bytes()));
            self.waiting
                .iter()
                .zip(tokens)
                .for_each(|((_, place), token)| fill(*place, token));
        } else {
            self.waiting[..self.count]
                .iter()
                .for_each(|(body, place)| fill(*place, signer.prove(body.as_bytes())));
        }
        self.count = 0;
    }

    /// Takes back what was told behind this place.
    pub(super) fn take_back(&mut self, out: &mut String, told: usize) {
        out.truncate(told);
        while self.count > 0 && self.waiting[self.count - 1].1 >= told {
            self.count -= 1;
        }
    }
}
