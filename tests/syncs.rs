//! Several syncs in one queue: whose a message is, and what becomes of a body for each of them.

mod support;

use kochava_edge::{
    ConsumerContext, ConsumerStep, Context, Digest, Disposition, IngestContext, IngestStatus,
    IngestStep, Ingested, Message, Moment, QueueMessage, ShapeCache, Source, SyncArrivals, consume,
    ingest,
};
use support::planner;

const NOW: Moment = Moment::from_millis(1_767_225_600_000);

const MAPPING: &str = r#""mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"user_properties.idfv"}"#;

fn settings(further: &str) -> String {
    format!(r#"{{"app_guid":"koexample",{further}{MAPPING}}}"#)
}

/// An event of Amplitude's; its id is written where there is one.
fn event(name: &str, id: Option<&str>) -> String {
    let id = id.map_or(String::new(), |id| format!(r#""$insert_id":"{id}","#));
    format!(
        r#"{{"event_type":"{name}",{id}"device_id":"d","platform":"iOS","ip_address":"203.0.113.9","user_properties":{{"kd":"KI-1","idfv":"11111111-2222-4333-8444-555555555555"}}}}"#
    )
}

/// Puts a body into the queue for these syncs, each with its settings; the first `sent_max` batches
/// are accepted.
fn ingested(
    body: &str,
    syncs: &[(&str, &str)],
    blocked: &[Option<Vec<Source>>],
    sent_max: usize,
) -> (Vec<Vec<String>>, Ingested) {
    let decided = syncs.iter().map(|(sync, text)| SyncArrivals {
        sync,
        settings: Digest::of(&[text]),
        arrivals: planner(text)
            .decide(
                body.as_bytes(),
                // as on a route that takes events from every sender
                &Context {
                    source: None,
                    ..Context::default()
                },
                &mut ShapeCache::default(),
            )
            .expect("it is a batch"),
    });
    let context = IngestContext {
        received: NOW,
        shards: 1,
        seed: "seed",
        blocked,
    };
    let mut step = ingest(decided.collect(), context);
    let mut batches = Vec::new();
    loop {
        step = match step {
            IngestStep::Store(_, storing) => storing.stored(true),
            IngestStep::Send(all, sending) => {
                let sent = all.len().min(sent_max);
                batches = all;
                sending.sent(sent)
            }
            IngestStep::Done(ingested) => return (batches, ingested),
        };
    }
}

fn statuses(ingested: &Ingested, sync: usize) -> Vec<(usize, IngestStatus)> {
    let elements = ingested.elements(sync);
    elements.map(|(index, _, status)| (index, status)).collect()
}

fn read(text: &str) -> Message<'_> {
    Message::read(text).expect("it is a message")
}

#[test]
fn a_message_tells_whose_it_is_and_one_without_a_name_is_as_before() {
    let body = event("Level", Some("1"));
    let all = settings("");
    let (batches, _) = ingested(&body, &[("", &all), ("us", &all)], &[], 1);
    let [batch] = batches.as_slice() else {
        panic!("all go out with one call");
    };
    let [unnamed, us] = batch.as_slice() else {
        panic!("one message for each");
    };
    assert!(unnamed.starts_with(r#"{"v":3,"id":""#) && !unnamed.contains("sync"));
    assert!(us.starts_with(r#"{"v":4,"sync":"us","id":""#), "{us}");
    assert_eq!(read(us).text(), *us);
    let named = |text: &str| Message::sync_of(text).map(std::borrow::Cow::into_owned);
    assert_eq!(named(unnamed).as_deref(), Some(""));
    assert_eq!(named(us).as_deref(), Some("us"));
    // written by hand, in any order
    assert_eq!(
        named(r#"{"events":[],"sync":"us","v":4}"#).as_deref(),
        Some("us")
    );
    assert_eq!(named(r#"{"v":2,"id":"x"}"#).as_deref(), Some(""));
    assert_eq!(
        named(r#"{"v":1,"id":"x","event":{"sync":"us"}}"#).as_deref(),
        Some("")
    );
    assert_eq!(named("hello"), None);
    // the stores and the list of rejects are shared: nothing may have the same name twice
    let (first, second) = (read(unnamed), read(us));
    assert_ne!(first.id, second.id);
    assert_ne!(first.events[0].id, second.events[0].id);
    // alone, the sync without a name has the message that it had
    let (alone, _) = ingested(&body, &[("", &all)], &[], 1);
    assert_eq!(alone[0], std::slice::from_ref(unnamed));
    // the same event has the same name within its sync
    let (again, _) = ingested(&body, &[("us", &all)], &[], 1);
    assert_eq!(read(&again[0][0]).events[0].id, second.events[0].id);
}

#[test]
fn an_element_concerns_the_syncs_that_take_its_sender_or_the_first_if_none_does() {
    let amplitude = settings(r#""sources":["amplitude"],"#);
    let segment = settings(r#""sources":["segment"],"#);
    let track = r#"{"type":"track","event":"Sold","messageId":"m","anonymousId":"a","context":{},"originalTimestamp":"2026-01-01T00:00:00.000Z"}"#;
    let body = format!("[{},{track},7]", event("Level", Some("1")));
    let (_, both) = ingested(&body, &[("", &amplitude), ("us", &segment)], &[], 1);
    let indexes = |sync| -> Vec<usize> {
        let statuses = statuses(&both, sync);
        statuses.into_iter().map(|(index, _)| index).collect()
    };
    // what has the shape of no sender is nobody's, and counted by the first
    assert_eq!((indexes(0), indexes(1)), (vec![0, 2], vec![1]));
    assert_eq!(both.len(), 3);
    let (batches, nobody) = ingested(track, &[("", &amplitude), ("us", &amplitude)], &[], 1);
    assert_eq!(statuses(&nobody, 0), [(0, IngestStatus::Skipped)]);
    assert_eq!(statuses(&nobody, 1), []);
    let counted = read(&batches[0][0]);
    assert_eq!(counted.counters.of("code:source-not-selected"), 1);
    assert_eq!(batches[0].len(), 1);
}

#[test]
fn what_is_skipped_is_counted_by_sync_and_only_if_everything_is_in_the_queue() {
    let (all, some) = (
        settings(""),
        settings(r#""events":{"select":[{"names":["Big *"]}]},"#),
    );
    // two messages of 64 KB and more for each sync: more than one batch
    let long = "x".repeat(60_000);
    let events: Vec<String> = (0..3)
        .map(|at| event(&format!("Big {at}{long}"), Some(&at.to_string())))
        .chain([event("Small", Some("s"))])
        .collect();
    let body = format!("[{}]", events.join(","));
    let (batches, whole) = ingested(&body, &[("", &some), ("us", &all)], &[], 9);
    assert_eq!(
        statuses(&whole, 0).last(),
        Some(&(3, IngestStatus::Skipped))
    );
    assert_eq!(statuses(&whole, 1).last(), Some(&(3, IngestStatus::Queued)));
    assert!(batches.len() > 2, "{}", batches.len());
    let counts = |texts: &[String]| -> Vec<(String, u64)> {
        let messages = texts.iter().map(|text| read(text));
        let counting = messages.filter(|message| !message.counters.is_empty());
        counting
            .map(|message| (message.sync.to_string(), message.counters.of("skipped")))
            .collect()
    };
    let (last, before) = batches.split_last().expect("there are some");
    assert_eq!(counts(last), [(String::new(), 1)]);
    assert_eq!(counts(&before.concat()), []);
    // one call holds everything of a small body, with the counts of both
    let small = event("Small", Some("s"));
    let (one, _) = ingested(&small, &[("", &some), ("us", &some)], &[], 1);
    assert_eq!(counts(&one.concat()).len(), 2);
    // a batch that fails leaves the events in it with their sender, of each sync its own
    let (_, failed) = ingested(&body, &[("", &some), ("us", &all)], &[], 1);
    let is_pending = |sync: usize| {
        let statuses = statuses(&failed, sync);
        statuses
            .iter()
            .any(|(_, status)| *status == IngestStatus::Pending)
    };
    assert!(is_pending(1));
}

#[test]
fn what_a_sync_with_faults_may_want_stays_and_only_what_has_an_id_is_queued_for_others() {
    let all = settings("");
    let body = format!("[{},{},7]", event("Level", Some("1")), event("Level", None));
    let (batches, wanted) = ingested(&body, &[("", &all)], &[None], 1);
    assert_eq!(wanted.blocked(), [vec![0, 1, 2]]);
    assert_eq!(
        statuses(&wanted, 0),
        [
            (0, IngestStatus::Queued),
            (1, IngestStatus::Pending),
            (2, IngestStatus::Pending),
        ]
    );
    assert_eq!(batches.concat().len(), 1);
    // its `sources` can be read, and do not name the sender
    let (_, other) = ingested(&body, &[("", &all)], &[Some(vec![Source::Segment])], 1);
    // what has the shape of no sender may be of any
    assert_eq!(other.blocked(), [vec![2]]);
    assert_eq!(statuses(&other, 0)[1], (1, IngestStatus::Queued));
    // and what others skip is not counted while the sender must send it again
    let none = settings(r#""events":{"send":false},"#);
    let (batches, skipped) = ingested(&body, &[("", &none)], &[None], 1);
    assert_eq!(statuses(&skipped, 0)[0], (0, IngestStatus::Skipped));
    assert_eq!(batches.concat(), Vec::<String>::new());
}

#[test]
fn a_message_of_another_sync_waits_as_one_of_faulty_settings_does() {
    let all = settings("");
    let (batches, _) = ingested(&event("Level", Some("1")), &[("us", &all)], &[], 1);
    let planner = planner(&all);
    let result = |text: &str, attempts, is_dead| {
        let queued = [QueueMessage {
            text,
            attempts,
            is_dead,
        }];
        let context = ConsumerContext {
            sync: "",
            planner: Some(&planner),
            settings: Digest::of(&[&all]),
            now: NOW,
            deadline: Moment::from_millis(i64::MAX),
            calls_max: 10,
        };
        let mut step = consume(&queued, context);
        let mut renewed = Vec::new();
        loop {
            step = match step {
                ConsumerStep::Finish(work, finishing) => {
                    let texts = work.batches.concat().into_iter();
                    renewed.extend(texts.map(|message| message.text));
                    finishing.finished(&kochava_edge::FinishResult {
                        are_sent: vec![true],
                        ..kochava_edge::FinishResult::default()
                    })
                }
                ConsumerStep::Done(result) => return (result, renewed),
                other => panic!("nothing is asked and nothing sent: {other:?}"),
            };
        }
    };
    let text = &batches[0][0];
    let (waits, renewed) = result(text, 1, false);
    assert_eq!(waits.other_syncs, ["us"]);
    assert!(matches!(waits.dispositions[0], Disposition::Retry(wait) if wait.as_secs() == 300));
    assert_eq!(renewed, Vec::<String>::new());
    // renewed before the platform gives it up, and still of its sync
    for (attempts, is_dead) in [(60, false), (1, true)] {
        let (result, renewed) = result(text, attempts, is_dead);
        assert_eq!(result.dispositions, [Disposition::Ack]);
        let renewed = read(&renewed[0]);
        assert_eq!((&*renewed.sync, renewed.id), ("us", read(text).id));
    }
}
