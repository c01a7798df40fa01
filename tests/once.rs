//! Durable delivery writes and signs the body of an event once, when it is about to be sent.

use kochava_edge::{
    ConsumerContext, ConsumerStep, Context, Digest, IngestContext, IngestStep, Journal, KnownRows,
    Moment, Outcome, Planner, QueueMessage, RetrySchedule, Settings, ShapeCache, SyncArrivals,
    consume, ingest, take_bodies,
};

const SETTINGS: &str = r#"{"app_guid":"koexample","authentication":{"api_key":"key","secret":"secret"},
    "mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"user_properties.idfv"}}"#;

const NOW: Moment = Moment::from_millis(1_767_225_600_000);

fn event(number: usize) -> String {
    format!(
        r#"{{"event_type":"Level","$insert_id":"{number}","device_id":"{number}","platform":"iOS","ip_address":"203.0.113.9","user_properties":{{"kd":"K-{number}","idfv":"11111111-2222-4333-8444-555555555555"}}}}"#
    )
}

#[test]
fn an_event_is_written_and_signed_once_between_its_arrival_and_kochava() {
    let planner = Planner::new(Settings::read(SETTINGS).expect("the settings have no fault"));
    let events: Vec<String> = (0..100).map(event).collect();
    let body = format!("[{}]", events.join(","));
    let _ = take_bodies();
    let arrivals = planner
        .decide(
            body.as_bytes(),
            &Context::default(),
            &mut ShapeCache::default(),
        )
        .expect("it is a batch");
    let context = IngestContext {
        received: NOW,
        shards: 1,
        seed: "seed",
        blocked: &[],
    };
    let IngestStep::Send(batches, _) = ingest(
        vec![SyncArrivals {
            sync: "",
            settings: Digest::of(&["settings"]),
            arrivals,
        }],
        context,
    ) else {
        panic!("small events are put into the queue at once");
    };
    assert_eq!(take_bodies(), (0, 0), "ingest writes and signs nothing");

    let texts = batches.concat();
    let queued: Vec<QueueMessage<'_>> = texts
        .iter()
        .map(|text| QueueMessage {
            text,
            attempts: 1,
            is_dead: false,
        })
        .collect();
    let context = ConsumerContext {
        sync: "",
        planner: Some(&planner),
        settings: Digest::of(&["settings"]),
        now: NOW,
        deadline: Moment::from_millis(i64::MAX),
        calls_max: 1_000,
    };
    let (mut journal, mut calls) = (Journal::default(), 0);
    let mut step = consume(&queued, context);
    loop {
        step = match step {
            ConsumerStep::Begin(requests, beginning) => {
                let (answer, _) = journal.begin(&requests[0].1, KnownRows::default(), NOW);
                beginning.begun(vec![Some(answer)])
            }
            ConsumerStep::Post(mut posting) => {
                for sequence in 0..posting.sequences() {
                    while let Some(call) = posting.next_call(sequence, NOW) {
                        calls += 1;
                        let outcome = Outcome::Answered {
                            status: 200,
                            retry_after: None,
                            body: Some(br#"{"success":"1"}"#),
                            at: NOW,
                        };
                        posting.answered(call.ticket, &outcome, NOW, 0.5);
                    }
                }
                posting.end(NOW, 0.5)
            }
            ConsumerStep::Commit(requests, committing) => {
                let request = requests[0].1.clone();
                let schedule = RetrySchedule::default();
                let (states, _) = journal.commit(request, &schedule, NOW, 0.5);
                committing.committed(vec![Some(states)])
            }
            ConsumerStep::Done(_) => break,
            other => panic!("nothing is left to do: {other:?}"),
        };
    }
    assert_eq!(calls, 100);
    assert_eq!(take_bodies(), (100, 100), "each body once");
}
