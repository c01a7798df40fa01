//! Alerts, checked every minute: the I/O of [`kochava_edge::Alerts`], which decides and is kept by an
//! object of its own.

use crate::config::Setup;
use crate::config::sync::{ReadySync, listed};
use crate::durable_objects::Journal;
use crate::inline_delivery::beside;
use crate::limits::CONNECTIONS_MAX;
use crate::platform::{PlatformError, database_bytes, queue_backlog};
use crate::{clock, http, log, rejects};
use js_sys::JsString;
use kochava_edge::{
    AlertCheck, AlertCondition, AlertMessage, AlertNumbers, Counters, Moment, PlatformCoverage,
    SeriesRequest, StorageUse, coverage_of,
};
use serde::Serialize;
use std::cell::RefCell;
use worker::Env;
use worker::web_sys::{AbortSignal, Headers};

/// Checks what is so, and sends what is to be told.
pub(crate) async fn check(env: &Env) {
    let setup = Setup::of(env);
    if !setup.is_durable {
        return;
    }
    let line = match try_check(setup, env).await {
        Ok((sent, failed)) if sent + failed == 0 => return,
        Ok((sent, failed)) => AlertLine {
            route: "alerts",
            error: None,
            sent,
            failed,
        },
        Err(error) => AlertLine {
            route: "alerts",
            error: Some(error.code()),
            sent: 0,
            failed: 0,
        },
    };
    log::write(&line);
}

/// The log line of a check that sent anything or failed.
#[derive(Serialize)]
struct AlertLine {
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    sent: usize,
    failed: usize,
}

/// Returns how many messages were sent, and how many could not be.
async fn try_check(setup: &Setup, env: &Env) -> Result<(usize, usize), PlatformError> {
    let queue_oldest = queue_backlog(env).await.and_then(|(_, oldest)| oldest);
    let mut check = AlertCheck {
        can_send: setup.alert_url.is_some(),
        ..AlertCheck::default()
    };
    let now = clock::now();
    let before = |hours: i64| Moment::from_millis(now - hours * 3_600_000);
    let ready: Vec<&ReadySync> = setup.ready().collect();
    let names: Vec<&str> = ready.iter().map(|sync| sync.name.as_str()).collect();
    let overviews = Journal::overviews(env, &names, setup.shards, before(1), before(0)).await?;
    let (recent, earlier) = (before(COVERAGE_HOURS), before(COVERAGE_HOURS + 7 * 24));
    let coverage = covered(env, &names, setup.shards, recent, before(0)).await?;
    let coverage_before = covered(env, &names, setup.shards, earlier, recent).await?;
    for (number, (sync, overview)) in ready.iter().zip(&overviews).enumerate() {
        let name = listed(&sync.name);
        let numbers = AlertNumbers {
            sync: name,
            thresholds: sync.planner.settings().alerts,
            breakers: &overview.breakers,
            waiting: &overview.waiting,
            queue_oldest,
            last_hour: &overview.counters,
            coverage: &coverage[number],
            coverage_before: &coverage_before[number],
        };
        let conditions = numbers.conditions(Moment::from_millis(now));
        check.conditions.extend(conditions);
        check
            .settings
            .push((name.map(str::to_owned), sync.settings));
    }
    let journals = overviews.iter().map(|overview| overview.store_bytes);
    let journal_bytes = journals.max().unwrap_or(0);
    check
        .conditions
        .extend(storage(setup, journal_bytes, env).await);
    let mut alerts = Journal::load_alerts(env).await?;
    let messages = alerts.check(check, Moment::from_millis(clock::now()));
    let url = setup.alert_url.as_deref().unwrap_or_default();
    let sent = RefCell::new(vec![None; messages.len()]);
    let send_one = async |at: usize| {
        let error = send(url, &messages[at]).await;
        sent.borrow_mut()[at] = error;
    };
    beside(messages.len(), CONNECTIONS_MAX, &|at| {
        Box::pin(send_one(at))
    })
    .await;
    let sent = sent.into_inner();
    let failed = sent.iter().filter(|error| error.is_some()).count();
    let counts = (sent.len() - failed, failed);
    let results = messages.into_iter().zip(sent).collect();
    alerts.sent(results, Moment::from_millis(clock::now()));
    Journal::store_alerts(env, &alerts).await?;
    Ok(counts)
}

/// Returns whether a store is nearly full; one alert for both.
async fn storage(setup: &Setup, journal_bytes: u64, env: &Env) -> Option<AlertCondition> {
    let calls = setup.config.as_ref().map(|config| config.subrequests_max);
    let is_free = calls.is_ok_and(|calls| calls <= FREE_SUBREQUESTS_MAX);
    let [database_max, journal_max] = if is_free {
        FREE_BYTES_MAX
    } else {
        PAID_BYTES_MAX
    };
    let journal = StorageUse {
        name: "the journal",
        bytes: journal_bytes,
        bytes_max: journal_max,
    };
    let database = StorageUse {
        name: "the database of rejects",
        bytes: database_bytes(env).await.unwrap_or(0),
        bytes_max: database_max,
    };
    database.condition().or_else(|| journal.condition())
}

/// Calls of an invocation on Workers Free, to which `SUBREQUESTS_MAX` is set there (Cloudflare,
/// Workers limits).
const FREE_SUBREQUESTS_MAX: usize = 50;

/// Bytes of a database and of an object (Cloudflare, D1 limits, Durable Objects limits).
const PAID_BYTES_MAX: [u64; 2] = [10_000_000_000, 10_000_000_000];
const FREE_BYTES_MAX: [u64; 2] = [500_000_000, 1_000_000_000];

/// Hours whose coverage is compared with the seven days before.
///
/// Ours: a release that lost a field is seen the same day, and a night with few events is not.
const COVERAGE_HOURS: i64 = 6;

/// Returns the coverage of each sync over a period.
async fn covered(
    env: &Env,
    syncs: &[&str],
    shards: u32,
    from: Moment,
    to: Moment,
) -> Result<Vec<Vec<PlatformCoverage>>, PlatformError> {
    let request = SeriesRequest {
        from,
        to,
        step_minutes: 60 * 24 * 30,
        is_coverage: true,
    };
    let mut all = Vec::new();
    for series in Journal::series(env, syncs, shards, request).await? {
        let mut sum = Counters::default();
        for point in &series.points {
            sum.add(&point.counters);
        }
        all.push(coverage_of(&sum));
    }
    Ok(all)
}

/// Sends a message; returns the code of its failure.
async fn send(url: &str, message: &AlertMessage) -> Option<String> {
    let body = JsString::from(body(url, &message.text));
    let signal = AbortSignal::timeout_with_f64(ALERT_MILLIS_MAX);
    let Ok(headers) = Headers::new() else {
        return Some("unreachable".to_owned());
    };
    _ = headers.set("Content-Type", "application/json");
    match http::send(url, &headers, &body, &signal).await {
        Ok(response) if response.ok() => None,
        Ok(response) => Some(format!("http-{}", response.status())),
        Err(_) if signal.aborted() => Some("timeout".to_owned()),
        Err(_) => Some("unreachable".to_owned()),
    }
}

/// Milliseconds for which the receiver of a message is waited for.
///
/// Ours: a receiver that takes longer is asked again with the next check.
const ALERT_MILLIS_MAX: f64 = 10_000.0;

/// Returns the body of a message: `text`, as Slack, Mattermost, Google Chat and plain webhooks take it,
/// and a card where Microsoft Teams receives it, whose workflows take nothing else (Microsoft, Create
/// and send messages, "Workflows support Adaptive Cards only").
fn body(url: &str, text: &str) -> String {
    let text = rejects::to_json(&text);
    let host = url.split('/').nth(2).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let is_teams = [
        ".logic.azure.com",
        ".powerplatform.com",
        ".webhook.office.com",
    ]
    .iter()
    .any(|teams| host.ends_with(teams));
    if is_teams {
        format!(
            r#"{{"type":"message","text":{text},"attachments":[{{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[{{"type":"TextBlock","wrap":true,"text":{text}}}]}}}}]}}"#
        )
    } else {
        format!(r#"{{"text":{text}}}"#)
    }
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn a_message_is_a_text_and_for_teams_a_card() {
        let slack = body("https://hooks.slack.com/services/T/B/x", "a \"text\"");
        assert_eq!(slack, r#"{"text":"a \"text\""}"#);
        for url in [
            "https://prod-1.westeurope.logic.azure.com:443/workflows/x",
            "https://x.environment.api.powerplatform.com/y",
        ] {
            let card: serde_json::Value =
                serde_json::from_str(&body(url, "a text")).expect("it is JSON");
            assert_eq!(
                card["attachments"][0]["content"]["body"][0]["text"],
                "a text"
            );
        }
        let elsewhere = body("https://example.com/?x=.logic.azure.com", "a text");
        assert_eq!(elsewhere, r#"{"text":"a text"}"#);
    }
}
