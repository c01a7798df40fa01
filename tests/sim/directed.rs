//! Worlds that each aim at one invariant.

use super::fault_plan::{
    DAY, Episode, FaultRates, HOUR, KochavaMode, LONERS, MINUTE, Outage, SECOND, SHORT, STORES,
    Scenario, SettingsPhase, Store, WRONG_APP, always, settings, with_phase,
};
use super::history::{AnswerKind, Post};
use super::invariants::{Report, check};
use super::queue::Sent;
use super::random_worlds::run_scenario;
use super::world::{Effect, Shared, World, play};
use kochava_edge::RequestKind;
use kochava_edge::limits::{BREAKER_SAME_ANSWERS, BREAKER_UNREADABLE_ANSWERS};
use std::collections::BTreeMap;

/// Users with identities of their own, and these further choices.
fn with_users(further: &str) -> String {
    settings(
        "",
        &format!(r#","users":{{"send":true,"from":"both","properties":["n"]{further}}}"#),
    )
}

fn played(scenario: Scenario) -> Shared {
    let world = World::new(scenario);
    play(&world, 40 * DAY);
    world
}

#[track_caller]
fn sound(scenario: Scenario) -> Report {
    let report = run_scenario(scenario);
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    report
}

fn figure(report: &Report, name: &str) -> u64 {
    report.figures.get(name).copied().unwrap_or(0)
}

/// One episode from the beginning.
fn at_first(until: i64, mode: KochavaMode) -> Vec<Episode> {
    vec![Episode {
        from: 0,
        until,
        mode,
    }]
}

#[test]
fn each_store_may_be_out_for_an_hour() {
    for store in STORES {
        let outages = vec![Outage {
            from: 0,
            until: HOUR,
            store,
        }];
        let report = sound(Scenario {
            outages,
            is_plain: false,
            large: 10,
            phases: always(with_users("")),
            ..Scenario::faultless(11, 60)
        });
        assert_eq!(
            report.places.get("with its sender"),
            None,
            "{store:?}: senders try for four hours"
        );
    }
}

#[test]
fn a_store_of_rejects_that_is_out_for_longer_than_the_queue_keeps_messages_loses_no_reject() {
    for retention in [DAY, 4 * DAY] {
        let outages = vec![Outage {
            from: 0,
            until: 6 * DAY,
            store: Store::Rejects,
        }];
        let report = sound(Scenario {
            outages,
            retention,
            is_plain: false,
            phases: always(with_users("")),
            ..Scenario::faultless(17, 300)
        });
        assert!(figure(&report, "counted: discarded") > 3, "{report:#?}");
    }
}

#[test]
fn an_event_larger_than_a_message_has_the_same_rights() {
    let world = played(Scenario {
        large: 2,
        is_plain: false,
        phases: always(with_users("")),
        ..Scenario::faultless(12, 60)
    });
    let world = world.borrow();
    let report = check(&world);
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert!(report.places["in rejects"] > 0, "{report:#?}");
    let loads = world.history.crashes.get(&Effect::Load);
    assert_eq!(loads, None);
    assert!(
        world.stores.large.len() <= report.places["in rejects"],
        "what was delivered is deleted"
    );
}

#[test]
fn settings_that_are_faulty_for_days_let_nothing_age_out() {
    for retention in [DAY, 4 * DAY] {
        let usual = with_users("");
        let report = sound(Scenario {
            retention,
            is_plain: false,
            busy: 4 * HOUR,
            phases: with_phase(&usual, 2 * HOUR, 9 * DAY, None),
            episodes: at_first(2 * HOUR, KochavaMode::Fails),
            ..Scenario::faultless(21, 60)
        });
        assert_eq!(figure(&report, "dead letters"), 0);
        assert_eq!(figure(&report, "counted: expired"), 0);
    }
}

#[test]
fn what_waits_while_disabled_is_kept_and_sent_afterwards() {
    let usual = settings("", "");
    let disabled = usual.replacen('{', r#"{"enabled":false,"#, 1);
    let world = played(Scenario {
        busy: MINUTE,
        phases: with_phase(&usual, 2 * MINUTE, 3 * DAY, Some(&disabled)),
        episodes: at_first(3 * MINUTE, KochavaMode::Fails),
        ..Scenario::faultless(22, 30)
    });
    let world = world.borrow();
    let report = check(&world);
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert_eq!(report.places["with Kochava"], 30);
    let while_disabled = |post: &&Post| (2 * MINUTE + SECOND..3 * DAY).contains(&post.at);
    assert_eq!(world.history.posts.iter().filter(while_disabled).count(), 0);
    assert_eq!(figure(&report, "counted: skipped"), 0);
}

#[test]
fn a_narrower_selection_does_not_drop_what_waits() {
    let usual = settings("", "");
    let narrow = usual.replace(r#""Level Up","#, "");
    let report = sound(Scenario {
        busy: MINUTE,
        phases: vec![
            SettingsPhase {
                from: 0,
                settings: Some(usual),
            },
            SettingsPhase {
                from: 2 * MINUTE,
                settings: Some(narrow),
            },
        ],
        episodes: at_first(3 * MINUTE, KochavaMode::Fails),
        ..Scenario::faultless(23, 30)
    });
    assert_eq!(report.places["with Kochava"], 30);
}

#[test]
fn what_waits_follows_a_corrected_app_guid() {
    let usual = settings("", "");
    let wrong = usual.replace("koexample", WRONG_APP);
    let report = sound(Scenario {
        busy: HOUR,
        phases: vec![
            SettingsPhase {
                from: 0,
                settings: Some(wrong),
            },
            SettingsPhase {
                from: 2 * DAY,
                settings: Some(usual),
            },
        ],
        ..Scenario::faultless(24, 40)
    });
    assert_eq!(report.places["with Kochava"], 40);
    assert_eq!(figure(&report, "counted: expired"), 0);
    assert_eq!(figure(&report, "counted: discarded"), 0);
}

/// Returns the events' names, and how long each was on its way, in milliseconds.
fn latencies(world: &World) -> Vec<(&'static str, i64)> {
    let events = (0..).zip(&world.senders.events);
    let of_event = |(number, event): (u32, &super::senders::Event)| {
        let mut posts = world.history.posts_of_event(Some(number));
        let accepted = posts.find(|post| post.is_accepted && post.kind == RequestKind::Event)?;
        Some((event.name, accepted.ends - event.answered_at))
    };
    events.filter_map(of_event).collect()
}

/// Returns the latency that 95 of 100 plain events stay within.
fn ordinary_latency(scenario: Scenario) -> i64 {
    let world = played(scenario);
    let report = check(&world.borrow());
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    let mut plain: Vec<i64> = latencies(&world.borrow())
        .into_iter()
        .filter(|(name, _)| *name == "Level Up")
        .map(|(_, latency)| latency)
        .collect();
    plain.sort_unstable();
    plain[plain.len() * 95 / 100]
}

#[test]
fn loners_of_every_status_keep_no_ordinary_event_waiting_and_end_as_rejects() {
    let usual = Scenario {
        busy: 6 * HOUR,
        devices: 400,
        body_events: 2,
        phases: always(settings(SHORT, "")),
        ..Scenario::faultless(31, 1_200)
    };
    let before = ordinary_latency(usual.clone());
    for name in LONERS {
        let with_loners = Scenario {
            named_loners: Some((name, 4)),
            ..usual.clone()
        };
        let after = ordinary_latency(with_loners.clone());
        assert!(
            after <= 2 * before,
            "{name}: {after} ms with four loners, {before} ms without"
        );
        let world = played(with_loners);
        let world = world.borrow();
        let rejects = world.stores.rejects.values().map(|kept| &kept.reject);
        let kept = rejects.filter(|reject| reject.name.as_deref() == Some(name));
        assert_eq!(kept.count(), 4, "{name}: each of four is kept");
    }
}

#[test]
fn a_run_of_unreadable_answers_trips_the_breaker_and_can_be_sent_again() {
    let report = sound(Scenario {
        episodes: at_first(HOUR, KochavaMode::AnswersUnreadably),
        busy: HOUR / 2,
        ..Scenario::faultless(32, 200)
    });
    assert!(
        figure(&report, "breaker trips: UnreadableAnswers") > 0,
        "{report:#?}"
    );
    let unconfirmed = figure(&report, "counted: unconfirmed");
    let limit = u64::from(BREAKER_UNREADABLE_ANSWERS);
    assert!(
        (limit..4 * limit).contains(&unconfirmed),
        "{unconfirmed} of 200 were not confirmed"
    );
}

#[test]
fn a_message_that_kills_its_isolate_ends_as_a_reject_with_its_events() {
    let report = sound(Scenario {
        killers: 8,
        body_events: 1,
        wave: 1,
        ..Scenario::faultless(33, 24)
    });
    assert!(figure(&report, "dead letters") > 0, "{report:#?}");
    let rejects = report.places["in rejects"] as u64;
    assert_eq!(figure(&report, "counted: discarded"), rejects);
    assert_eq!(report.places["with Kochava"] as u64 + rejects, 24);
}

#[test]
fn copies_of_an_event_at_the_same_moment_are_delivered_once() {
    let rates = FaultRates {
        impatience: 1.0,
        twice: 1.0,
        ..FaultRates::default()
    };
    for wave in [1, 25] {
        let report = sound(Scenario {
            rates,
            wave,
            busy: MINUTE,
            faults_until: MINUTE,
            ..Scenario::faultless(34, 60)
        });
        assert!(report.duplicates.is_empty(), "{:?}", report.duplicates);
        assert_eq!(figure(&report, "counted: delivered"), 60);
        assert!(figure(&report, "counted: duplicates") > 30, "{report:#?}");
    }
}

#[test]
fn a_replay_that_is_repeated_and_crashes_sends_nothing_twice() {
    let rates = FaultRates {
        crash: 0.05,
        store: 0.1,
        ..FaultRates::default()
    };
    let report = sound(Scenario {
        is_plain: false,
        rates,
        busy: HOUR,
        faults_until: 12 * HOUR,
        episodes: at_first(2 * HOUR, KochavaMode::Fails),
        phases: always(settings(r#""steps_s":[5],"span_s":60"#, "")),
        operator: (1..40).map(|time| time * 15 * MINUTE).collect(),
        ..Scenario::faultless(35, 120)
    });
    assert!(figure(&report, "counted: replayed") > 10, "{report:#?}");
}

#[test]
fn a_held_identity_follows_the_first_event_of_its_device() {
    let scenario = Scenario {
        is_plain: false,
        phases: always(with_users(r#","hold_until_event":true"#)),
        busy: 2 * DAY,
        ..Scenario::faultless(13, 80)
    };
    let world = played(scenario);
    let world = world.borrow();
    let mut known: BTreeMap<usize, bool> = BTreeMap::new();
    let mut held = 0;
    for post in world.history.posts.iter().filter(|post| post.is_accepted) {
        let number = post.posted_for.number.expect("each has its number");
        let event = world.senders.event(number);
        if post.kind == RequestKind::Event {
            known.insert(event.device, true);
        }
        held += usize::from(event.usual_plan().is_identity());
        assert!(
            known.contains_key(&event.device),
            "an identity of device {} came first",
            event.device
        );
    }
    assert!(held > 3, "{held} identities without an event of their own");
}

#[test]
fn an_unchanged_identity_is_sent_once() {
    let world = played(Scenario {
        has_equal_identities: true,
        devices: 3,
        busy: 6 * DAY,
        phases: always(with_users("")),
        ..Scenario::faultless(14, 60)
    });
    let world = world.borrow();
    let posts = &world.history.posts;
    let of = |kind| posts.iter().filter(move |post| post.kind == kind);
    assert_eq!(of(RequestKind::Event).count(), 60);
    assert_eq!(of(RequestKind::Identity).count(), 3, "one of each device");
}

/// Returns a world whose queue starts with this text.
fn with_message(text: &str, until: i64) -> Shared {
    let world = World::new(Scenario {
        retention: DAY,
        ..Scenario::faultless(16, 10)
    });
    world.borrow_mut().send_batch(&[Sent {
        text,
        delay_s: 0,
        submission: 0,
    }]);
    play(&world, until);
    world
}

#[test]
fn a_message_that_no_release_can_read_is_a_reject_with_its_bytes() {
    let world = with_message("hello", 40 * DAY);
    let world = world.borrow();
    let kept: Vec<_> = world
        .stores
        .rejects
        .values()
        .map(|kept| (kept.reject.code.as_str(), kept.reject.event.as_str()))
        .collect();
    assert_eq!(kept, [("message-unreadable", "hello")]);
    assert!(world.queue.is_empty());
}

#[test]
fn a_message_of_a_newer_release_waits_for_it_however_short_the_retention() {
    let world = with_message(r#"{"v":6,"what":"ever"}"#, 6 * DAY);
    let world = world.borrow();
    assert!(!world.queue.is_empty());
    assert_eq!(world.history.dead, 0);
    assert!(world.stores.rejects.is_empty());
}

#[test]
fn a_tally_that_was_made_by_hand_falsifies_no_count() {
    let report = sound(Scenario {
        has_strange_messages: true,
        ..Scenario::faultless(19, 10)
    });
    assert_eq!(figure(&report, "counted: delivered"), 10);
    // two texts that are no messages, and an event by hand that breaks rules
    assert_eq!(figure(&report, "counted: discarded"), 3);
}

#[test]
fn deferrals_add_up_however_often_a_message_is_requeued() {
    let world = played(Scenario {
        episodes: at_first(4 * DAY, KochavaMode::Refuses(401)),
        ..Scenario::faultless(18, 12)
    });
    let world = world.borrow();
    let counted = world.stores.counts();
    assert_eq!(counted.of("delivered"), 12);
    assert_eq!(
        counted.of("deferrals"),
        world.history.delivered_events - 12,
        "every delivery of an event by the queue ends in a deferral or in its acceptance"
    );
}

#[test]
fn identities_that_are_refused_alone_keep_no_event_waiting() {
    let world = played(Scenario {
        episodes: at_first(DAY, KochavaMode::RefusesIdentities),
        devices: 1,
        body_events: 6,
        busy: MINUTE,
        phases: always(with_users("")),
        ..Scenario::faultless(17, 24)
    });
    let world = world.borrow();
    let posts = world.history.posts.iter();
    let events =
        posts.filter(|post| post.kind == RequestKind::Event && post.answer == AnswerKind::Accepted);
    let last = events.map(|post| post.at).max().unwrap_or_default();
    assert!(
        last < HOUR,
        "the last event came after {} minutes",
        last / MINUTE
    );
}

#[test]
fn the_same_answer_to_everything_rejects_no_more_than_it_takes_to_see_that() {
    let report = sound(Scenario {
        episodes: at_first(10 * HOUR, KochavaMode::RejectsAll),
        ..Scenario::faultless(4, 200)
    });
    let rejected = figure(&report, "counted: discarded");
    assert!(
        rejected <= 2 * u64::from(BREAKER_SAME_ANSWERS),
        "{rejected} were rejected"
    );
}

#[test]
fn ingest_asks_no_object_and_a_wave_makes_two_requests() {
    for wave in [1, 8, 100] {
        let world = played(Scenario {
            wave,
            body_events: 100,
            devices: 40,
            busy: MINUTE,
            ..Scenario::faultless(41, 300)
        });
        let world = world.borrow();
        let history = &world.history;
        let expected = [
            (Effect::Begin, history.runs_started),
            (Effect::Commit, history.runs_started),
        ];
        assert_eq!(history.requests, BTreeMap::from(expected));
        assert_eq!(history.posts.len(), 300, "and each event is sent once");
    }
}

#[test]
fn a_seed_determines_the_whole_run() {
    for seed in 0..20 {
        assert_eq!(
            format!("{:?}", run_scenario(Scenario::short(seed))),
            format!("{:?}", run_scenario(Scenario::short(seed))),
            "seed {seed}"
        );
    }
}
