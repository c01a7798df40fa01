//! Messages round-trip through their JSON, and packed messages keep the platform's limits.
//!
//! The limits are those of Cloudflare's pages (Queues limits): 128 KB a message with about 100
//! bytes of metadata, 100 messages and 256 KB a `sendBatch`, KB read as 1,000 bytes.

mod message {
    mod packing;
}
mod support;

use kochava_edge::{
    Context, Counters, DeliveryProgress, Digest, IngestContext, IngestStatus, IngestStep, Message,
    MessageError, Moment, OutboundEvent, QueuedEvent, RawEvent, ShapeCache, Source, SyncArrivals,
    ingest,
};
use support::{case_folders, planner};

const NOW: Moment = Moment::from_millis(1_767_225_600_123);

/// Bytes that the platform adds to a message, at most.
const METADATA: usize = 100;

fn entry(event: &str) -> QueuedEvent<'_> {
    QueuedEvent {
        id: Digest::of(&[event]),
        source: Source::Amplitude,
        received: NOW,
        of_users: false,
        settings: Digest::of(&["settings"]),
        is_replay: false,
        is_test: false,
        progress: DeliveryProgress::default(),
        event: Some(RawEvent::new(event).expect("it is JSON")),
        stored: None,
    }
}

/// An event of shard 0, and of a device where it has a number.
fn outbound(event: &str, device: Option<u32>) -> OutboundEvent<'_> {
    OutboundEvent {
        event: entry(event),
        ordering_key: device.map(|device| Digest::of(&["device", &device.to_string()])),
        shard: 0,
    }
}

fn no_events(id: &str) -> Message<'static> {
    Message {
        sync: "".into(),
        id: Digest::of(&[id]),
        sent: NOW,
        shard: 0,
        counters: Counters::default(),
        events: Vec::new(),
    }
}

fn raw<'e>(event: &'e QueuedEvent<'_>) -> &'e str {
    event.event.as_ref().expect("it is in the message").as_str()
}

/// An event of this many bytes.
fn event(bytes: usize) -> String {
    format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8))
}

fn counters(name: &str, times: u64) -> Counters {
    let mut counters = Counters::default();
    counters.count(name, times);
    counters
}

#[test]
fn the_sync_of_a_message_is_told_by_its_start() {
    let start_of = |sync: &'static str| {
        let message = Message {
            sync: sync.into(),
            id: Digest::of(&["m"]),
            sent: NOW,
            shard: 0,
            counters: Counters::default(),
            events: vec![entry("{}")],
        };
        message.text()[..40].to_owned()
    };
    assert_eq!(Message::sync_at_start(&start_of("")), Some(""));
    assert_eq!(Message::sync_at_start(&start_of("us_2")), Some("us_2"));
    // cut within the name, written by hand, of an older release, no message
    for start in [
        r#"{"v":4,"sync":"us_"#,
        r#"{ "v": 4, "sync": "us" }"#,
        r#"{"v":1,"#,
        "[]",
        "",
    ] {
        assert_eq!(Message::sync_at_start(start), None, "{start}");
    }
}

#[test]
fn a_message_is_written_as_documented() {
    let progress = DeliveryProgress {
        done: 1,
        is_unconfirmed: true,
        attempts: 2,
        waited_s: 37,
        deferrals: 3,
        behind: 4,
        refusals: 5,
    };
    let first = QueuedEvent {
        of_users: true,
        progress,
        ..entry(r#"{"user_id":"ü"}"#)
    };
    let message = Message {
        sync: "".into(),
        id: Digest::of(&["m"]),
        sent: NOW,
        shard: 3,
        counters: counters("code:not-selected", 2),
        events: vec![
            first,
            QueuedEvent {
                is_replay: true,
                ..entry("{}")
            },
            QueuedEvent {
                event: None,
                stored: Some(Digest::of(&["large"])),
                ..entry("{}")
            },
        ],
    };
    let (id, event, empty, settings, large) = (
        Digest::of(&["m"]),
        Digest::of(&[r#"{"user_id":"ü"}"#]),
        Digest::of(&["{}"]),
        Digest::of(&["settings"]),
        Digest::of(&["large"]),
    );
    let expected = format!(
        r#"{{"v":3,"id":"{id}","sent":1767225600123,"shard":3,"counters":{{"code:not-selected":2}},"events":[{{"id":"{event}","source":"amplitude","received":1767225600123,"of_users":true,"settings":"{settings}","progress":{{"done":1,"unconfirmed":true,"attempts":2,"waited_s":37,"deferrals":3,"behind":4,"refusals":5}},"event":{{"user_id":"ü"}}}},{{"id":"{empty}","source":"amplitude","received":1767225600123,"settings":"{settings}","replay":true,"event":{{}}}},{{"id":"{empty}","source":"amplitude","received":1767225600123,"settings":"{settings}","stored":"{large}"}}]}}"#
    );
    assert_eq!(message.text(), expected);
}

/// One that knows no synthetic events would send it to the app of real ones.
#[test]
fn a_message_with_a_synthetic_event_is_none_for_a_release_that_knows_none() {
    for sync in ["", "us"] {
        let synthetic = QueuedEvent {
            is_test: true,
            ..entry("{}")
        };
        let message = Message {
            sync: sync.into(),
            events: vec![synthetic],
            ..no_events("seed")
        };
        let text = message.text();
        assert!(text.starts_with(r#"{"v":5,"#), "{text}");
        assert!(text.contains(r#","test":true,"event":{}}"#), "{text}");
        assert_eq!(Message::sync_of(&text).as_deref(), Some(sync));
        assert_eq!(Message::read(&text), Ok(message));
    }
}

#[test]
fn an_event_travels_byte_for_byte() {
    for event in [
        r#"{ "b" : 1,  "a":1.0, "b":2 }"#,
        r#"{"n":123456789012345678901234567890.10e+400}"#,
        r#"{"s":"\ud800 \u00fc\/"}"#,
        "{\n\t\"a\": []\n}",
    ] {
        let message = Message {
            sync: "".into(),
            events: vec![entry(event)],
            ..no_events("seed")
        };
        let text = message.text();
        let read = Message::read(&text).expect("it is a message");
        assert_eq!(raw(&read.events[0]), event);
    }
    assert_eq!(RawEvent::new(r#"{"a":1"#), None);
}

#[test]
fn trailing_commas_are_left_out_and_nothing_else_changes() {
    for (event, strict) in [
        (
            r#"{ "b" : 1,  "a":1.0, "b":2, }"#,
            r#"{"b":1,"a":1.0,"b":2}"#,
        ),
        (
            r#"{"s":"\ud800 \u00fc\/,]","l":[[1e400,],{"a":-0.0,},null,true,],}"#,
            r#"{"s":"\ud800 \u00fc\/,]","l":[[1e400],{"a":-0.0},null,true]}"#,
        ),
    ] {
        let raw = RawEvent::new(event).expect("senders write trailing commas");
        assert_eq!(raw.as_str(), strict);
    }
    for broken in [r#"{"a":1,,}"#, "{,}", r#"{"a":1,}}"#] {
        assert!(RawEvent::new(broken).is_none(), "{broken}");
    }
}

#[test]
fn every_element_of_the_cases_that_is_not_skipped_can_wait_in_the_queue() {
    let mut waiting = 0;
    for folder in case_folders() {
        let read = |name| std::fs::read(folder.join(name)).expect("a case has its files");
        let settings = String::from_utf8(read("settings.json")).expect("settings are text");
        let body = read("event.json");
        let planner = planner(&settings);
        let decided = planner.decide(&body, &Context::default(), &mut ShapeCache::default());
        let Ok(arrivals) = decided else {
            continue;
        };
        let context = IngestContext {
            received: NOW,
            shards: 1,
            seed: "seed",
            blocked: &[],
        };
        let mut step = ingest(
            vec![SyncArrivals {
                sync: "",
                settings: Digest::of(&["settings"]),
                arrivals,
            }],
            context,
        );
        let ingested = loop {
            step = match step {
                IngestStep::Store(_, storing) => storing.stored(true),
                IngestStep::Send(batches, sending) => sending.sent(batches.len()),
                IngestStep::Done(ingested) => break ingested,
            };
        };
        for (_, _, status) in ingested.elements(0) {
            assert_ne!(status, IngestStatus::Pending, "{}", folder.display());
            waiting += usize::from(status != IngestStatus::Skipped);
        }
    }
    assert!(waiting >= 200, "{waiting} elements wait");
}

#[test]
fn the_previous_versions_are_read() {
    let (id, event) = (Digest::of(&["m"]), Digest::of(&["e"]));
    let second = format!(
        r#"{{"v":2,"id":"{id}","sent":1767225600123,"events":[{{"id":"{event}","source":"amplitude","received":1767225600123,"settings":"{id}","progress":{{"breaker_deferrals":2}},"event":{{}}}}]}}"#
    );
    let message = Message::read(&second).expect("version 2 is read");
    assert_eq!((message.shard, message.events[0].is_replay), (0, false));
    assert_eq!(message.events[0].progress.refusals, 2);
    let text = r#"{"v":1,"id":"by hand","received":1767225600123,"event":{"event_type":"View"}}"#;
    let message = Message::read(text).expect("version 1 is read");
    assert_eq!(message.events.len(), 1);
    assert_eq!(
        (raw(&message.events[0]), message.events[0].received),
        (r#"{"event_type":"View"}"#, NOW)
    );
    assert_ne!(
        message.id,
        Message::read(&text.replace("by hand", "another"))
            .expect("it is a message")
            .id
    );
}

#[test]
fn an_unreadable_message_is_poison_and_one_of_a_newer_version_is_newer() {
    for text in [
        "",
        "hello",
        "{}",
        r#"{"v":0}"#,
        r#"{"v":"2"}"#,
        r#"{"v":2}"#,
        r#"{"v":2,"id":"x","sent":1,"events":[]}"#,
        r#"{"v":1,"id":"x"}"#,
        "[1]",
        r#"{"v":2} x"#,
        r#"{"v":2,"id":"00112233445566778899aabbccddeeff","sent":1,"events":[{}]}"#,
        r#"{"v":1,"id":"x","received":1,"event":17}"#,
        r#"{"v":-1}"#,
        // both an event and the key of one
        r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1,"events":[{"id":"00112233445566778899aabbccddeeff","source":"amplitude","received":1,"settings":"00112233445566778899aabbccddeeff","event":{},"stored":"00112233445566778899aabbccddeeff"}]}"#,
        // neither an event nor the key of one
        r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1,"events":[{"id":"00112233445566778899aabbccddeeff","source":"amplitude","received":1,"settings":"00112233445566778899aabbccddeeff"}]}"#,
    ] {
        assert_eq!(Message::read(text), Err(MessageError::Poison), "{text}");
    }
    for text in [
        r#"{"v":6}"#,
        r#"{"v":4000000000,"anything":[]}"#,
        r#"{"v":6,"id":"00112233445566778899aabbccddeeff","sent":1,"events":[]}"#,
    ] {
        assert_eq!(Message::read(text), Err(MessageError::Newer), "{text}");
    }
}

#[test]
fn counters_that_no_message_carries_are_dropped() {
    let text = r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1,"counters":{"delivered":7,"discarded":1,"attempts":9,"latency:25":3,"code:kochava-rejected":1,"x":1,"skipped":18446744073709551615,"code:not-selected":2,"skip:not-selected:Song":7000,"deferrals":3,"replayed":4},"events":[]}"#;
    let message = Message::read(text).expect("it is a message");
    let mut expected = Counters::default();
    // at most as many as the largest body has elements
    expected.count("skipped", 2_000);
    expected.count("code:not-selected", 2);
    expected.count("skip:not-selected:Song", 2_000);
    expected.count("deferrals", 3);
    expected.count("replayed", 4);
    assert_eq!(message.counters, expected);
}
