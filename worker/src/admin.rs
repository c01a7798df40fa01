//! What does the operator ask?
//!
//! Behind a secret of its own. Without it none of this exists: not even that it is wrong is told.

mod list;
mod query;
mod replay;
mod stats;

use crate::authenticate;
use crate::config::Config;
use crate::reply::{self, Reply};
use crate::route::Question;
use query::Asked;
use worker::Env;
use worker::web_sys::Request;

/// Answers an operator.
pub(crate) async fn answer(
    question: Question,
    request: &Request,
    config: &Config,
    env: &Env,
) -> Reply {
    if !config.is_durable || !authenticate::knows(&request.headers(), config.admin.as_slice()) {
        return reply::not_found();
    }
    let asked = match Asked::read(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let answered = match question {
        Question::Rejects => list::all(&asked, env).await,
        Question::Reject => list::one(&asked, config, env).await,
        Question::Delete => list::delete(&asked, env).await,
        Question::Replay => replay::replay(&asked, config, env).await,
        Question::Stats => stats::stats(&asked, env).await,
        Question::Nothing => Ok(reply::wrong_method("GET, HEAD, POST, DELETE")),
    };
    answered.unwrap_or_else(|_| reply::store_unavailable())
}
