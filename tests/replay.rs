//! The replay: hand-written scripts of what the shell answers, with a failure of each effect, and a
//! crash at each step.

use kochava_edge::limits::{REPLAY_EVENTS_MAX, REPLAY_PAGES_MAX};
use kochava_edge::{
    BeginMessage, BeginRequest, CommitRequest, DeliveryProgress, Digest, EventClaim, Journal,
    KnownRows, Message, Moment, Planner, RejectPage, RejectPick, RejectVersion, ReplayContext,
    ReplayOutcome, ReplayResult, ReplayStep, RetrySchedule, Settings, SettledMessage, Settlement,
    Source, StoredReject, TurnResult, replay,
};
use std::collections::{BTreeMap, BTreeSet};

const SETTINGS: &str = r#"{"app_guid":"koexample","events":{"select":[{"names":["Level *"]}]},"mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"idfv"}}"#;

/// When the operator asks.
const NOW: Moment = Moment::from_millis(1_767_225_600_000);

fn planner() -> Planner {
    Planner::new(Settings::read(SETTINGS).expect("the settings have no fault"))
}

/// An event as Amplitude sends it, with this address and a filling of some bytes.
fn event(name: &str, address: &str, bytes: usize) -> String {
    let filling = "x".repeat(bytes);
    format!(
        r#"{{"event_type":"{name}","event_time":"2026-01-01 00:00:00.000000","platform":"iOS","ip_address":{address},"user_properties":{{"kd":"KA-1"}},"filling":"{filling}"}}"#
    )
}

/// The reject number `number`, stored as many milliseconds before the replay as its number says
/// from the end.
fn reject(number: i64, event: Option<String>) -> StoredReject {
    StoredReject {
        version: RejectVersion {
            stored: Moment::from_millis(NOW.millis - 10_000 + number),
            id: Digest::of(&["event", &number.to_string()]),
        },
        received: Moment::from_millis(NOW.millis - 20_000),
        source: Some(Source::default()),
        of_users: false,
        shard: 0,
        settings: Digest::of(&["earlier settings"]),
        progress: DeliveryProgress {
            attempts: 7,
            waited_s: 100,
            deferrals: 3,
            ..DeliveryProgress::default()
        },
        reasons: "[]".to_owned(),
        sent: Vec::new(),
        event,
    }
}

fn ready(number: i64) -> StoredReject {
    reject(number, Some(event("Level 1", r#""203.0.113.24""#, 0)))
}

fn refused(number: i64) -> StoredReject {
    reject(number, Some(event("Level 1", "null", 0)))
}

/// The effects of the shell: a store of rejects, a queue, and the failures that a script asks for.
#[derive(Default)]
struct Shell {
    rejects: BTreeMap<RejectVersion, StoredReject>,
    large: BTreeMap<Digest, String>,
    /// The texts in the queue, in their order.
    queue: Vec<String>,
    /// The effects so far, as `pick 100`, `delete 3`, `store 1`, `send 2`.
    effects: Vec<String>,
    /// Effects that fail, by their number.
    failing: BTreeSet<usize>,
    /// Before which effect the isolate dies, and whether it is done all the same.
    crash: Option<(usize, bool)>,
}

impl Shell {
    fn of(rejects: impl IntoIterator<Item = StoredReject>) -> Self {
        let rejects = rejects.into_iter();
        Shell {
            rejects: rejects.map(|reject| (reject.version, reject)).collect(),
            ..Shell::default()
        }
    }

    fn failing(mut self, effects: &[usize]) -> Self {
        self.failing = effects.iter().copied().collect();
        self
    }

    fn dry(&mut self) -> ReplayOutcome {
        self.run(true).expect("there is no crash")
    }

    fn replay(&mut self) -> ReplayOutcome {
        self.run(false).expect("there is no crash")
    }

    /// Interprets a replay; `None` where the isolate dies.
    fn run(&mut self, is_dry: bool) -> Option<ReplayOutcome> {
        let planner = planner();
        let mut step = replay(ReplayContext {
            sync: "",
            planner: &planner,
            now: NOW,
            is_dry,
        });
        for number in 0.. {
            if let ReplayStep::Done(outcome) = step {
                return Some(outcome);
            }
            let crashes = self.crash.is_some_and(|(at, _)| at == number);
            if crashes && self.crash == Some((number, false)) {
                return None;
            }
            let fails = self.failing.contains(&number);
            step = match step {
                ReplayStep::Turn(turn, turning) => {
                    let deletes = turn.delete.len();
                    let picks = turn.pick.map(|pick| pick.limit);
                    self.effects.push(match (deletes, picks) {
                        (0, Some(limit)) => format!("pick {limit}"),
                        (deletes, Some(limit)) => format!("delete {deletes}, pick {limit}"),
                        (deletes, None) => format!("delete {deletes}"),
                    });
                    if fails {
                        turning.turned(TurnResult::default())
                    } else {
                        for version in turn.delete {
                            self.rejects.remove(&version);
                        }
                        turning.turned(TurnResult {
                            are_deleted: true,
                            page: turn.pick.map(|pick| self.page(pick)),
                        })
                    }
                }
                ReplayStep::Store(events, storing) => {
                    self.effects.push(format!("store {}", events.len()));
                    if !fails {
                        let texts = events.iter();
                        let texts = texts.map(|large| (large.key, large.event.as_str().to_owned()));
                        self.large.extend(texts);
                    }
                    storing.stored(!fails)
                }
                ReplayStep::Send(batches, queueing) => {
                    self.effects.push(format!("send {}", batches.len()));
                    // the first batch is sent, the second fails
                    let sent = if fails {
                        1.min(batches.len() - 1)
                    } else {
                        batches.len()
                    };
                    self.queue.extend(batches.into_iter().take(sent).flatten());
                    queueing.sent(sent)
                }
                ReplayStep::Done(_) => unreachable!("it was returned above"),
            };
            if crashes {
                return None;
            }
        }
        unreachable!("the loop returns")
    }

    fn page(&self, pick: RejectPick) -> RejectPage {
        let all = self.rejects.values();
        let mut rejects: Vec<StoredReject> = all
            .filter(|reject| pick.after.is_none_or(|after| reject.version > after))
            .filter(|reject| reject.version.stored <= pick.until)
            .cloned()
            .collect();
        let has_more = rejects.len() > pick.limit;
        rejects.truncate(pick.limit);
        RejectPage { rejects, has_more }
    }

    /// The messages in the queue, one for each digest.
    fn settled(&self) -> BTreeMap<Digest, Message<'_>> {
        let messages = self.queue.iter().map(|text| Message::read(text));
        let messages = messages.map(|message| message.expect("the message can be read"));
        messages.map(|message| (message.id, message)).collect()
    }

    /// How often each event is sent by a consumer that does what the journal allows.
    fn queued(&self) -> BTreeMap<Digest, usize> {
        self.consume().0
    }

    /// Passes the queue to a consumer that delivers everything; returns how often each event is
    /// sent, and what the journal counted: replays, and copies of events that were delivered.
    fn consume(&self) -> (BTreeMap<Digest, usize>, u64, usize) {
        let (mut sent, mut duplicates) = (BTreeMap::new(), 0);
        let mut journal = Journal::default();
        for text in &self.queue {
            let message = Message::read(text).expect("the message can be read");
            let events: Vec<u64> = message
                .events
                .iter()
                .map(|event| event.id.fingerprint())
                .collect();
            let begin = BeginRequest {
                messages: vec![BeginMessage {
                    id: message.id,
                    events: events.clone(),
                }],
                ..BeginRequest::default()
            };
            let (answer, _) = journal.begin(&begin, KnownRows::default(), NOW);
            for (event, claim) in message.events.iter().zip(&answer.messages[0].events) {
                match claim {
                    EventClaim::Claimed => *sent.entry(event.id).or_default() += 1,
                    EventClaim::Delivered => duplicates += 1,
                    EventClaim::Busy | EventClaim::Rejected => panic!("nothing runs beside it"),
                }
            }
            let commit = CommitRequest {
                settled: vec![SettledMessage {
                    id: message.id,
                    open: Settlement::default(),
                    counters: message.counters,
                    delivered: events,
                    rejected: Vec::new(),
                    resolved: Vec::new(),
                    coverage: Vec::new(),
                    waiting: Vec::new(),
                }],
                ..CommitRequest::default()
            };
            let _ = journal.commit(commit, &RetrySchedule::default(), NOW, 0.5);
        }
        let later = Moment::from_millis(NOW.millis + 60_000);
        let counters = journal.overview(Moment::from_millis(0), later).counters;
        (sent, counters.of("replayed"), duplicates)
    }
}

fn results(outcome: &ReplayOutcome) -> Vec<ReplayResult> {
    outcome
        .rejects
        .iter()
        .map(|replayed| replayed.result)
        .collect()
}

#[test]
fn ready_rejects_are_queued_and_then_deleted_and_the_others_stay() {
    let skipped = reject(3, Some(event("Opened", r#""203.0.113.24""#, 0)));
    let not_kept = reject(4, None);
    let unreadable = reject(5, Some("no event".to_owned()));
    let unknown = StoredReject {
        source: None,
        ..ready(6)
    };
    let all = [ready(1), refused(2), skipped, not_kept, unreadable, unknown];
    let mut shell = Shell::of(all);
    let outcome = shell.replay();
    assert_eq!(
        results(&outcome),
        [
            ReplayResult::Queued,
            ReplayResult::Refused,
            ReplayResult::Skipped,
            ReplayResult::NotKept,
            ReplayResult::Unreadable,
            ReplayResult::Unreadable,
        ]
    );
    assert!(!outcome.has_more && !outcome.has_failed);
    assert_eq!(shell.effects, ["pick 100", "send 1", "delete 1"]);
    assert_eq!(shell.rejects.len(), 5);
    assert!(!shell.rejects.contains_key(&ready(1).version));
}

#[test]
fn a_queued_event_is_marked_as_a_replay_and_has_a_new_schedule() {
    let done = StoredReject {
        shard: 2,
        of_users: true,
        progress: DeliveryProgress {
            done: 1,
            attempts: 5,
            ..DeliveryProgress::default()
        },
        ..ready(1)
    };
    let mut shell = Shell::of([done, ready(2)]);
    shell.replay();
    let messages: Vec<Message<'_>> = shell.settled().into_values().collect();
    assert_eq!(messages.len(), 2, "one message for each shard");
    let of_shard = |shard| messages.iter().find(|message| message.shard == shard);
    let (first, second) = (of_shard(2).unwrap(), of_shard(0).unwrap());
    let event = &first.events[0];
    assert!(event.is_replay && event.of_users);
    assert_eq!(event.id, ready(1).version.id);
    assert_eq!(event.settings, Digest::of(&["earlier settings"]));
    assert_eq!(event.received, ready(1).received);
    assert_eq!((event.progress.done, event.progress.attempts), (1, 0));
    // the deferrals are what the operator sees of the whole delivery
    let progress = second.events[0].progress;
    assert_eq!((progress.deferrals, progress.waited_s), (3, 0));
    for message in [first, second] {
        assert_eq!(message.counters.of("replayed"), 1);
    }
}

#[test]
fn a_dry_replay_has_the_effects_of_reading_alone_and_the_same_results() {
    let rejects = || {
        (1..=130).map(|number| {
            if number % 3 == 0 {
                refused(number)
            } else {
                ready(number)
            }
        })
    };
    let (mut dry, mut wet) = (Shell::of(rejects()), Shell::of(rejects()));
    let (planned, sent) = (dry.dry(), wet.replay());
    assert!(
        dry.effects.iter().all(|effect| effect.starts_with("pick ")),
        "{:?}",
        dry.effects
    );
    assert_eq!((dry.rejects.len(), dry.queue.len()), (130, 0));
    assert_eq!(planned.rejects.len(), sent.rejects.len());
    for (planned, sent) in planned.rejects.iter().zip(&sent.rejects) {
        assert_eq!(planned.reject.version, sent.reject.version);
        let is_ready = planned.result == ReplayResult::Ready;
        assert_eq!(is_ready, sent.result == ReplayResult::Queued);
    }
}

#[test]
fn rejects_that_stay_do_not_keep_it_from_those_behind_them() {
    let stay = (1..=250).map(refused);
    let mut shell = Shell::of(stay.chain((251..=400).map(ready)));
    let outcome = shell.replay();
    let queued = results(&outcome);
    let queued = queued
        .iter()
        .filter(|result| **result == ReplayResult::Queued);
    assert_eq!(queued.count(), REPLAY_EVENTS_MAX);
    assert!(outcome.has_more);
    assert_eq!(
        shell.effects,
        [
            "pick 100",
            "pick 100",
            "pick 100",
            "send 1",
            "delete 50, pick 50",
            "send 1",
            "delete 50",
        ]
    );
    // repeated, it sends the rest
    shell.effects.clear();
    let outcome = shell.replay();
    assert!(!outcome.has_more);
    assert_eq!(shell.rejects.len(), 250);
    assert_eq!(shell.queued().len(), 150);
}

#[test]
fn it_ends_even_if_there_is_nothing_but_rejects_that_stay() {
    let mut shell = Shell::of((1..=2_000).map(refused));
    let outcome = shell.replay();
    assert_eq!(shell.effects, vec!["pick 100"; REPLAY_PAGES_MAX]);
    assert!(outcome.has_more && !outcome.has_failed);
    assert_eq!(outcome.rejects.len(), 100 * REPLAY_PAGES_MAX);
}

#[test]
fn what_is_stored_while_it_runs_is_left_for_the_next() {
    let later = StoredReject {
        version: RejectVersion {
            stored: Moment::from_millis(NOW.millis + 1),
            ..ready(2).version
        },
        ..ready(2)
    };
    let mut shell = Shell::of([ready(1), later]);
    assert_eq!(shell.replay().rejects.len(), 1);
    assert_eq!(shell.rejects.len(), 1);
}

#[test]
fn an_event_that_is_too_large_for_a_message_is_stored_first_and_waits_like_the_others() {
    let large = reject(1, Some(event("Level 1", r#""203.0.113.24""#, 200_000)));
    let mut shell = Shell::of([large, ready(2)]);
    let outcome = shell.replay();
    assert_eq!(results(&outcome), [ReplayResult::Queued; 2]);
    assert_eq!(shell.effects, ["pick 100", "store 1", "send 1", "delete 2"]);
    let messages = shell.settled();
    let event = messages
        .values()
        .flat_map(|message| &message.events)
        .find(|event| event.event.is_none());
    let key = event.and_then(|event| event.stored).expect("it has a key");
    assert!(shell.large[&key].len() > 200_000);
}

#[test]
fn a_store_of_large_events_that_fails_keeps_them_as_rejects_and_sends_the_others() {
    let large = reject(1, Some(event("Level 1", r#""203.0.113.24""#, 200_000)));
    let mut shell = Shell::of([large, ready(2)]).failing(&[1]);
    let outcome = shell.replay();
    assert_eq!(
        results(&outcome),
        [ReplayResult::NotSent, ReplayResult::Queued]
    );
    assert_eq!(shell.rejects.len(), 1);
    assert_eq!(shell.queued().len(), 1);
}

#[test]
fn a_queue_that_fails_keeps_the_rejects_that_it_did_not_take() {
    // some 60 KB each: one message each, and four in a batch of 256 KB
    let rejects =
        (1..=6).map(|number| reject(number, Some(event("Level 1", r#""203.0.113.24""#, 60_000))));
    let mut shell = Shell::of(rejects.chain((7..=150).map(refused))).failing(&[1]);
    let outcome = shell.replay();
    let all = results(&outcome);
    assert_eq!(all[..4], [ReplayResult::Queued; 4]);
    assert_eq!(all[4..6], [ReplayResult::NotSent; 2]);
    assert_eq!(
        shell.effects,
        ["pick 100", "send 2", "delete 4"],
        "it reads no further page"
    );
    assert!(outcome.has_more && !outcome.has_failed);
    shell.failing.clear();
    shell.replay();
    assert_eq!(
        shell.queued(),
        (1..=6)
            .map(|number| (ready(number).version.id, 1))
            .collect()
    );
}

#[test]
fn a_store_that_does_not_answer_ends_it() {
    let mut shell = Shell::of([ready(1)]).failing(&[0]);
    let outcome = shell.replay();
    assert!(outcome.has_failed && outcome.rejects.is_empty());
    // it is queued, and cannot be deleted: repeated, it is one message with the first
    let mut shell = Shell::of([ready(1), ready(2)]).failing(&[2]);
    let outcome = shell.replay();
    assert!(outcome.has_failed);
    assert_eq!(results(&outcome), [ReplayResult::Queued; 2]);
    assert_eq!(shell.rejects.len(), 2);
    shell.failing.clear();
    assert!(!shell.replay().has_failed);
    assert_eq!(
        (
            shell.queue.len(),
            shell.settled().len(),
            shell.rejects.len()
        ),
        (2, 1, 0)
    );
}

#[test]
fn a_reject_that_is_rejected_again_is_sent_in_a_message_of_its_own() {
    let mut shell = Shell::of([ready(1)]);
    shell.replay();
    let again = StoredReject {
        version: RejectVersion {
            stored: Moment::from_millis(NOW.millis - 1),
            ..ready(1).version
        },
        ..ready(1)
    };
    shell.rejects.insert(again.version, again);
    shell.replay();
    assert_eq!(
        shell.settled().len(),
        2,
        "the journal must not take it for the first"
    );
}

#[test]
fn after_a_crash_at_any_step_nothing_is_lost_and_a_repetition_sends_nothing_twice() {
    let large = |number| reject(number, Some(event("Level 1", r#""203.0.113.24""#, 200_000)));
    let rejects = || {
        let mixed = (1..=240).map(move |number| match number {
            17 | 201 => large(number),
            _ if number % 4 == 0 => refused(number),
            _ => ready(number),
        });
        mixed.collect::<Vec<_>>()
    };
    let can_be_sent: BTreeSet<Digest> = rejects()
        .iter()
        .filter(|reject| {
            let text = reject.event.as_deref().unwrap_or_default();
            !text.contains(r#""ip_address":null"#)
        })
        .map(|reject| reject.version.id)
        .collect();
    assert_eq!(can_be_sent.len(), 180);
    let (mut crashes, mut has_copies) = (0, false);
    for at in 0.. {
        let mut has_crashed = false;
        for is_done in [false, true] {
            let mut shell = Shell::of(rejects());
            shell.crash = Some((at, is_done));
            has_crashed = shell.run(false).is_none();
            crashes += usize::from(has_crashed);
            shell.crash = None;
            let is_somewhere = |shell: &Shell| {
                let queued = shell.queued();
                let kept: BTreeSet<Digest> = shell.rejects.keys().map(|key| key.id).collect();
                can_be_sent
                    .iter()
                    .all(|id| queued.contains_key(id) || kept.contains(id))
            };
            assert!(is_somewhere(&shell), "a crash at {at} loses an event");
            while shell.replay().has_more {
                assert!(is_somewhere(&shell));
            }
            let once: BTreeMap<Digest, usize> = can_be_sent.iter().map(|&id| (id, 1)).collect();
            assert_eq!(shell.queued(), once, "a crash at {at}, {is_done}");
            assert_eq!(shell.rejects.len(), 60, "those that stay");
            // the accounts balance: each replay that is counted was delivered, or was a copy
            let (_, replayed, duplicates) = shell.consume();
            assert_eq!(replayed, 180 + duplicates as u64);
            has_copies |= duplicates > 0;
        }
        if !has_crashed {
            break;
        }
    }
    assert!(crashes >= 8, "{crashes} crashes");
    assert!(
        has_copies,
        "a page that was sent, but not deleted, is packed in another way"
    );
}
