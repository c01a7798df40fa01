//! The ingest: hand-written scripts of what the shell answers.

mod support;

use kochava_edge::{
    Context, Digest, IngestContext, IngestStatus, IngestStep, Ingested, Message, Moment,
    ShapeCache, SyncArrivals, ingest,
};
use support::{SETTINGS, planner};

const NOW: Moment = Moment::from_millis(1_767_225_600_000);

/// An event of a device, with an id where it has one, and a filling of some bytes.
fn event(name: &str, device: &str, id: Option<&str>, bytes: usize) -> String {
    let id = id.map_or(String::new(), |id| format!(r#""$insert_id":"{id}","#));
    format!(
        r#"{{"event_type":"{name}",{id}"device_id":"{device}","platform":"iOS","ip_address":"203.0.113.9","user_properties":{{"kochava_device_id":"K-{device}","idfv":"11111111-2222-4333-8444-555555555555"}},"filling":"{}"}}"#,
        "x".repeat(bytes)
    )
}

fn selecting() -> String {
    SETTINGS.replacen('{', r#"{"events":{"select":[{"names":["Level"]}]},"#, 1)
}

fn begin<'b>(body: &'b str, seed: &'b str, shards: u32) -> IngestStep<'b> {
    let arrivals = planner(&selecting())
        .decide(
            body.as_bytes(),
            &Context::default(),
            &mut ShapeCache::default(),
        )
        .expect("it is a batch");
    let context = IngestContext {
        received: NOW,
        shards,
        seed,
        blocked: &[],
    };
    ingest(
        vec![SyncArrivals {
            sync: "",
            settings: Digest::of(&["settings"]),
            arrivals,
        }],
        context,
    )
}

/// Goes on with these answers; returns the messages, and what became of each element.
fn played(mut step: IngestStep<'_>, is_stored: bool, sent_max: usize) -> (Vec<String>, Ingested) {
    let mut messages = Vec::new();
    loop {
        step = match step {
            IngestStep::Store(_, storing) => storing.stored(is_stored),
            IngestStep::Send(batches, sending) => {
                let sent = batches.len().min(sent_max);
                messages.extend(batches[..sent].concat());
                sending.sent(sent)
            }
            IngestStep::Done(ingested) => return (messages, ingested),
        };
    }
}

fn statuses(ingested: &Ingested) -> Vec<IngestStatus> {
    ingested.elements(0).map(|(_, _, status)| status).collect()
}

fn read(text: &str) -> Message<'_> {
    Message::read(text).expect("it is a message")
}

#[test]
fn every_element_has_its_status_and_refused_ones_are_queued_like_the_others() {
    let refused = event("Level", "a", None, 0).replace("203.0.113.9", "10.0.0.1");
    let body = format!(
        "[{},{refused},{},7]",
        event("Level", "a", Some("1"), 0),
        event("Other", "a", Some("2"), 0)
    );
    let (messages, ingested) = played(begin(&body, "seed", 1), true, 9);
    assert_eq!(
        statuses(&ingested),
        [
            IngestStatus::Queued,
            IngestStatus::Refused,
            IngestStatus::Skipped,
            IngestStatus::Refused
        ]
    );
    let message = read(&messages[0]);
    assert_eq!(message.events.len(), 3);
    assert_eq!(message.counters.of("skipped"), 1);
    assert_eq!(message.counters.of("code:not-selected"), 1);
}

#[test]
fn what_is_not_in_the_queue_stays_with_its_sender_and_nothing_is_counted() {
    // 300 events of 2,000 bytes: ten messages, in batches of at most 256 KB
    let events: Vec<String> = (0..300)
        .map(|number| event("Level", &number.to_string(), None, 2_000))
        .collect();
    let body = format!("[{},{}]", event("Other", "a", None, 0), events.join(","));
    let IngestStep::Send(batches, _) = begin(&body, "seed", 1) else {
        panic!("nothing is large");
    };
    assert_eq!(batches.len(), 3);
    for sent in 0..3 {
        let (messages, ingested) = played(begin(&body, "seed", 1), true, sent);
        let queued: usize = messages.iter().map(|text| read(text).events.len()).sum();
        let statuses = statuses(&ingested);
        let count = |wanted| statuses.iter().filter(|&&status| status == wanted).count();
        assert_eq!(count(IngestStatus::Queued), queued);
        assert_eq!(count(IngestStatus::Pending), 300 - queued);
        assert!(messages.iter().all(|text| read(text).counters.is_empty()));
    }
    let (messages, _) = played(begin(&body, "seed", 1), true, 3);
    let counted = messages
        .iter()
        .filter(|text| !read(text).counters.is_empty());
    assert_eq!(counted.count(), 1, "the last message has the counters");
}

#[test]
fn a_body_of_which_nothing_is_wanted_is_a_message_of_counters() {
    let body = event("Other", "a", None, 0);
    let (messages, _) = played(begin(&body, "seed", 1), true, 1);
    let message = read(&messages[0]);
    assert_eq!(
        (message.events.len(), message.counters.of("skipped")),
        (0, 1)
    );
    let (_, ingested) = played(begin("[]", "seed", 1), true, 1);
    assert_eq!(statuses(&ingested), []);
}

#[test]
fn an_event_too_large_for_a_message_is_stored_first_and_waits_in_its_place() {
    let large = event("Level", "a", Some("1"), 130_000);
    let small = event("Level", "a", Some("2"), 0);
    let body = format!("[{large},{small}]");
    let IngestStep::Store(events, storing) = begin(&body, "seed", 1) else {
        panic!("it is stored before anything is sent");
    };
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.as_str(), large);
    let (messages, ingested) = played(storing.stored(true), true, 1);
    let message = read(&messages[0]);
    assert_eq!(message.events[0].stored, Some(events[0].key));
    assert!(message.events[0].event.is_none() && message.events[1].event.is_some());
    assert_eq!(statuses(&ingested), [IngestStatus::Queued; 2]);
}

#[test]
fn a_large_event_that_cannot_be_stored_stays_with_its_sender_alone() {
    let body = format!(
        "[{},{},{}]",
        event("Level", "a", None, 130_000),
        event("Level", "a", None, 0),
        event("Other", "a", None, 0)
    );
    let (messages, ingested) = played(begin(&body, "seed", 1), false, 1);
    assert_eq!(
        statuses(&ingested),
        [
            IngestStatus::Pending,
            IngestStatus::Queued,
            IngestStatus::Skipped
        ]
    );
    assert!(
        read(&messages[0]).counters.is_empty(),
        "it will be sent again"
    );
}

#[test]
fn an_event_has_one_name_and_one_shard_whenever_it_arrives() {
    let names = |seed: &str, id: Option<&str>| -> Vec<(Digest, u32)> {
        let body = event("Level", "a", id, 0);
        let (messages, _) = played(begin(&body, seed, 8), true, 1);
        let message = read(&messages[0]);
        let shard = message.shard;
        message
            .events
            .iter()
            .map(|event| (event.id, shard))
            .collect()
    };
    assert_eq!(names("first", Some("1")), names("second", Some("1")));
    let (first, second) = (names("first", None), names("second", None));
    assert_ne!(first[0].0, second[0].0, "two events without an id are two");
    assert_eq!(first[0].1, second[0].1, "of one device");
    // equal elements of one body, without an id
    let twice = event("Level", "a", None, 0);
    let body = format!("[{twice},{twice}]");
    let (messages, _) = played(begin(&body, "seed", 1), true, 1);
    let message = read(&messages[0]);
    assert_ne!(message.events[0].id, message.events[1].id);
}
