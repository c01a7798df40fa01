//! What holds of every sender, over the cases of all of them.

mod support;

use kochava_edge::{Context, Fate, Moment, Planner, ShapeCache, Source, WaitingFate, detect};
use serde_json::Value;
use std::fs;
use std::path::Path;
use support::{case_event, case_folders, case_settings, sender_case_folders};

/// A body with its sender and what the shell knows of it.
struct Case {
    name: String,
    planner: Planner,
    body: Vec<u8>,
    source: Option<Source>,
    ip: Option<String>,
    user_agent: Option<String>,
}

impl Case {
    fn of(folder: &Path) -> Case {
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("a case has it");
        let expected: Value = serde_json::from_str(&text("expected.json")).expect("it is JSON");
        let context = &expected["context"];
        let member = |key: &str| context[key].as_str().map(str::to_owned);
        let of_folder = folder
            .parent()
            .and_then(|parent| Source::from_name(parent.file_name()?.to_str()?))
            .unwrap_or_default();
        Case {
            name: folder.display().to_string(),
            planner: support::planner(&case_settings(folder)),
            body: case_event(folder),
            source: member("source").map_or(Some(of_folder), |name| Source::from_name(&name)),
            ip: member("connectionIp"),
            user_agent: member("userAgent"),
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            source: self.source,
            received_at: Some(Moment::from_millis(1_767_225_600_000)),
            connection_ip: self.ip.as_deref(),
            user_agent: self.user_agent.as_deref(),
            ..Context::default()
        }
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let folders = case_folders().into_iter().chain(sender_case_folders());
    folders.map(|folder| Case::of(&folder))
}

/// The bodies of what is sent; the code of a fate that sends nothing.
fn told(fate: &Fate) -> Vec<String> {
    match fate {
        Fate::Ready(parcel) => {
            let requests = parcel.requests.iter();
            requests.map(|request| request.body.clone()).collect()
        }
        Fate::Skipped(skip) => vec![skip.code().to_owned()],
        Fate::Refused(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn an_element_that_waits_alone_is_planned_as_in_its_body() {
    let mut waiting = 0;
    for case in cases() {
        let context = case.context();
        let Ok(plan) = case.planner.plan(&case.body, &context) else {
            continue;
        };
        let mut shapes = ShapeCache::default();
        let arrivals = case
            .planner
            .decide(&case.body, &context, &mut shapes)
            .expect("a body that can be planned can be decided about");
        assert_eq!(arrivals.elements.len(), plan.fates.len(), "{}", case.name);
        for (arrival, fate) in arrivals.elements.iter().zip(&plan.fates) {
            if matches!(fate, Fate::Skipped(_)) {
                continue;
            }
            let own = std::str::from_utf8(&case.body[arrival.at.clone()]).expect("it was read");
            let text = arrival.text.as_deref().unwrap_or(own);
            let alone = case
                .planner
                .plan_waiting(
                    text,
                    arrival.source,
                    arrival.of_users,
                    Moment::from_millis(1_767_225_600_000),
                    &mut shapes,
                )
                .unwrap_or_else(|unreadable| panic!("{}: {unreadable}\n{text}", case.name));
            assert_eq!(alone.has_id, arrival.key.is_some(), "{}\n{text}", case.name);
            assert_eq!(alone.ordering_key, arrival.ordering_key, "{}", case.name);
            let alone = match alone.fate {
                WaitingFate::Ready(calls) => {
                    calls.into_iter().map(|call| call.request.body).collect()
                }
                other => told(&other.into()),
            };
            assert_eq!(alone, told(fate), "{}\n{text}", case.name);
            waiting += 1;
        }
    }
    assert!(waiting > 300, "only {waiting} elements");
}

#[test]
fn what_was_read_before_changes_nothing() {
    let cases: Vec<_> = cases().collect();
    for case in &cases {
        let mut context = case.context();
        for source in [case.source, None] {
            context.source = source;
            let fresh = case.planner.plan(&case.body, &context);
            // shapes and senders of every other kind of body
            let mut shapes = ShapeCache::default();
            for other in cases.iter().step_by(7) {
                let _ = case.planner.plan_with(&other.body, &context, &mut shapes);
            }
            let again = case.planner.plan_with(&case.body, &context, &mut shapes);
            match (fresh, again) {
                (Ok(fresh), Ok(again)) => {
                    let told = |plan: &[Fate]| plan.iter().map(told).collect::<Vec<_>>();
                    assert_eq!(told(&fresh.fates), told(&again.fates), "{}", case.name);
                }
                (fresh, again) => {
                    assert_eq!(fresh.err(), again.err(), "{}", case.name);
                }
            }
        }
    }
}

#[test]
fn no_body_is_taken_for_another_senders() {
    let family = |source| match source {
        // an event without the columns of the export may be either's
        Source::AmplitudeHttp => Source::Amplitude,
        other => other,
    };
    let mut detected = 0;
    for case in cases() {
        let (Some(source), Some(found)) = (case.source, detect(&case.body)) else {
            continue;
        };
        assert_eq!(family(found), family(source), "{}", case.name);
        detected += 1;
    }
    assert!(detected > 250, "only {detected} bodies were recognised");
}

#[test]
fn every_sender_has_a_name_and_its_number() {
    for (number, source) in Source::ALL.iter().enumerate() {
        assert_eq!(*source as usize, number);
        assert_eq!(Source::from_name(source.name()), Some(*source));
        assert_eq!(source.schema().source, *source);
        assert_eq!(
            source.schema().holds.len().min(source.schema().keys.len()),
            source.schema().holds.len()
        );
    }
    assert_eq!(Source::from_name("Segment"), None);
}
