//! One look at each part: the database, and the Durable Objects.

use crate::clock;
use crate::config::{Setup, variable_of};
use crate::durable_objects::Journal;
use crate::limits::HEALTH_PART_MILLIS_MAX;
use crate::platform::PlatformError;
use crate::waiting_syncs;
use futures_util::future::{Either, select};
use futures_util::join;
use kochava_edge::{JournalOverview, Moment, OpenState, Route, SettingsFault};
use std::pin::pin;
use std::time::Duration;
use worker::{Delay, Env};

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// One fault for each part that does not answer, and for each sync without settings that messages
    /// wait for.
    pub(crate) faults: Vec<SettingsFault>,
    /// What the journal of each sync shows; empty where a shard of it does not answer.
    pub(crate) journals: Vec<JournalOverview>,
    /// The syncs without settings, each with its fault.
    pub(crate) unknown: Vec<(String, SettingsFault)>,
}

impl Parts {
    /// Looks at all parts at once. A part that is not bound is a fault of the configuration.
    pub(super) async fn look(setup: &Setup, env: &Env) -> Self {
        let is_bound = |name| setup.bindings.contain(name);
        let now = Moment::from_millis(clock::now());
        let (waiting, journals) = join!(
            probe(
                is_bound("DB"),
                PlatformError::Database,
                waiting_syncs::check(env)
            ),
            probe(is_bound("JOURNAL"), PlatformError::Journal, async {
                let names: Vec<&str> = setup.syncs.iter().map(|sync| sync.name.as_str()).collect();
                Journal::overviews(env, &names, setup.shards, now, now).await
            }),
        );
        let faults = [
            ("DB", waiting.as_ref().err().copied(), DATABASE_FAILED),
            ("JOURNAL", journals.as_ref().err().copied(), NO_ANSWER),
        ];
        let faults = faults.into_iter().filter_map(|(path, error, message)| {
            Some(SettingsFault {
                path: path.to_owned(),
                code: error?.code(),
                message: message.into(),
            })
        });
        let mut faults: Vec<SettingsFault> = faults.collect();
        let waiting = waiting.unwrap_or_default().into_iter();
        let unknown: Vec<_> = waiting
            .filter(|name| setup.sync(name).is_none())
            .map(|name| {
                let fault = SettingsFault {
                    path: variable_of(&name),
                    code: "missing",
                    message: NO_SETTINGS.into(),
                };
                (name, fault)
            })
            .collect();
        faults.extend(unknown.iter().map(|(_, fault)| fault.clone()));
        Parts {
            faults,
            journals: journals.unwrap_or_default(),
            unknown,
        }
    }

    /// Returns the open breakers of a sync, by its number.
    pub(crate) fn breakers(&self, sync: usize) -> Vec<(&Route, &OpenState)> {
        let journal = self.journals.get(sync).into_iter();
        journal
            .flat_map(|journal| journal.breakers.open())
            .collect()
    }

    /// Returns whether delivered events are forgotten before their time.
    pub(crate) fn forget_early(&self) -> bool {
        self.journals.iter().any(|journal| journal.forgets_early)
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

/// The message for a sync that was taken away too early.
const NO_SETTINGS: &str = "messages wait in the queue for this sync, which has no settings: bring them back until its messages are delivered";

const NO_ANSWER: &str = "does not answer";

/// The message for a database that fails, with the command for each environment.
const DATABASE_FAILED: &str = "does not answer, or its migrations are not applied; locally: `npx wrangler d1 migrations apply DB --local`; deployed: `npx wrangler d1 migrations apply DB --remote`";
