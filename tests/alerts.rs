//! Alerts: what is so by hand-made numbers, and one message when it begins, one when it ends.

use kochava_edge::{
    AlertCheck, AlertCode, AlertCondition, AlertMessage, AlertNumbers, AlertThresholds, Alerts,
    BreakerReport, Breakers, Counters, Coverage, FailureReason, Moment, PlatformCoverage,
    RequestKind, RetrySchedule, Route, Settings, StorageUse, WaitState, WaitingSum,
};

const MINUTE: i64 = 60_000;
const NOW: Moment = Moment {
    millis: 1_767_225_600_000,
};

fn ago(minutes: i64) -> Moment {
    Moment::from_millis(NOW.millis - minutes * MINUTE)
}

/// The thresholds of settings that say nothing about them: 5 min, 5 %, 60 min, 30 points.
fn defaults() -> AlertThresholds {
    let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"a","origination_ip":"b","idfv":"c"}}"#;
    Settings::read(settings).expect("they are well").alerts
}

/// Everything that the numbers of a sync are made of.
struct Sync {
    thresholds: AlertThresholds,
    breakers: Breakers<Route>,
    waiting: Vec<WaitingSum>,
    queue_oldest: Option<Moment>,
    last_hour: Counters,
    coverage: [Vec<PlatformCoverage>; 2],
}

impl Sync {
    fn calm() -> Self {
        let mut last_hour = Counters::default();
        last_hour.count("delivered", 1_000);
        let nothing = || vec![PlatformCoverage::default(); Coverage::PLATFORMS.len()];
        Sync {
            thresholds: defaults(),
            breakers: Breakers::default(),
            waiting: Vec::new(),
            queue_oldest: None,
            last_hour,
            coverage: [nothing(), nothing()],
        }
    }

    fn conditions(&self) -> Vec<AlertCondition> {
        let numbers = AlertNumbers {
            sync: Some("us"),
            thresholds: self.thresholds,
            breakers: &self.breakers,
            waiting: &self.waiting,
            queue_oldest: self.queue_oldest,
            last_hour: &self.last_hour,
            coverage: &self.coverage[0],
            coverage_before: &self.coverage[1],
        };
        numbers.conditions(NOW)
    }

    fn codes(&self) -> Vec<AlertCode> {
        let conditions = self.conditions();
        assert!(conditions.iter().all(|is| is.sync.as_deref() == Some("us")));
        conditions.iter().map(|is| is.code).collect()
    }

    /// Kochava fails in this way since so many minutes.
    fn fails(&mut self, reason: FailureReason, minutes: i64) {
        let route = Route {
            kind: RequestKind::Event,
            app: "koexample".to_owned(),
        };
        let mut report = BreakerReport::default();
        for event in 0..10 {
            report.fail(event, false, reason, 0);
        }
        let schedule = RetrySchedule::default();
        self.breakers
            .report(&route, &report, &schedule, ago(minutes), 0.5);
    }
}

#[test]
fn nothing_is_so_while_everything_is_well() {
    assert_eq!(Sync::calm().codes(), []);
}

#[test]
fn a_pause_is_told_after_its_minutes_and_an_outage_that_ends_by_itself_is_not() {
    let refused = FailureReason::Refused { status: 404 };
    for (reason, minutes, is_so) in [
        (refused, 4, false),
        (refused, 5, true),
        (FailureReason::Unavailable, 600, false),
    ] {
        let mut sync = Sync::calm();
        sync.fails(reason, minutes);
        let conditions = sync.conditions();
        assert_eq!(conditions.len(), usize::from(is_so), "{reason:?} {minutes}");
        if let Some(is) = conditions.first() {
            assert_eq!(is.code, AlertCode::Paused);
            assert!(is.text.contains("koexample with HTTP 404"), "{}", is.text);
        }
    }
    let mut off = Sync::calm();
    off.fails(refused, 600);
    off.thresholds.paused_minutes = None;
    assert_eq!(off.codes(), []);
}

#[test]
fn rejects_are_told_from_their_share_on_but_not_of_a_handful_of_events() {
    for (delivered, failed, is_so) in [
        (95, 5, true),
        (96, 4, false),
        (0, 20, true),
        (0, 19, false),
        (18, 1, false),
    ] {
        let mut sync = Sync::calm();
        sync.last_hour = Counters::default();
        sync.last_hour.count("delivered", delivered);
        sync.last_hour.count("discarded", failed / 2);
        sync.last_hour.count("expired", failed - failed / 2);
        let expected: &[AlertCode] = if is_so { &[AlertCode::Rejects] } else { &[] };
        assert_eq!(sync.codes(), expected, "{delivered} {failed}");
    }
}

#[test]
fn the_oldest_that_waits_counts_unless_it_is_held_as_the_settings_say() {
    let sum = |state, minutes| WaitingSum {
        state,
        events: 7,
        oldest: ago(minutes),
    };
    for (waiting, queue_oldest, is_so) in [
        (vec![sum(WaitState::Down, 59)], None, false),
        (vec![sum(WaitState::Down, 60)], None, true),
        (vec![sum(WaitState::Held, 6_000)], None, false),
        (
            vec![sum(WaitState::Queued, 1), sum(WaitState::Paused, 61)],
            None,
            true,
        ),
        (vec![], Some(ago(59)), false),
        (vec![], Some(ago(61)), true),
    ] {
        let mut sync = Sync::calm();
        (sync.waiting, sync.queue_oldest) = (waiting, queue_oldest);
        let expected: &[AlertCode] = if is_so { &[AlertCode::Waiting] } else { &[] };
        assert_eq!(sync.codes(), expected, "{:?}", sync.waiting);
    }
}

#[test]
fn coverage_that_fell_is_told_with_its_field_and_platform() {
    // of android (number 6), adid is field 3
    let covered = |sent: u64, adid: u64| {
        let mut platforms = vec![PlatformCoverage::default(); Coverage::PLATFORMS.len()];
        platforms[6].sent = sent;
        platforms[6].fields[3] = adid;
        platforms
    };
    for (now, before, is_so) in [
        (covered(100, 40), covered(1_000, 700), true),
        (covered(100, 41), covered(1_000, 700), false),
        (covered(99, 0), covered(1_000, 700), false),
        (covered(1_000, 0), covered(99, 99), false),
        (covered(100, 100), covered(1_000, 0), false),
    ] {
        let mut sync = Sync::calm();
        sync.coverage = [now, before];
        let conditions = sync.conditions();
        assert_eq!(conditions.len(), usize::from(is_so));
        if let Some(is) = conditions.first() {
            let expected =
                "adid is in 40 % of the events of android of the last 6 hours, and was in 70 %";
            assert!(is.text.starts_with(expected), "{}", is.text);
        }
    }
}

#[test]
fn a_dead_letter_is_told_and_a_store_from_four_fifths_on() {
    let mut sync = Sync::calm();
    sync.last_hour.count("code:dead-letter", 1);
    assert_eq!(sync.codes(), [AlertCode::DeadLetters]);
    let store = |bytes| StorageUse {
        name: "the database of rejects",
        bytes,
        bytes_max: 10_000_000_000,
    };
    assert_eq!(store(7_999_999_999).condition(), None);
    let condition = store(8_000_000_000).condition().expect("it is nearly full");
    assert!(
        condition
            .text
            .starts_with("the database of rejects holds 8000 MB of at most 10000 MB")
    );
}

/// What is so, as a check tells it.
fn check(codes: &[AlertCode]) -> AlertCheck {
    let conditions = codes.iter().map(|&code| AlertCondition {
        code,
        sync: None,
        text: format!("{code:?} is so"),
    });
    AlertCheck {
        conditions: conditions.collect(),
        settings: Vec::new(),
        can_send: true,
    }
}

/// Checks, and sends what is to be sent with this result; returns the texts.
fn step(alerts: &mut Alerts, codes: &[AlertCode], minute: i64, error: Option<&str>) -> Vec<String> {
    // the state is kept as JSON in between
    let json = serde_json::to_string(alerts).expect("it is written");
    *alerts = serde_json::from_str(&json).expect("it is read");
    let now = Moment::from_millis(NOW.millis + minute * MINUTE);
    let messages = alerts.check(check(codes), now);
    let texts = messages
        .iter()
        .map(|message| message.text.clone())
        .collect();
    let results = |message: AlertMessage| (message, error.map(str::to_owned));
    alerts.sent(messages.into_iter().map(results).collect(), now);
    texts
}

#[test]
fn one_message_tells_the_beginning_and_one_the_end() {
    use AlertCode::{Paused, Rejects};
    let mut alerts = Alerts::default();
    assert!(step(&mut alerts, &[], 0, None).is_empty());
    assert_eq!(
        step(&mut alerts, &[Paused], 1, None),
        ["kochava-edge: Paused is so"]
    );
    assert!(step(&mut alerts, &[Paused], 2, None).is_empty());
    assert_eq!(
        step(&mut alerts, &[Paused, Rejects], 3, None),
        ["kochava-edge: Rejects is so"]
    );
    assert_eq!(
        step(&mut alerts, &[Rejects], 8, None),
        ["kochava-edge: over after 7 min: Paused is so"]
    );
    assert_eq!(alerts.alerts.len(), 1);
    assert!(step(&mut alerts, &[Rejects], 9, None).is_empty());
}

#[test]
fn a_message_that_cannot_be_sent_is_sent_again_and_shown_until_it_is() {
    use AlertCode::Waiting;
    let mut alerts = Alerts::default();
    for minute in 0..3 {
        assert_eq!(
            step(&mut alerts, &[Waiting], minute, Some("http-500")).len(),
            1
        );
        let [alert] = alerts.alerts.as_slice() else {
            panic!("{alerts:?}");
        };
        assert_eq!(
            (alert.error.as_deref(), alert.sent),
            (Some("http-500"), None)
        );
        assert_eq!(alert.since, NOW);
    }
    assert_eq!(step(&mut alerts, &[Waiting], 3, None).len(), 1);
    assert_eq!(alerts.alerts[0].error, None);
    // the end, too
    assert_eq!(step(&mut alerts, &[], 4, Some("timeout")).len(), 1);
    assert_eq!(
        step(&mut alerts, &[], 60, None),
        ["kochava-edge: over after 4 min: Waiting is so"]
    );
    assert_eq!(alerts.alerts, []);
    assert!(step(&mut alerts, &[], 61, None).is_empty());
}

#[test]
fn what_ends_before_its_beginning_was_told_is_told_once() {
    let mut alerts = Alerts::default();
    step(&mut alerts, &[AlertCode::Storage], 0, Some("unreachable"));
    assert_eq!(
        step(&mut alerts, &[], 2, Some("http-500")),
        ["kochava-edge: began 2026-01-01 00:00 UTC, ended 2026-01-01 00:02 UTC: Storage is so"]
    );
    assert_eq!(alerts.alerts[0].until, Some(ago(-2)));
    // once the receiver is back: when it was, not when it could be told
    assert_eq!(
        step(&mut alerts, &[], 90, None),
        ["kochava-edge: began 2026-01-01 00:00 UTC, ended 2026-01-01 00:02 UTC: Storage is so"]
    );
    assert_eq!(alerts.alerts, []);
    assert!(step(&mut alerts, &[], 91, None).is_empty());
}

#[test]
fn what_is_still_so_once_the_receiver_is_back_is_told_as_a_beginning_and_later_its_end() {
    let mut alerts = Alerts::default();
    for minute in 0..3 {
        step(&mut alerts, &[AlertCode::Paused], minute, Some("timeout"));
    }
    assert_eq!(
        step(&mut alerts, &[AlertCode::Paused], 3, None),
        ["kochava-edge: Paused is so"]
    );
    assert_eq!(
        step(&mut alerts, &[], 5, None),
        ["kochava-edge: over after 5 min: Paused is so"]
    );
}

#[test]
fn what_began_again_before_its_end_could_be_told_is_told_from_its_first_beginning_on() {
    let mut alerts = Alerts::default();
    step(&mut alerts, &[AlertCode::Paused], 0, Some("timeout"));
    step(&mut alerts, &[], 1, Some("timeout"));
    step(&mut alerts, &[AlertCode::Paused], 2, Some("timeout"));
    assert_eq!(
        step(&mut alerts, &[], 7, None),
        ["kochava-edge: began 2026-01-01 00:00 UTC, ended 2026-01-01 00:07 UTC: Paused is so"]
    );
}

#[test]
fn what_ends_and_begins_again_while_nothing_can_be_sent_has_not_ended() {
    let mut alerts = Alerts::default();
    step(&mut alerts, &[AlertCode::Paused], 0, None);
    step(&mut alerts, &[], 1, Some("http-503"));
    assert!(step(&mut alerts, &[AlertCode::Paused], 2, None).is_empty());
    assert_eq!(alerts.alerts[0].since, NOW);
}

#[test]
fn without_an_address_alerts_are_shown_and_forgotten_when_they_end() {
    let mut alerts = Alerts::default();
    let silent = |codes: &[AlertCode]| AlertCheck {
        can_send: false,
        ..check(codes)
    };
    assert_eq!(alerts.check(silent(&[AlertCode::Paused]), NOW), []);
    assert_eq!(alerts.alerts.len(), 1);
    assert_eq!(alerts.check(silent(&[]), NOW), []);
    assert_eq!(alerts.alerts, []);
}

#[test]
fn settings_are_in_force_since_they_were_seen_first() {
    let digest = |text: &str| kochava_edge::Digest::of(&[text]);
    let mut alerts = Alerts::default();
    let at = |minute: i64| Moment::from_millis(NOW.millis + minute * MINUTE);
    for (minute, version, since) in [
        (0, "a", 0),
        (1, "a", 0),
        (2, "b", 2),
        (3, "b", 2),
        (4, "a", 4),
    ] {
        let settings = vec![
            (None, digest(version)),
            (Some("us".to_owned()), digest("same")),
        ];
        let _ = alerts.check(
            AlertCheck {
                settings,
                ..AlertCheck::default()
            },
            at(minute),
        );
        assert_eq!(alerts.settings[0].2, at(since), "{minute}");
        assert_eq!(alerts.settings[1].2, NOW);
    }
}
