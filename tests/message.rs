//! Messages round-trip through their JSON, and packed messages keep the platform's limits.
//!
//! The limits are those of Cloudflare's pages (Queues limits): 128 KB a message with about 100
//! bytes of metadata, 100 messages and 256 KB a `sendBatch`, KB read as 1,000 bytes.

mod support;

use kochava_edge::{
    Context, Counters, DeliveryProgress, Digest, Fate, Message, MessageError, Moment,
    PackedMessages, PlannedEvent, QueuedEvent, RawEvent, ShapeCache, Source, batches, pack,
};
use proptest::collection::vec;
use proptest::prelude::*;
use support::generate::config;
use support::{case_folders, planner};

const NOW: Moment = Moment::from_millis(1_767_225_600_123);

/// Bytes that the platform adds to a message, at most.
const METADATA: usize = 100;

fn entry(event: &str, ordering_key: Option<u32>) -> QueuedEvent<'_> {
    QueuedEvent {
        id: Digest::of(&[event]),
        source: Source::Amplitude,
        received: NOW,
        of_users: false,
        ordering_key: ordering_key
            .map(|ordering_key| Digest::of(&["device", &ordering_key.to_string()])),
        settings: Digest::of(&["settings"]),
        progress: DeliveryProgress::default(),
        event: RawEvent::new(event).expect("it is JSON"),
    }
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
fn a_message_is_written_as_documented() {
    let progress = DeliveryProgress {
        done: 1,
        is_unconfirmed: true,
        attempts: 2,
        waited_s: 37,
        deferrals: 3,
        behind: 0,
        breaker_deferrals: 0,
    };
    let first = QueuedEvent {
        of_users: true,
        progress,
        ..entry(r#"{"user_id":"ü"}"#, Some(1))
    };
    let message = Message {
        id: Digest::of(&["m"]),
        sent: NOW,
        counters: counters("code:not-selected", 2),
        events: vec![first, entry("{}", None)],
    };
    let (id, event, empty, settings) = (
        Digest::of(&["m"]),
        Digest::of(&[r#"{"user_id":"ü"}"#]),
        Digest::of(&["{}"]),
        Digest::of(&["settings"]),
    );
    let expected = format!(
        r#"{{"v":2,"id":"{id}","sent":1767225600123,"counters":{{"code:not-selected":2}},"events":[{{"id":"{event}","source":"amplitude","received":1767225600123,"of_users":true,"settings":"{settings}","progress":{{"done":1,"unconfirmed":true,"attempts":2,"waited_s":37,"deferrals":3}},"event":{{"user_id":"ü"}}}},{{"id":"{empty}","source":"amplitude","received":1767225600123,"settings":"{settings}","event":{{}}}}]}}"#
    );
    assert_eq!(message.text(), expected);
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
            events: vec![entry(event, None)],
            ..Message::of_counters("seed", NOW, Counters::default())
        };
        let text = message.text();
        let read = Message::read(&text).expect("it is a message");
        assert_eq!(read.events[0].event.as_str(), event);
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
fn every_event_of_the_cases_that_is_ready_can_wait_in_the_queue() {
    let mut ready = 0;
    for folder in case_folders() {
        let read = |name| std::fs::read(folder.join(name)).expect("a case has its files");
        let settings = String::from_utf8(read("settings.json")).expect("settings are text");
        let body = read("event.json");
        let mut shapes = ShapeCache::default();
        let events = planner(&settings).plan_events(&body, &Context::default(), &mut shapes);
        for PlannedEvent { fate, meta } in events.unwrap_or_default() {
            let text = core::str::from_utf8(&body).expect("a plan was made of text");
            if let Fate::Ready(_) = fate {
                let settings = Digest::of(&["settings"]);
                let queued = QueuedEvent::new(&meta, text, Source::Amplitude, NOW, settings);
                assert!(queued.is_some(), "{}", folder.display());
                ready += 1;
            }
        }
    }
    assert!(ready >= 200, "{ready} events were ready");
}

#[test]
fn the_previous_version_is_read() {
    let text = r#"{"v":1,"id":"by hand","received":1767225600123,"event":{"event_type":"View"}}"#;
    let message = Message::read(text).expect("the last two versions are read");
    assert_eq!(message.events.len(), 1);
    assert_eq!(
        (message.events[0].event.as_str(), message.events[0].received),
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
    ] {
        assert_eq!(Message::read(text), Err(MessageError::Poison), "{text}");
    }
    for text in [
        r#"{"v":3}"#,
        r#"{"v":4000000000,"anything":[]}"#,
        r#"{"v":3,"id":"00112233445566778899aabbccddeeff","sent":1,"events":[]}"#,
    ] {
        assert_eq!(Message::read(text), Err(MessageError::Newer), "{text}");
    }
}

#[test]
fn small_events_share_a_message_up_to_what_is_billed_once() {
    let events: Vec<String> = (0..100).map(|number| event(1_000 + number)).collect();
    let packed = pack(
        events.iter().map(|event| entry(event, None)).collect(),
        "seed",
        NOW,
    );
    assert!(
        packed.messages.len() <= 4,
        "{} messages",
        packed.messages.len()
    );
    for message in &packed.messages {
        assert!(message.text().len() + METADATA <= 64_000);
    }
}

#[test]
fn an_event_that_fits_into_no_message_is_in_none() {
    let fits = (126_000..127_500)
        .rev()
        .find(|&bytes| {
            pack(vec![entry(&event(bytes), None)], "seed", NOW)
                .messages
                .len()
                == 1
        })
        .expect("small ones fit");
    assert!(fits > 126_000, "only {fits} bytes fit");
    let just = event(fits);
    let packed = pack(vec![entry(&just, None)], "seed", NOW);
    assert!(packed.messages[0].text().len() + METADATA <= 128_000);
    let over = event(fits + 1);
    assert_eq!(
        pack(vec![entry(&over, None), entry(&just, None)], "seed", NOW).holds,
        [[1]]
    );
}

#[test]
fn the_rest_of_a_full_message_still_fits() {
    let just = (126_000..127_500)
        .rev()
        .map(event)
        .find(|event| pack(vec![entry(event, None)], "seed", NOW).messages.len() == 1)
        .expect("small ones fit");
    let most = u32::MAX;
    let progress = DeliveryProgress {
        done: most,
        is_unconfirmed: true,
        attempts: most,
        waited_s: most,
        deferrals: most,
        behind: most,
        breaker_deferrals: most,
    };
    let rest = Message {
        id: Digest::of(&[]),
        sent: Moment::from_millis(i64::MIN),
        counters: Counters::default(),
        events: vec![QueuedEvent {
            received: Moment::from_millis(i64::MIN),
            progress,
            of_users: true,
            ..entry(&just, None)
        }],
    };
    assert!(
        rest.text().len() + METADATA <= 128_000,
        "{}",
        rest.text().len()
    );
}

#[test]
fn events_of_one_device_share_a_message_as_long_as_it_holds_them() {
    let events: Vec<String> = (0..100).map(|number| event(1_200 + number)).collect();
    let ordering_keys = |number: usize| {
        if number.is_multiple_of(10) {
            Some(7)
        } else {
            None
        }
    };
    let packed = pack(
        events
            .iter()
            .enumerate()
            .map(|(at, event)| entry(event, ordering_keys(at)))
            .collect(),
        "seed",
        NOW,
    );
    let of_device: Vec<usize> = packed
        .holds
        .iter()
        .position(|holds| holds.contains(&0))
        .map(|at| packed.holds[at].clone())
        .expect("it is in one");
    let expected: Vec<usize> = (0..100).step_by(10).collect();
    assert_eq!(
        of_device
            .into_iter()
            .filter(|at| at % 10 == 0)
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn batches_end_at_a_hundred_messages_and_at_256_kilobytes() {
    assert_eq!(batches([]), []);
    assert_eq!(batches([10; 100]), std::slice::from_ref(&(0..100)));
    assert_eq!(batches([10; 101]), [0..100, 100..101]);
    // two of 127,000 bytes and their metadata fit, three do not
    assert_eq!(batches([127_000, 127_000, 127_000]), [0..2, 2..3]);
    assert_eq!(
        batches([127_000, 127_000, 1_400, 1]),
        [0..3, 3..4],
        "the metadata is weighed, too"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..config() })]

    #[test]
    fn every_event_is_in_one_message_in_its_devices_order_and_all_limits_hold(sizes in vec((10_usize..140_000, 0_u32..5, any::<bool>()), 0..14)) {
        let events: Vec<String> = sizes.iter().map(|(bytes, _, is_large)| event(if *is_large { *bytes } else { 10 + bytes % 3_000 })).collect();
        let entries: Vec<QueuedEvent<'_>> = events.iter().zip(&sizes).map(|(event, (_, ordering_key, _))| entry(event, Some(*ordering_key).filter(|&ordering_key| ordering_key > 0))).collect();
        let PackedMessages { messages, holds } = pack(entries, "seed", NOW);
        let mut all: Vec<usize> = holds.iter().flatten().copied().collect();
        prop_assert!(holds.iter().all(|holds| holds.is_sorted() && !holds.is_empty()));
        all.sort_unstable();
        let expected: Vec<usize> = (0..events.len()).filter(|&at| events[at].len() <= 126_500).collect();
        prop_assert_eq!(all, expected);
        let texts: Vec<String> = messages.iter().map(Message::text).collect();
        for (text, message) in texts.iter().zip(&messages) {
            prop_assert!(text.len() + METADATA <= 128_000);
            let ordering_keys: Vec<_> = message.events.iter().map(|entry| entry.ordering_key).collect();
            let mut read = Message::read(text).expect("it is a message");
            read.events.iter_mut().zip(ordering_keys).for_each(|(entry, ordering_key)| entry.ordering_key = ordering_key);
            prop_assert_eq!(&read, message);
        }
        let batches = batches(texts.iter().map(String::len));
        prop_assert_eq!(batches.iter().flat_map(Clone::clone).collect::<Vec<_>>(), (0..texts.len()).collect::<Vec<_>>());
        for batch in batches {
            prop_assert!(batch.len() <= 100);
            prop_assert!(texts[batch].iter().map(|text| text.len() + METADATA).sum::<usize>() <= 256_000);
        }
    }
}
