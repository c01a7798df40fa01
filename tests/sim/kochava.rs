//! Kochava's side: how it treats a call, and what it answers.

use super::fault_plan::{KochavaMode, WRONG_APP};
use super::history::{AnswerKind, Post, PostedFor};
use super::queue::number_in;
use super::world::World;
use kochava_edge::{Moment, Outcome, Request, RequestKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// The identities that it accepted, by body, and when first.
#[derive(Debug, Default)]
pub(crate) struct Kochava {
    pub(crate) identities: BTreeMap<String, i64>,
}

/// The result of a call, and when it comes.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) ends: i64,
    status: Option<u16>,
    retry_after: Option<String>,
    body: String,
    is_cut: bool,
    answer: AnswerKind,
    is_accepted: bool,
    is_readable: bool,
}

impl Reply {
    fn of(status: u16, body: &str, answer: AnswerKind) -> Self {
        Reply {
            ends: 0,
            status: Some(status),
            retry_after: None,
            body: body.to_owned(),
            is_cut: false,
            answer,
            is_accepted: answer == AnswerKind::Accepted,
            is_readable: true,
        }
    }

    /// Accepts the call, and does not say so.
    fn unreadable() -> Self {
        Reply {
            is_readable: false,
            ..Reply::of(200, "<html>ok", AnswerKind::Accepted)
        }
    }

    fn nothing(is_cut: bool) -> Self {
        Reply {
            status: None,
            is_cut,
            ..Reply::of(0, "", AnswerKind::Failed)
        }
    }

    pub(crate) fn outcome(&self, at: Moment) -> Outcome<'_> {
        match self.status {
            Some(status) => Outcome::Answered {
                status,
                retry_after: self.retry_after.as_deref(),
                body: Some(self.body.as_bytes()),
                at,
            },
            None if self.is_cut => Outcome::Unreachable,
            None => Outcome::TimedOut,
        }
    }

    pub(crate) fn is_acceptance(&self) -> bool {
        self.answer == AnswerKind::Accepted
    }
}

impl World {
    /// Makes a call for an event.
    pub(crate) fn call_kochava(
        &mut self,
        request: &Request,
        timeout: Duration,
        posted_for: PostedFor,
    ) -> Reply {
        let mut reply = self.reply(request);
        let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        let lasts = if reply.status.is_none() && !reply.is_cut {
            timeout
        } else {
            self.random.between(20, 400).min(timeout)
        };
        reply.ends = self.now + lasts;
        if reply.is_accepted && request.kind == RequestKind::Identity {
            let now = self.now;
            self.kochava
                .identities
                .entry(request.body.clone())
                .or_insert(now);
        }
        let app = if request.body.contains(WRONG_APP) {
            WRONG_APP
        } else {
            "koexample"
        };
        self.history.add_post(Post {
            at: self.now,
            ends: reply.ends,
            kind: request.kind,
            app: app.to_owned(),
            is_accepted: reply.is_accepted,
            answer: reply.answer,
            is_readable: reply.is_readable,
            posted_for,
        });
        reply
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let mode = self.scenario.mode(self.now);
        let share = self.scenario.rates.post;
        let mode = if mode == KochavaMode::Healthy && self.chance_of_fault(share) {
            self.random.pick(&[
                KochavaMode::Limits(0),
                KochavaMode::Fails,
                KochavaMode::TimesOut,
                KochavaMode::Resets,
                KochavaMode::AnswersUnreadably,
            ])
        } else {
            mode
        };
        let third = self.random.below(3) == 0;
        match mode {
            KochavaMode::Limits(seconds) => {
                let retry_after = (seconds > 0).then(|| seconds.to_string());
                Reply {
                    retry_after,
                    ..Reply::of(429, "", AnswerKind::Limited)
                }
            }
            KochavaMode::Fails => {
                let status = self.random.pick(&[500, 502, 503, 504]);
                Reply {
                    is_accepted: third && Self::would_take(request),
                    ..Reply::of(status, "<html>", AnswerKind::Failed)
                }
            }
            KochavaMode::TimesOut | KochavaMode::Resets => Reply {
                is_accepted: third && Self::would_take(request),
                ..Reply::nothing(mode == KochavaMode::Resets)
            },
            KochavaMode::Refuses(status) => Reply::of(status, "", AnswerKind::Refused),
            KochavaMode::RefusesIdentities if request.kind == RequestKind::Identity => {
                Reply::of(404, "", AnswerKind::Refused)
            }
            KochavaMode::RejectsAll => Reply::of(
                400,
                "{\"success\":\"0\",\"error\":\"bad app\"}",
                AnswerKind::Rejected,
            ),
            KochavaMode::AnswersUnreadably if Self::would_take(request) => Reply::unreadable(),
            KochavaMode::Healthy
            | KochavaMode::AnswersUnreadably
            | KochavaMode::RefusesIdentities => Self::honest(request),
        }
    }

    fn would_take(request: &Request) -> bool {
        Self::honest(request).is_accepted
    }

    /// Returns the answer where no fault is planned.
    fn honest(request: &Request) -> Reply {
        let body = &request.body;
        let number = number_in(body).unwrap_or_default();
        let is_named = |name: &str| body.contains(&format!("\"event_name\":\"{name}\""));
        if body.contains(WRONG_APP) {
            return Reply::of(404, "", AnswerKind::Refused);
        }
        let limited = |status, wait: &str| Reply {
            retry_after: Some(wait.to_owned()),
            ..Reply::of(status, "", AnswerKind::Limited)
        };
        let loner = body
            .split_once("\"event_name\":\"L")
            .and_then(|(_, rest)| rest.split_once('"'));
        match loner.map(|(name, _)| name) {
            Some("400") => {
                return Reply::of(
                    400,
                    &format!("{{\"error\":{number}}}"),
                    AnswerKind::Rejected,
                );
            }
            Some("403") => return Reply::of(403, "", AnswerKind::Refused),
            Some("404") => return Reply::of(404, "", AnswerKind::Refused),
            Some("429") => return Reply::of(429, "", AnswerKind::Limited),
            Some("429 Retry-After") => return limited(429, "3600"),
            Some("500") => return Reply::of(500, "", AnswerKind::Failed),
            Some("503 Retry-After") => return limited(503, "3600"),
            Some(" timeout") => return Reply::nothing(false),
            Some(" reset") => return Reply::nothing(true),
            Some(" unreadable") => return Reply::unreadable(),
            Some(_) | None => {}
        }
        if is_named("Bad") {
            Reply::of(
                400,
                &format!("{{\"error\":\"bad event {number}\"}}"),
                AnswerKind::Rejected,
            )
        } else if is_named("Zero") {
            Reply::of(
                200,
                &format!("{{\"success\":\"0\",\"error\":\"{number}\"}}"),
                AnswerKind::Rejected,
            )
        } else {
            Reply::of(200, "{\"success\":\"1\"}", AnswerKind::Accepted)
        }
    }
}
