//! The evidence of the breakers, counted apart from them: none trips without it.

use super::history::AnswerKind;
use super::world::World;
use kochava_edge::limits::{BREAKER_FAILURES, BREAKER_SAME_ANSWERS, BREAKER_UNREADABLE_ANSWERS};
use kochava_edge::{Breakers, Digest, Route};
use std::collections::{BTreeMap, BTreeSet};

/// What the runs that were recorded saw, by shard and route.
#[derive(Debug, Default)]
pub(crate) struct Evidence(BTreeMap<(u32, Route), RouteEvidence>);

#[derive(Debug, Default)]
struct RouteEvidence {
    /// Events that failed since the last acceptance, each with its number among the calls of its run
    /// that failed for an equal event: equal events without a key cannot be told apart by their calls.
    failing: BTreeSet<(Digest, usize)>,
    /// Rejections since then.
    rejections: u32,
    /// Answers that cannot be read since the last one that can.
    unreadable: u32,
    is_tripped: bool,
}

impl World {
    /// Takes the calls of a run whose reports a shard has, and compares the breakers with them. The
    /// reports of a wave may be dropped if the shard restarted during it: its acceptances then say
    /// nothing.
    pub(crate) fn check_evidence(
        &mut self,
        shard: u32,
        run: u64,
        breakers: &Breakers<Route>,
        may_be_dropped: bool,
    ) {
        let mut posts: Vec<_> = self
            .history
            .posts_of(run)
            .filter(|post| post.posted_for.shard == shard)
            .cloned()
            .collect();
        posts.sort_by_key(|post| post.ends);
        let mut failed: BTreeMap<Digest, usize> = BTreeMap::new();
        for post in posts {
            let route = Route {
                kind: post.kind,
                app: post.app,
            };
            let known = self.stores.evidence.0.entry((shard, route)).or_default();
            match post.answer {
                AnswerKind::Accepted if may_be_dropped => {}
                AnswerKind::Accepted => {
                    known.failing.clear();
                    known.rejections = 0;
                    known.unreadable = if post.is_readable {
                        0
                    } else {
                        known.unreadable + 1
                    };
                }
                AnswerKind::Rejected => known.rejections += 1,
                AnswerKind::Failed | AnswerKind::Limited | AnswerKind::Refused => {
                    let times = failed.entry(post.posted_for.id).or_default();
                    known.failing.insert((post.posted_for.id, *times));
                    *times += 1;
                }
            }
        }
        let tripped: BTreeMap<Route, String> = breakers
            .open()
            .filter(|(_, open)| !open.is_suspicion)
            .map(|(route, open)| (route.clone(), format!("{:?}", open.reason)))
            .collect();
        let mut faults = Vec::new();
        let known = self.stores.evidence.0.iter_mut();
        for ((_, route), evidence) in known.filter(|((of, _), _)| *of == shard) {
            let reason = tripped.get(route);
            let is_enough = evidence.failing.len() >= BREAKER_FAILURES
                || evidence.rejections >= BREAKER_SAME_ANSWERS
                || evidence.unreadable >= BREAKER_UNREADABLE_ANSWERS;
            if let Some(reason) = reason
                && !evidence.is_tripped
            {
                let trips = self.history.trips.entry(reason.clone()).or_default();
                *trips += 1;
                if !is_enough {
                    faults.push(format!(
                        "the breaker of {route:?} trips ({reason}) on {evidence:?}"
                    ));
                }
            }
            evidence.is_tripped = reason.is_some();
        }
        for fault in faults {
            self.fault(fault);
        }
    }
}
