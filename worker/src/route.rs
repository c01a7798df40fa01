//! The routes of the Worker, as one table.
//!
//! The router, the header `Allow` and the table in `docs/http-api.md` are derived from it. In:
//! method and path. Out: a [`Resolved`].
//!
//! The paths of Amplitude's and Segment's SDKs are those of these services, so that an SDK needs
//! another host and nothing else.

#[cfg(test)]
pub(crate) mod docs;
mod parameter;
#[cfg(test)]
mod tests;

use kochava_edge::Source;

pub(crate) use parameter::Parameter;
use parameter::Parameter::{
    After, All, Cursor, Dry, Event, EventName, Filter, From, Id, Ids, Limit, Period, Reason,
    Search, Step, Sync, To,
};

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The path; `{id}` stands for one segment.
    pub(crate) path: &'static str,
    pub(crate) method: Method,
    pub(crate) authentication: Authentication,
    pub(crate) endpoint: Endpoint,
    /// The parameters of an operator's route; a request with any other is refused. The other routes
    /// ignore their query.
    pub(crate) parameters: &'static [Parameter],
    /// Its description in the documentation.
    pub(crate) summary: &'static str,
}

/// The methods that a route may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// GET and HEAD.
    Get,
    Post,
    Delete,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// Requests without a token, too.
    None,
    /// Requests with the ingest token.
    IngestToken,
    /// Requests with one of the keys that SDKs may have.
    SdkKey,
    /// Requests with the operator's token; for others the route does not exist.
    AdminToken,
}

/// The handler of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Receives the webhook of a sender; without one, its shape tells who it is.
    Webhook(Option<Source>),
    /// Receives what Amplitude's SDKs send, and callers of its HTTP APIs.
    AmplitudeSdk(FormField),
    /// Receives what SDKs of Segment and RudderStack send: calls of this type, or batches.
    SegmentSdk(Option<&'static str>),
    Preview,
    Health,
    Stats,
    Series,
    Coverage,
    Live,
    Alerts,
    ShowSettings,
    SendTestEvent,
    ShowTestEvent,
    ListRejects,
    GroupRejects,
    ShowReject,
    DeleteRejects,
    ReplayRejects,
    Page,
}

/// Where a form has the JSON of its events, and the member that has it in a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormField {
    pub(crate) name: &'static str,
    pub(crate) member: &'static str,
}

/// `/identify`: Amplitude, Identify API and Group Identify API, parameter `identification`.
const IDENTIFICATION: FormField = FormField {
    name: "identification",
    member: "identification",
};

/// `/attribution`: Amplitude, Attribution API, parameter `event`; so has the HTTP API V1.
const EVENT: FormField = FormField {
    name: "event",
    member: "event",
};

/// The form of Amplitude's SDKs in maintenance (Amplitude-iOS, Amplitude-Android,
/// Amplitude-JavaScript).
const EVENTS: FormField = FormField {
    name: "e",
    member: "events",
};

/// Every route. A path without `{id}` precedes a pattern that also matches it.
pub(crate) const ROUTES: &[Route] = &[
    webhook(
        "/amplitude",
        Some(Source::Amplitude),
        "receives Amplitude's Webhook payloads: events and users",
    ),
    webhook(
        "/segment",
        Some(Source::Segment),
        "receives Segment's Webhook destinations",
    ),
    webhook(
        "/rudderstack",
        Some(Source::Rudderstack),
        "receives RudderStack's Webhook destinations",
    ),
    webhook(
        "/mparticle",
        Some(Source::Mparticle),
        "receives mParticle's Webhook output: events and users",
    ),
    webhook(
        "/revenuecat",
        Some(Source::Revenuecat),
        "receives RevenueCat's webhooks",
    ),
    webhook(
        "/cloudevents",
        Some(Source::Cloudevents),
        "receives CloudEvents: structured, batched and binary",
    ),
    webhook(
        "/ingest",
        None,
        "receives webhooks of any of them; the shape of each element tells its sender",
    ),
    amplitude("/2/httpapi", EVENTS, AMPLITUDE_EVENTS),
    amplitude("/batch", EVENTS, AMPLITUDE_EVENTS),
    amplitude("/identify", IDENTIFICATION, AMPLITUDE_USERS),
    amplitude("/groupidentify", IDENTIFICATION, AMPLITUDE_USERS),
    amplitude("/attribution", EVENT, AMPLITUDE_FORM),
    amplitude("/httpapi", EVENT, AMPLITUDE_FORM),
    amplitude("/", EVENTS, AMPLITUDE_FORM),
    segment("/v1/track", Some("track"), SEGMENT_CALLS),
    segment("/v1/t", Some("track"), SEGMENT_CALLS),
    segment("/v1/identify", Some("identify"), SEGMENT_CALLS),
    segment("/v1/i", Some("identify"), SEGMENT_CALLS),
    segment("/v1/screen", Some("screen"), SEGMENT_CALLS),
    segment("/v1/s", Some("screen"), SEGMENT_CALLS),
    segment("/v1/page", Some("page"), SEGMENT_CALLS),
    segment("/v1/p", Some("page"), SEGMENT_CALLS),
    segment("/v1/group", Some("group"), SEGMENT_CALLS),
    segment("/v1/g", Some("group"), SEGMENT_CALLS),
    segment("/v1/alias", Some("alias"), SEGMENT_CALLS),
    segment("/v1/a", Some("alias"), SEGMENT_CALLS),
    segment("/v1/batch", None, SEGMENT_BATCHES),
    segment("/v1/b", None, SEGMENT_BATCHES),
    segment("/beacon/v1/batch", None, SEGMENT_BATCHES),
    Route {
        path: "/preview",
        method: Method::Post,
        authentication: Authentication::IngestToken,
        endpoint: Endpoint::Preview,
        parameters: &[],
        summary: "answers with the plan of a webhook and sends nothing",
    },
    Route {
        path: "/health",
        method: Method::Get,
        authentication: Authentication::None,
        endpoint: Endpoint::Health,
        parameters: &[],
        summary: "200 if everything is set up, 503 with every fault of the settings otherwise",
    },
    Route {
        path: "/",
        method: Method::Get,
        authentication: Authentication::None,
        endpoint: Endpoint::Page,
        parameters: &[],
        summary: "the preview: plans events and checks calls, all in the browser",
    },
    Route {
        path: "/console",
        method: Method::Get,
        authentication: Authentication::None,
        endpoint: Endpoint::Page,
        parameters: &[],
        summary: "the operator's console, which asks for the operator's token",
    },
    Route {
        path: "/stats",
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::Stats,
        parameters: &[Period, From, To, Sync],
        summary: "counts over a period, and what waits",
    },
    operator(
        "/stats/series",
        Endpoint::Series,
        &[Period, From, To, Sync, Step],
        "the same counts in steps, and the incidents of the period",
    ),
    operator(
        "/stats/coverage",
        Endpoint::Coverage,
        &[Period, From, To, Sync, Step],
        "how many of the sent events had each of Kochava's fields, by platform",
    ),
    operator(
        "/live",
        Endpoint::Live,
        &[After, Sync],
        "the last hundred outcomes by code and event name, without identifiers",
    ),
    operator(
        "/alerts",
        Endpoint::Alerts,
        &[],
        "the alerts that go on, and whether they could be sent",
    ),
    operator(
        "/settings",
        Endpoint::ShowSettings,
        &[],
        "the settings in force, without secrets",
    ),
    Route {
        path: "/test-event",
        method: Method::Post,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::SendTestEvent,
        parameters: &[EventName, Sync],
        summary: "puts a synthetic event for `test_app_guid` into the queue, and shows its plan",
    },
    operator(
        "/test-event",
        Endpoint::ShowTestEvent,
        &[Id, Sync],
        "what became of it, with what Kochava answered",
    ),
    operator(
        "/rejects/groups",
        Endpoint::GroupRejects,
        &[Reason, Event, Search, From, To, Sync],
        "counts rejects by reason, event and app, and says who can mend them",
    ),
    Route {
        path: "/rejects",
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::ListRejects,
        parameters: &[Reason, Event, Search, From, To, Sync, Limit, Cursor],
        summary: "lists events that cannot be sent as they are",
    },
    Route {
        path: "/rejects/replay",
        method: Method::Post,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::ReplayRejects,
        parameters: CHANGE,
        summary: "sends rejects again",
    },
    Route {
        path: "/rejects/{id}",
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::ShowReject,
        parameters: &[],
        summary: "shows one of them, with today's explanation",
    },
    Route {
        path: "/rejects",
        method: Method::Delete,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::DeleteRejects,
        parameters: CHANGE,
        summary: "deletes rejects",
    },
];

const AMPLITUDE_EVENTS: &str =
    "receives events of Amplitude's SDKs, and of its HTTP V2 and Batch APIs";
const AMPLITUDE_USERS: &str = "receives users and groups of Amplitude's Identify APIs";
const AMPLITUDE_FORM: &str =
    "receives forms: Amplitude's Attribution API, HTTP API V1, SDKs in maintenance";

const SEGMENT_CALLS: &str = "receives single calls of SDKs of Segment and RudderStack";
const SEGMENT_BATCHES: &str = "receives batches of the same SDKs";

/// A route for SDKs of Segment and RudderStack: for calls of a type, or for batches.
const fn segment(path: &'static str, call: Option<&'static str>, summary: &'static str) -> Route {
    Route {
        path,
        method: Method::Post,
        authentication: Authentication::SdkKey,
        endpoint: Endpoint::SegmentSdk(call),
        parameters: &[],
        summary,
    }
}

/// A route of the operator that changes nothing.
const fn operator(
    path: &'static str,
    endpoint: Endpoint,
    parameters: &'static [Parameter],
    summary: &'static str,
) -> Route {
    Route {
        path,
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint,
        parameters,
        summary,
    }
}

/// A route for the webhook of a sender.
const fn webhook(path: &'static str, source: Option<Source>, summary: &'static str) -> Route {
    Route {
        path,
        method: Method::Post,
        authentication: Authentication::IngestToken,
        endpoint: Endpoint::Webhook(source),
        parameters: &[],
        summary,
    }
}

/// A route for Amplitude's SDKs and HTTP APIs.
const fn amplitude(path: &'static str, field: FormField, summary: &'static str) -> Route {
    Route {
        path,
        method: Method::Post,
        authentication: Authentication::SdkKey,
        endpoint: Endpoint::AmplitudeSdk(field),
        parameters: &[],
        summary,
    }
}

/// The parameters of a route that changes the rejects that they select.
const CHANGE: &[Parameter] = &[Ids, Filter, Reason, Event, Search, From, To, Sync, All, Dry];

/// The result of resolving a method and a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'p> {
    /// A route, and the segment for its `{id}`, empty if it has none.
    Route(&'static Route, &'p str),
    /// A path that answers OPTIONS for this route, which others may call.
    Options(&'static Route),
    /// A path whose routes have other methods.
    WrongMethod {
        allow: String,
        authentication: Authentication,
    },
    NotFound,
}

/// Finds the route; a trailing slash is ignored.
pub(crate) fn resolve<'p>(method: &str, path: &'p str) -> Resolved<'p> {
    let path = path
        .strip_suffix('/')
        .filter(|path| !path.is_empty())
        .unwrap_or(path);
    let is_get = Method::Get.is(method);
    let Some((first, id)) = ROUTES
        .iter()
        .find_map(|route| Some((route, id(route.path, path)?)))
    else {
        // a file of the page
        return if is_get {
            Resolved::Route(page(), "")
        } else {
            Resolved::NotFound
        };
    };
    let alike = || ROUTES.iter().filter(|route| route.path == first.path);
    if let Some(route) = alike().find(|route| route.method.is(method)) {
        return Resolved::Route(route, id);
    }
    if method == "OPTIONS"
        && let Some(route) = alike().find(|route| route.endpoint.has_options())
    {
        return Resolved::Options(route);
    }
    let allow: Vec<&str> = alike().map(|route| route.method.allow()).collect();
    Resolved::WrongMethod {
        allow: allow.join(", "),
        authentication: first.authentication,
    }
}

/// Returns the route of the page, which serves all other paths.
fn page() -> &'static Route {
    ROUTES
        .iter()
        .find(|route| route.endpoint == Endpoint::Page)
        .expect("the table has it")
}

/// Returns the segment for `{id}` in a path that matches the pattern.
fn id<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    match pattern.strip_suffix("{id}") {
        Some(start) => path
            .strip_prefix(start)
            .filter(|id| !id.is_empty() && !id.contains('/')),
        None => (pattern == path).then_some(""),
    }
}

impl Method {
    fn is(self, method: &str) -> bool {
        match self {
            Method::Get => matches!(method, "GET" | "HEAD"),
            Method::Post => method == "POST",
            Method::Delete => method == "DELETE",
        }
    }

    /// Returns the method as the header `Allow` lists it.
    fn allow(self) -> &'static str {
        match self {
            Method::Get => "GET, HEAD",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

impl Resolved<'_> {
    /// Returns the route's name in the log: never the path, since any client can choose one.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Resolved::Route(route, _) => route.endpoint.name(),
            Resolved::Options(_) => "options",
            Resolved::WrongMethod { .. } => "wrong-method",
            Resolved::NotFound => "not-found",
        }
    }
}

impl Endpoint {
    /// Returns whether its path answers OPTIONS: to browsers, whose pages have SDKs, and to senders
    /// of CloudEvents, which ask for permission.
    fn has_options(self) -> bool {
        match self {
            Endpoint::AmplitudeSdk(_) | Endpoint::SegmentSdk(_) => true,
            Endpoint::Webhook(source) => matches!(source, None | Some(Source::Cloudevents)),
            _ => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Endpoint::Webhook(Some(source)) => source.name(),
            Endpoint::Webhook(None) => "ingest",
            Endpoint::AmplitudeSdk(_) => "amplitude-sdk",
            Endpoint::SegmentSdk(_) => "segment-sdk",
            Endpoint::Preview => "preview",
            Endpoint::Health => "health",
            Endpoint::Stats => "stats",
            Endpoint::Series => "series",
            Endpoint::Coverage => "coverage",
            Endpoint::Live => "live",
            Endpoint::Alerts => "alerts",
            Endpoint::ShowSettings => "settings",
            Endpoint::SendTestEvent => "send-test-event",
            Endpoint::ShowTestEvent => "test-event",
            Endpoint::GroupRejects => "groups",
            Endpoint::ListRejects => "rejects",
            Endpoint::ShowReject => "reject",
            Endpoint::DeleteRejects => "delete",
            Endpoint::ReplayRejects => "replay",
            Endpoint::Page => "page",
        }
    }
}
