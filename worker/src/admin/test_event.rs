//! Sends a synthetic event through everything that a real one goes through, to the App GUID for test
//! traffic, and tells what became of it.

use super::list::fate_name;
use super::query::{Query, QueryFault};
use super::{Failure, syncs_of};
use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::json::Json;
use crate::reply::{self, Reply};
use crate::{clock, ingest};
use kochava_edge::{Digest, Fate, Moment, test_message};
use worker::Env;

/// Plans a synthetic event and, where it is ready, puts it into the queue; replies with the plan.
pub(super) async fn send(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    // of several syncs the first, which is the one without a name where there is one
    let sync = syncs_of(query, setup)?[0];
    let ready = match &sync.ready {
        Ok(ready) => ready,
        Err(faulty) => return Ok(reply::misconfigured(&faulty.faults)),
    };
    if ready.planner.settings().test_app_guid.is_none() {
        return Ok(reply::no_test_app());
    }
    let now = Moment::from_millis(clock::now());
    let id = Digest::of(&["test event", &ingest::seed()]);
    let name = query.event_name.as_deref();
    let event = ready.planner.test_event(name, &id.to_hex(), now);
    let fate = ready.planner.plan_test_event(&event, now);
    let is_ready = matches!(fate, Fate::Ready(_));
    if is_ready {
        let message = test_message(id, &event, &sync.name, ready.settings, now);
        if ingest::send(&[vec![message.text()]], env).await == 0 {
            return Err(Failure::Store);
        }
    }
    let mut json = Json::default();
    json.open('{');
    json.text("id", is_ready.then(|| id.to_hex()).as_deref());
    json.text("sync", listed(&sync.name));
    json.text("source", Some(event.source.name()));
    json.time("received_at", Some(now));
    json.raw("event", &event.text);
    write_plan(&mut json, &fate);
    json.close('}');
    Ok(Reply {
        status: if is_ready { 202 } else { 200 },
        ..reply::json_text(json)
    })
}

fn write_plan(json: &mut Json, fate: &Fate) {
    json.text("fate", Some(fate_name(fate)));
    match fate {
        Fate::Ready(parcel) => {
            let requests = reply::requests(&parcel.requests);
            json.raw(
                "requests",
                requests.as_ref().map_or("[]", |json| json.get()),
            );
        }
        Fate::Skipped(skip) => {
            json.text("code", Some(skip.code()));
            json.text("message", Some(skip.sentence()));
        }
        Fate::Refused(_) => {
            let violations = reply::violations(fate);
            json.raw(
                "violations",
                violations.as_ref().map_or("[]", |json| json.get()),
            );
        }
    }
}

/// Replies with what became of a synthetic event of the last hour.
pub(super) async fn show(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let sync = syncs_of(query, setup)?[0];
    let id = query.id.ok_or_else(QueryFault::no_id)?;
    let outcome = Journal::test_outcome(env, &sync.name, id).await?;
    let outcome = outcome.as_deref().unwrap_or(QUEUED);
    let mut json = Json::default();
    json.open('{');
    json.text("id", Some(&id.to_hex()));
    json.text("sync", listed(&sync.name));
    // the members of the object
    json.element(&outcome[1..outcome.len() - 1]);
    json.close('}');
    Ok(reply::json_text(json))
}

/// What is told of an event of which no consumer has told anything.
const QUEUED: &str = r#"{"outcome":"queued","code":null,"at":null,"answers":[]}"#;
