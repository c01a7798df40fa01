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
    let config = setup.config.as_ref();
    let answered = match route.endpoint {
        Endpoint::ListRejects => list::list_rejects(&query, env).await,
        Endpoint::ShowReject => list::show_reject(id, config.ok(), env).await,
        Endpoint::DeleteRejects => list::delete_rejects(&query, env).await,
        Endpoint::ReplayRejects => match config {
            Ok(config) => replay::replay(&query, config, env).await,
            // an event is planned under the settings
            Err(faults) => Ok(reply::misconfigured(faults)),
        },
        Endpoint::Stats => stats::stats(&query, setup, env).await,
        Endpoint::Series => series::series(&query, setup, env).await,
        Endpoint::Coverage => series::coverage(&query, setup, env).await,
        Endpoint::Live => live::live(&query, setup, env).await,
        Endpoint::Alerts => settings::alerts(setup, env).await,
        Endpoint::ShowSettings => settings::settings(setup, env).await,
        Endpoint::GroupRejects => groups::groups(&query, env).await,
        Endpoint::TestEvent => match config {
            Ok(config) => test_event::test_event(&query, config).await,
            Err(faults) => Ok(reply::misconfigured(faults)),
        },
        Endpoint::Webhook(_)
        | Endpoint::AmplitudeSdk(_)
        | Endpoint::SegmentSdk(_)
        | Endpoint::Preview
        | Endpoint::Health
        | Endpoint::Page => Ok(reply::not_found()),
    };
    answered.unwrap_or_else(|failure| match failure {
        Failure::Query(fault) => reply::bad_query(&fault),
        Failure::Store => reply::store_unavailable(),
    })
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
