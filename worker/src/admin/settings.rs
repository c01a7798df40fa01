//! The settings as they are in force, without secrets; and what an operator was told.

use super::Failure;
use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::json::Json;
use crate::rejects::to_json;
use crate::reply::{self, Fault, Reply};
use kochava_edge::Alerts;
use worker::Env;

/// Replies with the settings of each sync, and since when they are in force.
pub(super) async fn settings(setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    // without the time where the object does not answer: what is set can be read all the same
    let alerts = Journal::load_alerts(env).await.unwrap_or_default();
    let mut json = Json::default();
    json.open('{');
    json.open_member("syncs", '[');
    for sync in &setup.syncs {
        json.open('{');
        json.text("sync", listed(&sync.name));
        let version = sync.ready.as_ref().ok().map(|ready| ready.settings);
        let hex = version.map(kochava_edge::Digest::to_hex);
        json.text("settings", hex.as_deref());
        let mut known = alerts.settings.iter();
        let known = known.find(|(name, digest, _)| {
            name.as_deref() == listed(&sync.name) && Some(*digest) == version
        });
        json.time("since", known.map(|(_, _, since)| *since));
        let refused = sync.ready.as_ref().err();
        let faults: Vec<Fault<'_>> = refused
            .iter()
            .flat_map(|refused| refused.faults.iter().map(Fault::of))
            .collect();
        json.raw("faults", &to_json(&faults));
        json.raw("document", &sync.document);
        json.close('}');
    }
    json.close(']');
    json.raw("bindings", &to_json(&setup.bindings));
    json.text("version", Some(kochava_edge::VERSION));
    json.close('}');
    Ok(reply::json_text(json))
}

/// Replies with the alerts that go on or whose end could not be told.
pub(super) async fn alerts(setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let alerts: Alerts = Journal::load_alerts(env).await?;
    let mut json = Json::default();
    json.open('{');
    json.open_member("alerts", '[');
    for alert in &alerts.alerts {
        json.open('{');
        json.raw("code", &to_json(&alert.code));
        json.text("sync", alert.sync.as_deref());
        json.time("since", Some(alert.since));
        json.time("until", alert.until);
        json.text("text", Some(&alert.text));
        json.time("sent", alert.sent);
        json.text("error", alert.error.as_deref());
        json.close('}');
    }
    json.close(']');
    json.raw("url_set", &setup.alert_url.is_some().to_string());
    json.time("checked", alerts.checked);
    json.close('}');
    Ok(reply::json_text(json))
}
