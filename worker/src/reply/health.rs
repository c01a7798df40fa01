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

/// A circuit breaker that lets nothing through.
#[derive(Serialize)]
pub(crate) struct OpenBreaker<'b> {
    /// Which kind of call.
    kind: &'b str,
    code: &'static str,
    /// Kochava's, where that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    since: String,
    next_probe: String,
    /// Told to the operator alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_guid: Option<&'b str>,
}

impl<'b> OpenBreaker<'b> {
    /// A breaker for everybody: of which app is not told.
    fn without_app(route: (&'b str, &OpenState)) -> Self {
        OpenBreaker {
            app_guid: None,
            ..OpenBreaker::with_app(route)
        }
    }

    /// A breaker for the operator.
    pub(crate) fn with_app((route, state): (&'b str, &OpenState)) -> Self {
        let (kind, app_guid) = route.split_once(' ').unwrap_or((route, ""));
        OpenBreaker {
            kind,
            code: state.reason.code(),
            status: state.reason.status(),
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

/// Everything is set up; the delivery is not durable.
pub(crate) fn healthy(bindings: &Bindings) -> Reply {
    Reply::new(200, &Health::of("ok", bindings, &[]))
}

/// Everything is set up and durable, with this version of the settings and these breakers.
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

/// Something cannot work.
pub(crate) fn unhealthy(bindings: &Bindings, faults: &[SettingsFault]) -> Reply {
    Reply::new(503, &Health::of("misconfigured", bindings, faults))
        .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}
