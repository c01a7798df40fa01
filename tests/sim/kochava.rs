//! What does the other side do with a call, and what does it say?

use super::fault_plan::Mood;
use super::journal::{Post, Stamp, Told};
use super::queue::number_in;
use super::world::World;
use kochava_edge::{Moment, Outcome, Request, RequestKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// What it remembers: identities without a number, by their body, and when it first took them.
#[derive(Debug, Default)]
pub(crate) struct Kochava {
    pub(crate) identities: BTreeMap<String, i64>,
}

/// What comes back from a call, and when.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) ends: i64,
    status: Option<u16>,
    retry_after: Option<String>,
    body: String,
    is_cut: bool,
    told: Told,
    is_accepted: bool,
}

impl Reply {
    fn of(status: u16, body: &str, told: Told) -> Self {
        Reply {
            ends: 0,
            status: Some(status),
            retry_after: None,
            body: body.to_owned(),
            is_cut: false,
            told,
            is_accepted: told == Told::Accepted,
        }
    }

    fn nothing(is_cut: bool) -> Self {
        Reply {
            status: None,
            is_cut,
            ..Reply::of(0, "", Told::Failed)
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

    pub(crate) fn is_yes(&self) -> bool {
        self.told == Told::Accepted
    }
}

impl World {
    /// Kochava gets a call of this event.
    pub(crate) fn call_kochava(
        &mut self,
        request: &Request,
        timeout: Duration,
        number: u32,
        stamp: Stamp,
        round: Option<u64>,
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
        let Reply {
            is_accepted, told, ..
        } = reply;
        self.journal.posts.push(Post {
            at: self.now,
            number,
            kind: request.kind,
            stamp,
            round,
            is_accepted,
            told,
        });
        reply
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let mood = self.script.mood(self.now);
        let share = self.script.noise.post;
        let mood = if mood == Mood::Fine && self.mishap(share) {
            self.random.pick(&[
                Mood::Limits(0),
                Mood::Fails,
                Mood::Silent,
                Mood::Resets,
                Mood::Mumbles,
            ])
        } else {
            mood
        };
        let third = self.random.below(3) == 0;
        match mood {
            Mood::Limits(seconds) => {
                let retry_after = (seconds > 0).then(|| seconds.to_string());
                Reply {
                    retry_after,
                    ..Reply::of(429, "", Told::Limited)
                }
            }
            Mood::Fails => {
                let status = self.random.pick(&[500, 502, 503, 504]);
                Reply {
                    is_accepted: third && Self::would_take(request),
                    ..Reply::of(status, "<html>", Told::Failed)
                }
            }
            Mood::Silent | Mood::Resets => Reply {
                is_accepted: third && Self::would_take(request),
                ..Reply::nothing(mood == Mood::Resets)
            },
            Mood::Refuses(status) => Reply::of(status, "", Told::Refused),
            Mood::RefusesIdentities if request.kind == RequestKind::Identity => {
                Reply::of(404, "", Told::Refused)
            }
            Mood::RejectsAll => Reply::of(
                400,
                "{\"success\":\"0\",\"error\":\"bad app\"}",
                Told::Rejected,
            ),
            Mood::Mumbles if Self::would_take(request) => {
                Reply::of(200, "<html>ok", Told::Accepted)
            }
            Mood::Fine | Mood::Mumbles | Mood::RefusesIdentities => Self::honest(request),
        }
    }

    fn would_take(request: &Request) -> bool {
        Self::honest(request).is_accepted
    }

    /// What it says on a good day.
    fn honest(request: &Request) -> Reply {
        let number = number_in(&request.body).unwrap_or_default();
        if request.body.contains("\"event_name\":\"Bad\"") {
            Reply::of(
                400,
                &format!("{{\"error\":\"bad event {number}\"}}"),
                Told::Rejected,
            )
        } else if request.body.contains("\"event_name\":\"Zero\"") {
            Reply::of(
                200,
                &format!("{{\"success\":\"0\",\"error\":\"{number}\"}}"),
                Told::Rejected,
            )
        } else {
            Reply::of(200, "{\"success\":\"1\"}", Told::Accepted)
        }
    }
}
