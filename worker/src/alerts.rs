//! Alerts, checked every minute: the I/O of [`kochava_edge::Alerts`], which decides and is kept by an
//! object of its own.

use crate::config::{Config, Setup};
use crate::durable_objects::Journal;
use crate::platform::{PlatformError, queue_backlog};
use crate::{clock, http, log, rejects};
use futures_util::join;
use js_sys::JsString;
use kochava_edge::{
    AlertCheck, AlertCondition, AlertMessage, AlertNumbers, Counters, Moment, PlatformCoverage,
    SeriesRequest, StorageUse, coverage_of,
};
use serde::Serialize;
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
    let mut conditions = Vec::new();
    let mut settings = Vec::new();
    if let Ok(config) = &setup.config {
        conditions.extend(of_sync(setup, config, env).await?);
        settings.push((None, config.settings));
    }
    let check = AlertCheck {
        conditions,
        settings,
        can_send: setup.alert_url.is_some(),
    };
    let messages = Journal::check_alerts(env, check).await?;
    let mut results = Vec::new();
    for message in messages {
        let url = setup.alert_url.as_deref().unwrap_or_default();
        let error = send(url, &message).await;
        results.push((message, error));
    }
    if results.is_empty() {
        return Ok((0, 0));
    }
    let failed = results.iter().filter(|(_, error)| error.is_some()).count();
    let sent = results.len() - failed;
    Journal::note_alerts(env, results).await?;
    Ok((sent, failed))
}

/// Returns what is so with a sync.
async fn of_sync(
    setup: &Setup,
    config: &Config,
    env: &Env,
) -> Result<Vec<AlertCondition>, PlatformError> {
    const HOUR: i64 = 3_600_000;
    let now = clock::now();
    let before = |hours: i64| Moment::from_millis(now - hours * HOUR);
    let shards = setup.shards;
    let (overview, recent, earlier, queue) = join!(
        Journal::overview(env, shards, before(1), Moment::from_millis(now)),
        covered(env, shards, before(COVERAGE_HOURS), before(0)),
        covered(
            env,
            shards,
            before(COVERAGE_HOURS + 7 * 24),
            before(COVERAGE_HOURS)
        ),
        queue_backlog(env),
    );
    let (overview, recent, earlier) = (overview?, recent?, earlier?);
    let numbers = AlertNumbers {
        sync: None,
        thresholds: config.planner.settings().alerts,
        breakers: &overview.breakers,
        waiting: &overview.waiting,
        queue_oldest: queue.and_then(|(_, oldest)| oldest),
        last_hour: &overview.counters,
        coverage: &recent,
        coverage_before: &earlier,
    };
    let mut conditions = numbers.conditions(Moment::from_millis(now));
    let is_free = config.subrequests_max <= FREE_SUBREQUESTS_MAX;
    let [database_max, object_max] = if is_free {
        FREE_BYTES_MAX
    } else {
        PAID_BYTES_MAX
    };
    let journal = StorageUse {
        name: "the journal",
        bytes: overview.store_bytes,
        bytes_max: object_max,
    };
    let database = rejects::storage(env, database_max).await;
    let nearly_full = database.into_iter().chain([journal]);
    // one alert for both
    conditions.extend(nearly_full.filter_map(|store| store.condition()).next());
    Ok(conditions)
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

/// Returns the coverage of a period.
async fn covered(
    env: &Env,
    shards: u32,
    from: Moment,
    to: Moment,
) -> Result<Vec<PlatformCoverage>, PlatformError> {
    let request = SeriesRequest {
        from,
        to,
        step_minutes: 60 * 24 * 30,
        is_coverage: true,
    };
    let series = Journal::series(env, shards, request).await?;
    let mut sum = Counters::default();
    for point in &series.points {
        sum.add(&point.counters);
    }
    Ok(coverage_of(&sum))
}

/// Sends a message; returns the code of its failure.
async fn send(url: &str, message: &AlertMessage) -> Option<String> {
    let body = JsString::from(body(url, &message.text));
    let signal = AbortSignal::timeout_with_f64(ALERT_MILLIS_MAX);
    let Ok(headers) = Headers::new() else {
        return Some("unreachable".to_owned());
    };
    _ = headers.set("Content-Type", "application/json");
    match http::post(url, &headers, &body, &signal).await {
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
