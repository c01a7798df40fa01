//! Which door does a request knock at?

use kochava_edge::Source;

/// A door of this Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Events to be sent.
    Ingest(Source),
    /// Events to be planned and not sent.
    Preview(Source),
    /// Is everything set up?
    Health,
    /// What the operator asks.
    Admin(Question),
    /// A file of the preview page.
    Page,
    /// A door that opens to other methods.
    WrongMethod {
        /// Those.
        allow: &'static str,
    },
    /// No door.
    NotFound,
}

/// What an operator asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Which rejects are there?
    Rejects,
    /// What is this one?
    Reject,
    /// Send these again.
    Replay,
    /// Forget these.
    Delete,
    /// How many came to what?
    Stats,
    /// None of them: a method that means nothing here.
    Nothing,
}

/// Finds the door; a slash too much in a sender's URL must not cost it its events.
pub(crate) fn route(method: &str, path: &str) -> Route {
    let path = path
        .strip_suffix('/')
        .filter(|path| !path.is_empty())
        .unwrap_or(path);
    // whatever else there may be only asks
    let is_get = !matches!(
        method,
        "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "CONNECT" | "TRACE" | "REPORT"
    );
    match (path, method) {
        ("/amplitude", "POST") => Route::Ingest(Source::Amplitude),
        ("/preview", "POST") => Route::Preview(Source::Amplitude),
        ("/amplitude" | "/preview", _) => Route::WrongMethod { allow: "POST" },
        ("/health", _) if is_get => Route::Health,
        ("/health", _) => Route::WrongMethod { allow: "GET, HEAD" },
        ("/stats", _) if is_get => Route::Admin(Question::Stats),
        ("/rejects", _) if is_get => Route::Admin(Question::Rejects),
        ("/rejects", "DELETE") => Route::Admin(Question::Delete),
        ("/rejects/replay", "POST") => Route::Admin(Question::Replay),
        (path, _) if is_get && path.starts_with("/rejects/") => Route::Admin(Question::Reject),
        ("/stats" | "/rejects" | "/rejects/replay", _) => Route::Admin(Question::Nothing),
        (_, _) if is_get => Route::Page,
        ("/", _) => Route::WrongMethod { allow: "GET, HEAD" },
        _ => Route::NotFound,
    }
}

impl Route {
    /// Its name in the log: never the path, which a stranger chooses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Route::Ingest(Source::Amplitude) => "amplitude",
            Route::Preview(_) => "preview",
            Route::Health => "health",
            Route::Admin(Question::Rejects) => "rejects",
            Route::Admin(Question::Reject) => "reject",
            Route::Admin(Question::Replay) => "replay",
            Route::Admin(Question::Delete) => "delete",
            Route::Admin(Question::Stats) => "stats",
            Route::Admin(Question::Nothing) => "admin",
            Route::Page => "page",
            Route::WrongMethod { .. } => "wrong-method",
            Route::NotFound => "not-found",
        }
    }
}
