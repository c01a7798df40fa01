//! The replies of `/health`.

use super::{Reply, iso};
use crate::config::Bindings;
use crate::limits::RETRY_AFTER_PAUSED_SECONDS;
use kochava_edge::{Breakers, OpenState, SettingsFault};
use serde::Serialize;

#[derive(Serialize)]
struct Health<'h> {
    status: &'static str,
    version: &'static str,
    bindings: &'h Bindings,
    faults: Vec<Fault<'h>>,
    /// The version of the settings, where the delivery is durable.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<&'h str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_breakers: Option<Vec<OpenBreaker<'h>>>,
}

#[derive(Serialize)]
struct Fault<'h> {
    path: &'h str,
    code: &'static str,
    message: &'h str,
}

/// An open circuit breaker.
#[derive(Serialize)]
pub(crate) struct OpenBreaker<'b> {
    /// The kind of call.
    kind: &'b str,
    code: &'static str,
    /// Kochava's HTTP status, where one opened the breaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Whether only events that failed before wait.
    #[serde(skip_serializing_if = "is_false")]
    suspicion: bool,
    since: String,
    next_probe: String,
    /// Absent from `/health`, which is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_guid: Option<&'b str>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl<'b> OpenBreaker<'b> {
    /// Returns a breaker for `/health`, without its app.
    fn without_app(route: (&'b str, &OpenState)) -> Self {
        OpenBreaker {
            app_guid: None,
            ..OpenBreaker::with_app(route)
        }
    }

    /// Returns a breaker for the operator, with its app.
    pub(crate) fn with_app((route, state): (&'b str, &OpenState)) -> Self {
        let (kind, app_guid) = route.split_once(' ').unwrap_or((route, ""));
        OpenBreaker {
            kind,
            code: state.reason.code(),
            status: state.reason.status(),
            suspicion: state.is_suspicion,
            since: iso(state.since),
            next_probe: iso(state.until),
            app_guid: Some(app_guid),
        }
    }
}

impl<'h> Health<'h> {
    fn of(status: &'static str, bindings: &'h Bindings, faults: &'h [SettingsFault]) -> Self {
        let faults = faults.iter().map(|fault| Fault {
            path: &fault.path,
            code: fault.code,
            message: &fault.message,
        });
        Health {
            status,
            version: kochava_edge::VERSION,
            bindings,
            faults: faults.collect(),
            settings: None,
            open_breakers: None,
        }
    }
}

/// Replies that there are no faults; delivery is not durable.
pub(crate) fn healthy(bindings: &Bindings) -> Reply {
    Reply::new(200, &Health::of("ok", bindings, &[]))
}

/// Replies that there are no faults, with the version of the settings and the open breakers.
pub(crate) fn delivering(bindings: &Bindings, settings: &str, breakers: &Breakers) -> Reply {
    let is_paused = breakers.open().any(|(_, state)| state.reason.is_pause());
    let open = breakers.open().map(OpenBreaker::without_app);
    let health = Health {
        settings: Some(settings),
        open_breakers: Some(open.collect()),
        ..Health::of(if is_paused { "paused" } else { "ok" }, bindings, &[])
    };
    Reply::new(200, &health)
}

/// Replies with the faults of the configuration or the stores.
pub(crate) fn unhealthy(bindings: &Bindings, faults: &[SettingsFault]) -> Reply {
    Reply::new(503, &Health::of("misconfigured", bindings, faults))
        .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}
