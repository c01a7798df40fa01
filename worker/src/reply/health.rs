//! The replies of `/health`.

use super::{Reply, iso};
use crate::config::Bindings;
use crate::health::Parts;
use crate::limits::RETRY_AFTER_PAUSED_SECONDS;
use kochava_edge::{OpenState, Route, SettingsFault, WaitState, WaitingSum};
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
    /// Whether delivered events are forgotten before their seven days are over, since there are too
    /// many: a copy of one would be sent again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forgets_events_early: bool,
    /// What waits, as far as consumers have seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

/// How many events wait, and when the oldest arrived.
#[derive(Serialize)]
struct Waiting {
    events: u64,
    oldest: Option<String>,
}

impl Waiting {
    fn of(sums: &[WaitingSum]) -> Self {
        Waiting {
            events: sums.iter().map(|sum| sum.events).sum(),
            oldest: sums.iter().map(|sum| sum.oldest).min().map(iso),
        }
    }
}

/// A fault of the settings, the bindings or a store.
#[derive(Serialize)]
pub(crate) struct Fault<'h> {
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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suspicion: bool,
    since: String,
    next_probe: String,
    /// Absent from `/health`, which is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_guid: Option<&'b str>,
}

impl<'b> OpenBreaker<'b> {
    /// Returns a breaker for `/health`, without its app.
    fn without_app(route: (&'b Route, &OpenState)) -> Self {
        OpenBreaker {
            app_guid: None,
            ..OpenBreaker::with_app(route)
        }
    }

    /// Returns a breaker for the operator, with its app.
    pub(crate) fn with_app((route, state): (&'b Route, &OpenState)) -> Self {
        OpenBreaker {
            kind: route.kind.as_str(),
            code: state.reason.code(),
            status: state.reason.status(),
            suspicion: state.is_suspicion,
            since: iso(state.since),
            next_probe: iso(state.until),
            app_guid: Some(&route.app),
        }
    }
}

impl<'h> Fault<'h> {
    pub(crate) fn of(fault: &'h SettingsFault) -> Self {
        Fault {
            path: &fault.path,
            code: fault.code,
            message: &fault.message,
        }
    }
}

impl<'h> Health<'h> {
    fn of(status: &'static str, bindings: &'h Bindings, faults: &'h [SettingsFault]) -> Self {
        let faults = faults.iter().map(Fault::of);
        Health {
            status,
            version: kochava_edge::VERSION,
            bindings,
            faults: faults.collect(),
            settings: None,
            open_breakers: None,
            forgets_events_early: false,
            waiting: None,
        }
    }
}

/// Replies that there are no faults; delivery is not durable.
pub(crate) fn healthy(bindings: &Bindings) -> Reply {
    Reply::new(200, &Health::of("ok", bindings, &[]))
}

/// Replies that there are no faults, with the version of the settings and the open breakers.
pub(crate) fn delivering(bindings: &Bindings, settings: &str, parts: &Parts) -> Reply {
    let open: Vec<(&Route, &OpenState)> = parts
        .journal
        .iter()
        .flat_map(|journal| journal.breakers.open())
        .collect();
    let journal = parts.journal.as_ref();
    let state = journal.and_then(|journal| WaitState::of_breakers(&journal.breakers));
    let health = Health {
        waiting: journal.map(|journal| Waiting::of(&journal.waiting)),
        settings: Some(settings),
        open_breakers: Some(open.into_iter().map(OpenBreaker::without_app).collect()),
        forgets_events_early: parts
            .journal
            .as_ref()
            .is_some_and(|journal| journal.forgets_early),
        ..Health::of(state.map_or("ok", WaitState::name), bindings, &[])
    };
    Reply::new(200, &health)
}

/// Replies with the faults of the configuration or the stores.
pub(crate) fn unhealthy(bindings: &Bindings, faults: &[SettingsFault]) -> Reply {
    Reply::new(503, &Health::of("misconfigured", bindings, faults))
        .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}
