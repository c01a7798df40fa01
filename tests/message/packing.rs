//! Packed messages keep the platform's limits, and events of one device share a message.

use crate::support::generate::config;
use crate::{METADATA, NOW, entry, event, outbound};
use kochava_edge::{
    Counters, DeliveryProgress, Digest, Message, Moment, OutboundEvent, PackedMessages,
    QueuedEvent, batches, pack,
};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn a_message_holds_events_of_one_shard() {
    let texts: Vec<String> = (0..40).map(|number| event(100 + number)).collect();
    let events = texts
        .iter()
        .zip(0_u32..)
        .map(|(text, number)| OutboundEvent {
            shard: number % 3,
            ..outbound(text, Some(number % 4))
        });
    let packed = pack(events.collect(), "", "seed", NOW);
    assert_eq!(packed.messages.len(), 3);
    for (message, holds) in packed.messages.iter().zip(&packed.holds) {
        for (event, &index) in message.events.iter().zip(holds) {
            assert_eq!(event.id, Digest::of(&[&texts[index]]));
            assert_eq!(message.shard as usize, index % 3);
        }
    }
}

#[test]
fn small_events_share_a_message_up_to_what_is_billed_once() {
    let events: Vec<String> = (0..100).map(|number| event(1_000 + number)).collect();
    let packed = pack(
        events.iter().map(|event| outbound(event, None)).collect(),
        "",
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

/// Returns the largest event that fits into a message.
fn largest() -> String {
    (126_000..127_500)
        .rev()
        .map(event)
        .find(|event| outbound(event, None).fits(""))
        .expect("small ones fit")
}

#[test]
fn the_largest_event_that_fits_keeps_the_limit_of_a_message() {
    let just = largest();
    assert!(just.len() > 126_000, "only {} bytes fit", just.len());
    let packed = pack(vec![outbound(&just, None)], "", "seed", NOW);
    assert!(packed.messages[0].text().len() + METADATA <= 128_000);
}

#[test]
fn the_rest_of_a_full_message_still_fits() {
    let just = largest();
    let most = u32::MAX;
    let progress = DeliveryProgress {
        done: most,
        is_unconfirmed: true,
        attempts: most,
        waited_s: most,
        deferrals: most,
        behind: most,
        refusals: most,
    };
    let rest = Message {
        sync: "".into(),
        id: Digest::of(&[]),
        sent: Moment::from_millis(i64::MIN),
        shard: most,
        counters: Counters::default(),
        events: vec![QueuedEvent {
            received: Moment::from_millis(i64::MIN),
            progress,
            of_users: true,
            is_replay: true,
            ..entry(&just)
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
            .map(|(at, event)| outbound(event, ordering_keys(at)))
            .collect(),
        "",
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
        let outbound: Vec<OutboundEvent<'_>> = events.iter().zip(&sizes).map(|(event, (_, device, _))| outbound(event, Some(*device).filter(|&device| device > 0))).filter(|event: &OutboundEvent<'_>| event.fits("")).collect();
        let count = outbound.len();
        let PackedMessages { messages, holds } = pack(outbound, "", "seed", NOW);
        let mut all: Vec<usize> = holds.iter().flatten().copied().collect();
        prop_assert!(holds.iter().all(|holds| holds.is_sorted() && !holds.is_empty()));
        all.sort_unstable();
        prop_assert_eq!(all, (0..count).collect::<Vec<_>>());
        let texts: Vec<String> = messages.iter().map(Message::text).collect();
        for (text, message) in texts.iter().zip(&messages) {
            prop_assert!(text.len() + METADATA <= 128_000);
            let read = Message::read(text).expect("it is a message");
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
