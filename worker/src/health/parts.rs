//! One look at each part: the database, and the Durable Objects.

use crate::clock;
use crate::config::Setup;
use crate::durable_objects::Journal;
use crate::limits::HEALTH_PART_MILLIS_MAX;
use crate::platform::PlatformError;
use crate::rejects;
use futures_util::future::{Either, select};
use futures_util::join;
use kochava_edge::{JournalOverview, Moment, SettingsFault};
use std::pin::pin;
use std::time::Duration;
use worker::{Delay, Env};

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// One fault for each part that does not answer.
    pub(crate) faults: Vec<SettingsFault>,
    /// Absent where a shard of the journal does not answer.
    pub(crate) journal: Option<JournalOverview>,
}

impl Parts {
    /// Looks at all parts at once. A part that is not bound is a fault of the configuration.
    pub(super) async fn look(setup: &Setup, env: &Env) -> Self {
        let is_bound = |name| setup.bindings.contain(name);
        let now = Moment::from_millis(clock::now());
        let (database, journal) = join!(
            probe(is_bound("DB"), PlatformError::Database, rejects::check(env)),
            probe(is_bound("JOURNAL"), PlatformError::Journal, async {
                let overview = Journal::overview(env, setup.shards, now, now).await?;
                Ok(Some(overview))
            }),
        );
        let faults = [
            ("DB", database.err(), DATABASE_FAILED),
            ("JOURNAL", journal.as_ref().err().copied(), NO_ANSWER),
        ];
        let faults = faults.into_iter().filter_map(|(path, error, message)| {
            Some(SettingsFault {
                path: path.to_owned(),
                code: error?.code(),
                message: message.into(),
            })
        });
        Parts {
            faults: faults.collect(),
            journal: journal.unwrap_or_default(),
        }
    }
}

/// Looks at one part; the default where it is not bound, `error` where it takes too long.
async fn probe<T: Default>(
    is_bound: bool,
    error: PlatformError,
    look: impl Future<Output = Result<T, PlatformError>>,
) -> Result<T, PlatformError> {
    if !is_bound {
        return Ok(T::default());
    }
    let deadline = Delay::from(Duration::from_millis(HEALTH_PART_MILLIS_MAX));
    match select(pin!(look), pin!(deadline)).await {
        Either::Left((seen, _)) => seen,
        Either::Right(_) => Err(error),
    }
}

const NO_ANSWER: &str = "does not answer";

/// The message for a database that fails, with the command for each environment.
const DATABASE_FAILED: &str = "does not answer, or its migrations are not applied; locally: `npx wrangler d1 migrations apply DB --local`; deployed: `npx wrangler d1 migrations apply DB --remote`";
