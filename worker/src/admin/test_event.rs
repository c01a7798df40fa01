//! Sends a synthetic event to the App GUID for test traffic, and shows what Kochava answers.

use super::query::Query;
use super::{Failure, syncs_of};
use crate::clock;
use crate::config::Setup;
use crate::inline_delivery::{Answer, post};
use crate::json::Json;
use crate::reply::{self, Reply};
use kochava_edge::limits::ANSWER_CHARS_KEPT;
use kochava_edge::{Confirmation, Moment, Outcome};

/// Sends it: validated, written, signed and posted like any other.
pub(super) async fn test_event(query: &Query, setup: &Setup) -> Result<Reply, Failure> {
    let started = clock::now();
    let name = query.event_name.as_deref().unwrap_or(NAME);
    // of several syncs the first, which is the one without a name where there is one
    let sync = syncs_of(query, setup)?[0];
    let planner = match &sync.ready {
        Ok(ready) => &ready.planner,
        Err(faulty) => return Ok(reply::misconfigured(&faulty.faults)),
    };
    let Some(request) = planner.test_event(name, Moment::from_millis(started)) else {
        return Ok(reply::no_test_app());
    };
    let timeout = planner.settings().delivery.timeout;
    let answer = post(&request, timeout).await;
    let took = clock::now() - started;
    let mut json = Json::default();
    json.open('{');
    let requests = reply::requests(std::slice::from_ref(&request));
    let requests = requests.as_ref().map_or("[]", |json| json.get());
    json.raw(
        "request",
        requests.trim_start_matches('[').trim_end_matches(']'),
    );
    json.open_member("answer", '{');
    write_answer(&mut json, &answer);
    json.close('}');
    json.number("milliseconds", took.unsigned_abs());
    json.close('}');
    Ok(reply::json_text(json))
}

fn write_answer(json: &mut Json, answer: &Answer) {
    let outcome = answer.outcome();
    let (status, body) = match outcome {
        Outcome::Answered { status, body, .. } => (Some(status), body),
        Outcome::Unreachable | Outcome::TimedOut => (None, None),
    };
    match status {
        Some(status) => json.number("status", status.into()),
        None => json.raw("status", "null"),
    }
    let body = body.map(|body| {
        let text = String::from_utf8_lossy(body);
        text.chars().take(ANSWER_CHARS_KEPT).collect::<String>()
    });
    json.text("body", body.as_deref());
    let (outcome, code) = match kochava_edge::Answer::of(&outcome) {
        kochava_edge::Answer::Accepted(Confirmation::Confirmed) => ("delivered", None),
        kochava_edge::Answer::Accepted(Confirmation::Unconfirmed) => ("unconfirmed", None),
        kochava_edge::Answer::Failed(reason) => ("failed", Some(reason.code())),
    };
    json.text("outcome", Some(outcome));
    json.text("code", code);
}

/// The name of the event if the operator gives none.
const NAME: &str = "Kochava Edge Test";
