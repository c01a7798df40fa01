//! Series in steps, and incidents.

use crate::{HOUR, MINUTE, START, Shard, done, refused, route};
use kochava_edge::limits::BREAKER_FAILURES;
use kochava_edge::{
    BreakerReport, CommitRequest, Confirmation, Counters, Coverage, Moment, SeriesRequest,
    SettledMessage, TripReason, coverage_of,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn at(time: i64) -> Moment {
    Moment::from_millis(START + time)
}

/// An event as the planner describes it: the number of its platform, and the bits of its fields.
fn event(platform: u8, fields: u16) -> Coverage {
    serde_json::from_str(&format!("[{platform},{fields}]")).expect("it is two numbers")
}

/// A request for what was counted in steps of so many minutes.
fn numbers(from: i64, to: i64, step_minutes: i64) -> SeriesRequest {
    SeriesRequest {
        from: at(from),
        to: at(to),
        step_minutes,
        is_coverage: false,
    }
}

#[test]
fn a_series_has_a_point_for_each_step_in_which_anything_was_counted() {
    let mut shard = Shard::default();
    for (name, minute) in [0, 1, 1, 59, 61, 24 * 60].into_iter().enumerate() {
        shard.now = minute * MINUTE;
        shard.settle(vec![done(name)]);
    }
    let points = |step| -> Vec<(i64, i64, u64)> {
        let series = shard.journal.series(&numbers(0, 48 * HOUR, step));
        let points = series.points.iter();
        let first = START / MINUTE;
        points
            .map(|point| {
                let delivered = point.counters.of("delivered");
                (point.start_minute - first, point.minutes, delivered)
            })
            .collect()
    };
    // each message counts two events
    let minutes = [(0, 1, 2), (1, 1, 4), (59, 1, 2), (61, 1, 2), (1_440, 1, 2)];
    assert_eq!(points(1), minutes);
    assert_eq!(points(60), [(0, 60, 8), (60, 60, 2), (1_440, 60, 2)]);
    assert_eq!(points(1_440), [(0, 1_440, 10), (1_440, 1_440, 2)]);
    // minutes that were folded into their hour are told as the hour that they are
    shard.sweep();
    assert_eq!(
        shard.journal.series(&numbers(0, 48 * HOUR, 1)).points[0].minutes,
        60
    );
}

#[test]
fn coverage_counts_every_event_once_by_platform_and_field() {
    let mut shard = Shard::default();
    let (ios, android) = (0, 6);
    // bits 0 (kochava_device_id), 2 (idfv), 3 (adid), 8 (origination_ip)
    let with_idfv = event(ios, 1 | 1 << 2 | 1 << 8);
    let without = event(ios, 1 | 1 << 8);
    let with_adid = event(android, 1 << 3 | 1 << 8);
    let of = |name, coverage| SettledMessage {
        coverage,
        ..done(name)
    };
    let messages = vec![
        of(1, vec![(with_idfv, 3), (with_adid, 1)]),
        of(2, vec![(without, 1)]),
    ];
    shard.settle(messages.clone());
    shard.settle(messages);
    shard.now = 90 * 24 * HOUR;
    shard.sweep();
    shard.restart();
    let request = SeriesRequest {
        is_coverage: true,
        ..numbers(0, HOUR, 60)
    };
    let series = shard.journal.series(&request);
    let counted = coverage_of(&series.points[0].counters);
    let [idfv, adid, ip, ua] = ["idfv", "adid", "origination_ip", "device_ua"].map(|name| {
        let mut fields = Coverage::FIELDS.iter();
        fields
            .position(|field| *field == name)
            .expect("there is one")
    });
    let ios = &counted[ios as usize];
    assert_eq!((ios.sent, ios.fields[0], ios.fields[idfv]), (4, 4, 3));
    assert_eq!(
        (ios.fields[ip], ios.fields[ua], ios.fields[adid]),
        (4, 0, 0)
    );
    let android = &counted[android as usize];
    assert_eq!(
        (android.sent, android.fields[0], android.fields[adid]),
        (1, 0, 1)
    );
    // numbers and coverage do not mix
    let numbers = shard.journal.series(&numbers(0, HOUR, 60));
    assert!(
        coverage_of(&numbers.points[0].counters)
            .iter()
            .all(|platform| platform.sent == 0)
    );
    shard.now += HOUR;
    shard.sweep();
    assert_eq!(shard.journal.series(&request).points, []);
}

#[test]
fn an_incident_begins_with_the_first_failure_of_a_trip_and_ends_when_the_breaker_closes() {
    let mut shard = Shard::default();
    shard.commit(refused(1));
    let incidents = |shard: &Shard, from, to| shard.journal.series(&numbers(from, to, 1)).incidents;
    assert_eq!(incidents(&shard, 0, HOUR), [], "a suspicion is none");
    shard.now = MINUTE;
    shard.commit(refused(BREAKER_FAILURES));
    shard.restart();
    let [incident] = incidents(&shard, 0, HOUR).try_into().expect("it is one");
    assert_eq!((incident.route, incident.since), (route(), at(0)));
    assert_eq!(
        (incident.reason, incident.until),
        (TripReason::Refused(403), None)
    );
    shard.now = 2 * HOUR;
    let mut report = BreakerReport::default();
    report.is_probe = true;
    report.accept(Confirmation::Confirmed);
    shard.commit(CommitRequest {
        reports: vec![(route(), report)],
        ..CommitRequest::default()
    });
    shard.restart();
    assert_eq!(
        incidents(&shard, HOUR, 3 * HOUR)[0].until,
        Some(at(2 * HOUR))
    );
    assert_eq!(incidents(&shard, 3 * HOUR, 4 * HOUR), []);
    shard.now = 90 * 24 * HOUR + 2 * HOUR;
    shard.sweep();
    assert_eq!(
        incidents(&shard, HOUR, 3 * HOUR).len(),
        1,
        "kept for 90 days"
    );
    shard.now += 1;
    shard.sweep();
    shard.restart();
    assert_eq!(incidents(&shard, HOUR, 3 * HOUR), []);
}

#[test]
fn of_many_incidents_the_last_are_kept() {
    let mut shard = Shard::default();
    for number in 0..600 {
        shard.now = number * HOUR;
        shard.commit(refused(BREAKER_FAILURES));
        shard.now += 30 * MINUTE;
        let mut report = BreakerReport::default();
        report.is_probe = true;
        report.accept(Confirmation::Confirmed);
        shard.commit(CommitRequest {
            reports: vec![(route(), report)],
            ..CommitRequest::default()
        });
    }
    let incidents = shard.journal.series(&numbers(0, 600 * HOUR, 60)).incidents;
    assert_eq!((incidents.len(), incidents[0].since), (500, at(100 * HOUR)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the period, the steps, the shards and what was folded meanwhile.
    #[test]
    fn the_sums_of_a_series_are_those_of_the_overview(
        waves in vec((0_usize..3, 0_i64..600, 1_u64..9, any::<bool>()), 1..60),
        (from, length) in (0_i64..30_000, 0_i64..30_000),
        step in prop_oneof![Just(1_i64), Just(60), Just(1_440)],
    ) {
        let mut shards: Vec<Shard> = (0..3).map(|_| Shard::default()).collect();
        let mut now = 0;
        for (name, (number, minutes, times, sweeps)) in waves.into_iter().enumerate() {
            now += minutes * MINUTE;
            let shard = &mut shards[number];
            shard.now = now;
            let mut counters = Counters::default();
            counters.count("delivered", times);
            counters.count("code:expired", times / 2);
            counters.count_delivered(times * 1_000, false);
            shard.settle(vec![SettledMessage {
                counters,
                coverage: vec![(event(6, 5), 2)],
                ..done(name)
            }]);
            if sweeps {
                shard.sweep();
            }
        }
        let request = numbers(from * MINUTE, (from + length) * MINUTE, step);
        let mut overview = shards[0].journal.overview(request.from, request.to);
        let mut series = shards[0].journal.series(&request);
        for shard in &shards[1..] {
            overview.add(shard.journal.overview(request.from, request.to));
            series.add(shard.journal.series(&request));
        }
        let starts: Vec<i64> = series.points.iter().map(|point| point.start_minute).collect();
        prop_assert!(starts.is_sorted() && starts.iter().all(|start| start % step == 0));
        let mut sum = Counters::default();
        for point in &series.points {
            prop_assert!(!point.counters.is_empty());
            sum.add(&point.counters);
        }
        let of_overview = overview.counters.iter().filter(|(name, _)| !name.starts_with("cover:"));
        prop_assert_eq!(sum.iter().collect::<Vec<_>>(), of_overview.collect::<Vec<_>>());
    }
}
