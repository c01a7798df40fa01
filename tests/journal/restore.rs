//! A journal that is restored from its rows answers like the one in memory; its claims alone are
//! lost.

use crate::{CommitRequest, MINUTE, Shard, done, id, refused, settled, waiting};
use kochava_edge::limits::CLAIM_LEASE;
use kochava_edge::{JournalState, Moment, Permit, SettledMessage};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Action {
    Settle(Vec<Settling>),
    /// A wave with so many refused events.
    Refuse(usize),
    Complete(Vec<usize>),
    /// So many minutes pass.
    Later(i64),
    Sweep,
}

/// A message, whether work remains for it, and what becomes of its events.
#[derive(Clone, Debug)]
struct Settling {
    name: usize,
    is_open: bool,
    delivered: Vec<u64>,
    rejected: Vec<u64>,
    resolved: Vec<u64>,
}

impl Settling {
    fn message(&self) -> SettledMessage {
        let message = if self.is_open {
            settled(self.name, waiting(7))
        } else {
            done(self.name)
        };
        SettledMessage {
            delivered: self.delivered.clone(),
            rejected: self.rejected.clone(),
            resolved: self.resolved.clone(),
            ..message
        }
    }
}

const MESSAGES: usize = 12;
const EVENTS: u64 = 20;

fn settling() -> impl Strategy<Value = Settling> {
    let events = || vec(0..EVENTS, 0..3);
    (0..MESSAGES, any::<bool>(), events(), events(), events()).prop_map(
        |(name, is_open, delivered, rejected, resolved)| Settling {
            name,
            is_open,
            delivered,
            rejected,
            resolved,
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        5 => vec(settling(), 1..4).prop_map(Action::Settle),
        1 => (1_usize..7).prop_map(Action::Refuse),
        2 => vec(0..MESSAGES, 1..4).prop_map(Action::Complete),
        2 => (0_i64..300).prop_map(Action::Later),
        1 => (0_i64..90 * 24 * 60).prop_map(Action::Later),
        2 => Just(Action::Sweep),
    ]
}

impl Shard {
    fn act(&mut self, action: &Action) -> Vec<JournalState> {
        match action {
            Action::Settle(settling) => {
                return self.settle(settling.iter().map(Settling::message).collect());
            }
            Action::Refuse(events) => return self.commit(refused(*events)),
            Action::Complete(names) => {
                let ids: Vec<_> = names.iter().map(|&name| id(name)).collect();
                let writes = self.journal.complete(&ids, self.moment());
                self.write(writes);
            }
            Action::Later(minutes) => self.now += minutes * MINUTE,
            Action::Sweep => self.sweep(),
        }
        Vec::new()
    }

    /// Begins a wave with all messages and events, whose claims lapse before the next one.
    fn all_claims(&mut self) -> (Vec<String>, Permit) {
        let events: Vec<u64> = (0..EVENTS).collect();
        let messages: Vec<(usize, &[u64])> = (0..=MESSAGES)
            .map(|name| (name, events.as_slice()))
            .collect();
        let begun = self.begin(&messages);
        let permit = self.permit();
        self.commit(CommitRequest {
            unused_probes: vec![crate::route()],
            ..CommitRequest::default()
        });
        self.now += i64::try_from(CLAIM_LEASE.as_millis()).expect("it is minutes");
        (
            begun.iter().map(|begun| format!("{begun:?}")).collect(),
            permit,
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_restored_journal_answers_like_the_one_in_memory(actions in vec(action(), 1..30)) {
        let (mut memory, mut restored) = (Shard::default(), Shard::default());
        for action in actions {
            restored.restart();
            prop_assert_eq!(memory.act(&action), restored.act(&action));
            restored.restart();
            prop_assert_eq!(memory.all_claims(), restored.all_claims());
            prop_assert_eq!(&memory.rejected, &restored.rejected);
            let now = memory.moment();
            for minutes in [0, 60, 6 * 60, 100 * 24 * 60] {
                let from = Moment::from_millis(now.millis - minutes * MINUTE);
                let overviews = [&memory, &restored].map(|shard| shard.journal.overview(from, now));
                prop_assert_eq!(&overviews[0], &overviews[1]);
            }
        }
    }

    /// The plain twin is a map from each message to its first settlement.
    #[test]
    fn every_message_is_counted_once_whatever_comes_again(actions in vec(vec(settling(), 1..4), 1..20)) {
        let mut shard = Shard::default();
        let mut plain: BTreeMap<usize, JournalState> = BTreeMap::new();
        for settlings in actions {
            let states = shard.act(&Action::Settle(settlings.clone()));
            for (settling, state) in settlings.iter().zip(states) {
                let first = if settling.is_open {
                    JournalState::Open(waiting(7))
                } else {
                    JournalState::Completed
                };
                prop_assert_eq!(plain.entry(settling.name).or_insert(first), &state);
            }
            prop_assert_eq!(shard.delivered(0, 0), 2 * plain.len() as u64);
            shard.restart();
        }
    }
}
