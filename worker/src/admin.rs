//! The operator's API: stored rejects, and counters.
//!
//! The routes need the operator's token. Without it the reply is the same as for an unknown path.

mod list;
mod period;
mod query;
mod replay;
mod report;
mod stats;

use crate::body;
use crate::config::Config;
use crate::reply::{self, Reply};
use crate::route::Endpoint;
use query::Query;
use web_sys::Url;
use worker::Env;
use worker::web_sys::Request;

pub(crate) use query::QueryFault;

/// Answers an authenticated operator; `id` comes from the path.
pub(crate) async fn answer(
    endpoint: Endpoint,
    id: &str,
    request: Request,
    config: &Config,
    env: &Env,
) -> Reply {
    let query = match read_query(request).await {
        Ok(query) => query,
        Err(refusal) => return refusal,
    };
    let answered = match endpoint {
        Endpoint::ListRejects => list::list_rejects(&query, env).await,
        Endpoint::ShowReject => list::show_reject(id, config, env).await,
        Endpoint::DeleteRejects => list::delete_rejects(&query, env).await,
        Endpoint::ReplayRejects => replay::replay(&query, config, env).await,
        Endpoint::Stats => stats::stats(&query, env).await,
        Endpoint::Ingest(_) | Endpoint::Preview(_) | Endpoint::Health | Endpoint::Page => {
            Ok(reply::not_found())
        }
    };
    answered.unwrap_or_else(|_| reply::store_unavailable())
}

async fn read_query(request: Request) -> Result<Query, Reply> {
    let bad_query = |fault: &QueryFault| reply::bad_query(fault);
    // the URL of a request is always valid
    let query = Url::new(&request.url()).map_or_else(|_| String::new(), |url| url.search());
    let has_body = matches!(request.method().as_str(), "POST" | "DELETE");
    let bytes = if has_body {
        body::read(&request).await?
    } else {
        Vec::new()
    };
    let body = str::from_utf8(&bytes).map_err(|_| bad_query(&QueryFault::not_utf8()))?;
    Query::read(query.trim_start_matches('?'), body).map_err(|fault| bad_query(&fault))
}
