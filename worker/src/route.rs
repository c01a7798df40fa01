//! The routes of the Worker, as one table.
//!
//! The router, the header `Allow` and the table in `docs/http-api.md` are derived from it. In:
//! method and path. Out: a [`Resolved`].

#[cfg(test)]
pub(crate) mod docs;
mod parameter;
#[cfg(test)]
mod tests;

use kochava_edge::Source;

pub(crate) use parameter::Parameter;
use parameter::Parameter::{All, Cursor, Dry, Event, Filter, From, Ids, Limit, Period, Reason, To};

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
    /// Requests with the operator's token; for others the route does not exist.
    AdminToken,
}

/// The handler of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Ingest(Source),
    Preview(Source),
    Health,
    Stats,
    ListRejects,
    ShowReject,
    DeleteRejects,
    ReplayRejects,
    Page,
}

/// Every route. A path without `{id}` precedes a pattern that also matches it.
pub(crate) const ROUTES: [Route; 9] = [
    Route {
        path: "/amplitude",
        method: Method::Post,
        authentication: Authentication::IngestToken,
        endpoint: Endpoint::Ingest(Source::Amplitude),
        parameters: &[],
        summary: "receives Amplitude's Webhook payloads: events and users",
    },
    Route {
        path: "/preview",
        method: Method::Post,
        authentication: Authentication::IngestToken,
        endpoint: Endpoint::Preview(Source::Amplitude),
        parameters: &[],
        summary: "answers with the plan of the same payloads and sends nothing",
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
        path: "/stats",
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::Stats,
        parameters: &[Period, From, To],
        summary: "counts over a period",
    },
    Route {
        path: "/rejects",
        method: Method::Get,
        authentication: Authentication::AdminToken,
        endpoint: Endpoint::ListRejects,
        parameters: &[Reason, Event, From, To, Limit, Cursor],
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

/// The parameters of a route that changes the rejects that they select.
const CHANGE: &[Parameter] = &[Ids, Filter, Reason, Event, From, To, All, Dry];

/// The result of resolving a method and a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'p> {
    /// A route, and the segment for its `{id}`, empty if it has none.
    Route(&'static Route, &'p str),
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
            Resolved::WrongMethod { .. } => "wrong-method",
            Resolved::NotFound => "not-found",
        }
    }
}

impl Endpoint {
    fn name(self) -> &'static str {
        match self {
            Endpoint::Ingest(source) => source.name(),
            Endpoint::Preview(_) => "preview",
            Endpoint::Health => "health",
            Endpoint::Stats => "stats",
            Endpoint::ListRejects => "rejects",
            Endpoint::ShowReject => "reject",
            Endpoint::DeleteRejects => "delete",
            Endpoint::ReplayRejects => "replay",
            Endpoint::Page => "page",
        }
    }
}
