//! The operator's API: stored rejects, and counters.
//!
//! The routes need the operator's token. Without it the reply is the same as for an unknown path.

mod groups;
mod list;
mod live;
mod numbers;
mod period;
mod query;
mod remedy;
mod replay;
mod report;
mod selection;
mod series;
mod settings;
mod stats;
mod test_event;

use crate::body;
use crate::config::Setup;
use crate::config::sync::Sync;
use crate::platform::PlatformError;
use crate::reply::{self, Reply};
use crate::route::{Endpoint, Route};
use query::Query;
use web_sys::Url;
use worker::Env;
use worker::web_sys::Request;

pub(crate) use query::QueryFault;

/// Why a request of an operator has no result.
#[derive(Debug)]
enum Failure {
    /// The request says something that cannot be done.
    Query(QueryFault),
    /// It names a sync that does not exist.
    UnknownSync,
    /// A store does not answer.
    Store,
}

impl From<QueryFault> for Failure {
    fn from(fault: QueryFault) -> Self {
        Failure::Query(fault)
    }
}

impl From<PlatformError> for Failure {
    fn from(_: PlatformError) -> Self {
        Failure::Store
    }
}

/// Answers an authenticated operator; `id` comes from the path.
pub(crate) async fn answer(
    route: &'static Route,
    id: &str,
    request: Request,
    setup: &Setup,
    env: &Env,
) -> Reply {
    let query = match read_query(route, request).await {
        Ok(query) => query,
        Err(refusal) => return refusal,
    };
    let answered = match route.endpoint {
        Endpoint::ListRejects => list::list_rejects(&query, env).await,
        Endpoint::ShowReject => list::show_reject(id, setup, env).await,
        Endpoint::DeleteRejects => list::delete_rejects(&query, env).await,
        Endpoint::ReplayRejects => replay::replay(&query, setup, env).await,
        Endpoint::Stats => stats::stats(&query, setup, env).await,
        Endpoint::Series => series::series(&query, setup, env).await,
        Endpoint::Coverage => series::coverage(&query, setup, env).await,
        Endpoint::Live => live::live(&query, setup, env).await,
        Endpoint::Alerts => settings::alerts(setup, env).await,
        Endpoint::ShowSettings => settings::settings(setup, env).await,
        Endpoint::GroupRejects => groups::groups(&query, env).await,
        Endpoint::SendTestEvent => test_event::send(&query, setup, env).await,
        Endpoint::ShowTestEvent => test_event::show(&query, setup, env).await,
        Endpoint::Webhook(_)
        | Endpoint::AmplitudeSdk(_)
        | Endpoint::SegmentSdk(_)
        | Endpoint::Preview
        | Endpoint::Health
        | Endpoint::Page => Ok(reply::not_found()),
    };
    answered.unwrap_or_else(|failure| match failure {
        Failure::Query(fault) => reply::bad_query(&fault),
        Failure::UnknownSync => reply::unknown_sync(setup),
        Failure::Store => reply::store_unavailable(),
    })
}

/// Returns the syncs that a request is for: the one that it names, or all.
fn syncs_of<'s>(query: &Query, setup: &'s Setup) -> Result<Vec<&'s Sync>, Failure> {
    let wanted = query.filter.sync.as_deref();
    let syncs = setup.syncs.iter();
    let syncs: Vec<&Sync> = syncs
        .filter(|sync| wanted.is_none_or(|name| name == sync.name))
        .collect();
    if syncs.is_empty() {
        return Err(Failure::UnknownSync);
    }
    Ok(syncs)
}

fn names_of<'s>(syncs: &[&'s Sync]) -> Vec<&'s str> {
    syncs.iter().map(|sync| sync.name.as_str()).collect()
}

async fn read_query(route: &'static Route, request: Request) -> Result<Query, Reply> {
    // the URL of a request is always valid
    let query = Url::new(&request.url()).map_or_else(|_| String::new(), |url| url.search());
    let has_body = matches!(request.method().as_str(), "POST" | "DELETE");
    let bytes = if has_body {
        body::read(&request).await?
    } else {
        Vec::new()
    };
    let query = query.strip_prefix('?').unwrap_or(&query);
    str::from_utf8(&bytes)
        .map_err(|_| QueryFault::not_utf8())
        .and_then(|body| Query::read(route.parameters, query, body))
        .map_err(|fault| reply::bad_query(&fault))
}
