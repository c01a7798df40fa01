//! How is a Durable Object asked?
//!
//! Three kinds: `memory`, `ledger` and `gate`, each a thin shell around the core's decisions, which
//! writes down what these answer before it replies. Asked by a POST of a short text, answered by a
//! short text. What they know lies in SQLite; in memory they keep it until something fails, and
//! then read it anew.

mod breaker;
mod dedupe;
mod journal;

use crate::platform::{Asking, Failed, Namespace};
use js_sys::Reflect;
use kochava_edge::Digest;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Request, Response, ResponseInit};

pub(crate) use breaker::Gate;
pub(crate) use dedupe::Memory;
pub(crate) use journal::Ledger;

/// Asks the object `name` of a binding; several that are asked one after the other work beside each
/// other.
fn ask(env: &Env, binding: &str, name: &str, path: &str, text: &str) -> Asking {
    let namespace = Reflect::get(env, &binding.into()).map(JsCast::unchecked_into::<Namespace>);
    Asking::of(
        namespace
            .map_err(Failed::from)
            .and_then(|namespace| namespace.ask(name, path, text)),
    )
}

/// The places of names, by the shards that remember them.
pub(crate) fn by_shard(keys: &[Digest], shards: u32) -> Vec<(u32, Vec<usize>)> {
    let mut found: Vec<(u32, Vec<usize>)> = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let shard = key.shard(shards);
        match found.iter_mut().find(|(known, _)| *known == shard) {
            Some((_, places)) => places.push(at),
            None => found.push((shard, vec![at])),
        }
    }
    found
}

/// Answers a request by `act`, which is told the last part of its path, and its text.
async fn answer(
    request: Request,
    act: &dyn Fn(&str, &str) -> Result<String, Failed>,
) -> Result<Response, JsValue> {
    let text = JsFuture::from(request.text()?)
        .await?
        .as_string()
        .unwrap_or_default();
    let url = request.url();
    let path = url.rsplit('/').next().unwrap_or_default();
    let (status, text) = match act(path, &text) {
        Ok(text) => (200, text),
        Err(Failed) => (500, String::new()),
    };
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init(Some(&text), &init)
}

/// What an object knows, read from its SQLite when it is first asked and after everything that
/// failed.
struct Kept<T>(RefCell<Option<T>>);

impl<T> Kept<T> {
    fn new() -> Self {
        Kept(RefCell::new(None))
    }

    /// Lets `act` work on it. Nothing of it awaits: what it writes is written together, or not at
    /// all.
    fn with(
        &self,
        read: impl FnOnce() -> Result<T, Failed>,
        act: impl FnOnce(&mut T) -> Result<String, Failed>,
    ) -> Result<String, Failed> {
        let mut kept = self.0.borrow_mut();
        let mut known = match kept.take() {
            Some(known) => known,
            None => read()?,
        };
        let text = act(&mut known)?;
        *kept = Some(known);
        Ok(text)
    }
}
