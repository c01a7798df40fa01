//! The replies of `/health`.

use super::Reply;
use crate::config::sync::{Sync, listed};
use crate::config::{Bindings, Setup};
use crate::health::Parts;
use crate::limits::RETRY_AFTER_PAUSED_SECONDS;
use kochava_edge::{Moment, OpenState, Route, SettingsFault, WaitState, WaitingSum};
use serde::Serialize;

#[derive(Serialize)]
struct Health<'h> {
    status: &'static str,
    version: &'static str,
    bindings: &'h Bindings,
    faults: Vec<Fault<'h>>,
    /// The version of the settings, where the delivery is durable.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_breakers: Option<Vec<OpenBreaker<'h>>>,
    /// Whether delivered events are forgotten before their seven days are over, since there are too
    /// many: a copy of one would be sent again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forgets_events_early: bool,
    /// What waits, as far as consumers have seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
    syncs: Vec<SyncHealth<'h>>,
}

/// The state of one sync.
#[derive(Serialize)]
struct SyncHealth<'h> {
    sync: Option<&'h str>,
    status: &'static str,
    faults: Vec<Fault<'h>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_breakers: Option<Vec<OpenBreaker<'h>>>,
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
            oldest: sums.iter().map(|sum| sum.oldest).min().map(Moment::iso),
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
    /// The sync, where syncs have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<&'b str>,
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

    /// Returns the breaker with the name of its sync, where syncs have names.
    pub(crate) fn of_sync(self, sync: Option<&'b str>) -> Self {
        OpenBreaker { sync, ..self }
    }

    /// Returns a breaker for the operator, with its app.
    pub(crate) fn with_app((route, state): (&'b Route, &OpenState)) -> Self {
        OpenBreaker {
            sync: None,
            kind: route.kind.as_str(),
            code: state.reason.code(),
            status: state.reason.status(),
            suspicion: state.is_suspicion,
            since: state.since.iso(),
            next_probe: state.until.iso(),
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

/// Replies with the state of every sync, the faults of the configuration and of the stores, and the
/// open breakers; `parts` where the delivery is durable.
pub(crate) fn health(setup: &Setup, parts: Option<&Parts>, faults: &[SettingsFault]) -> Reply {
    let is_whole = faults.is_empty();
    let mut syncs: Vec<SyncHealth<'_>> = (0..setup.syncs.len())
        .map(|number| {
            SyncHealth::of(
                &setup.syncs[number],
                parts.map(|parts| parts.breakers(number)),
            )
        })
        .collect();
    let unknown = parts.iter().flat_map(|parts| &parts.unknown);
    syncs.extend(unknown.map(|(name, fault)| SyncHealth {
        sync: listed(name),
        status: MISCONFIGURED,
        faults: vec![Fault::of(fault)],
        settings: None,
        open_breakers: None,
    }));
    let journals = parts.iter().flat_map(|parts| &parts.journals);
    let state = journals
        .clone()
        .filter_map(|journal| WaitState::of_breakers(&journal.breakers))
        .max();
    let waiting: Vec<WaitingSum> = journals
        .flat_map(|journal| journal.waiting.iter().cloned())
        .collect();
    let first = setup
        .syncs
        .first()
        .and_then(|sync| sync.ready.as_ref().ok());
    let is_shown = is_whole && parts.is_some();
    let open = |number: usize| {
        let name = setup.has_names().then(|| setup.syncs[number].shown());
        let open = parts
            .map(|parts| parts.breakers(number))
            .unwrap_or_default();
        let open = open.into_iter().map(OpenBreaker::without_app);
        open.map(move |breaker| breaker.of_sync(name))
    };
    let health = Health {
        status: if is_whole {
            state.map_or("ok", WaitState::name)
        } else {
            MISCONFIGURED
        },
        version: kochava_edge::VERSION,
        bindings: &setup.bindings,
        faults: faults.iter().map(Fault::of).collect(),
        settings: first
            .filter(|_| is_shown)
            .map(|sync| sync.settings.to_hex()),
        open_breakers: is_shown.then(|| (0..setup.syncs.len()).flat_map(open).collect()),
        forgets_events_early: is_shown && parts.is_some_and(Parts::forget_early),
        waiting: is_shown.then(|| Waiting::of(&waiting)),
        syncs,
    };
    if is_whole {
        Reply::new(200, &health)
    } else {
        Reply::new(503, &health).retry_after(RETRY_AFTER_PAUSED_SECONDS)
    }
}

impl<'h> SyncHealth<'h> {
    fn of(sync: &'h Sync, open: Option<Vec<(&'h Route, &'h OpenState)>>) -> Self {
        let reasons = open.iter().flatten().map(|(_, state)| state.reason);
        let state = reasons.map(WaitState::of).max();
        let (status, faults, settings) = match &sync.ready {
            Err(faulty) => {
                let status = if faulty.is_disabled {
                    DISABLED
                } else {
                    MISCONFIGURED
                };
                (status, faulty.faults.iter().map(Fault::of).collect(), None)
            }
            Ok(ready) => {
                let status = if ready.planner.settings().enabled {
                    state.map_or("ok", WaitState::name)
                } else {
                    DISABLED
                };
                (status, Vec::new(), Some(ready.settings.to_hex()))
            }
        };
        SyncHealth {
            sync: listed(&sync.name),
            status,
            faults,
            settings,
            open_breakers: open
                .map(|open| open.into_iter().map(OpenBreaker::without_app).collect()),
        }
    }
}

const MISCONFIGURED: &str = "misconfigured";
const DISABLED: &str = "disabled";
