//! The journal's shards. [`kochava_edge::Journal`] decides; `rows` reads and writes its tables.

use super::{Cached, Sqlite, answer, call, rows};
use crate::clock;
use crate::config::Setup;
use crate::platform::PlatformError;
use futures_util::future::join_all;
use kochava_edge::{
    BeginAnswer, BeginRequest, CommitRequest, Digest, JournalOverview, JournalState, JournalWrite,
    Moment, RetrySchedule,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

/// One shard of the journal.
#[wasm_bindgen]
pub struct Journal {
    sqlite: Sqlite,
    env: Env,
    cached: Cached<kochava_edge::Journal>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalRequest {
    /// Opens a wave.
    Begin(BeginRequest),
    /// Closes a wave of the sync without a name.
    Commit(CommitRequest),
    /// Closes a wave of the sync with this name.
    CommitOf(String, CommitRequest),
    /// Records that the remaining work of messages is done.
    Complete(Vec<Digest>),
    /// Asks for what an operator sees, with the counters over a period.
    Overview { from: Moment, to: Moment },
    /// Drops entries past their retention.
    Sweep { rejects_days: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalResponse {
    Begun(BeginAnswer),
    /// One state for each settled message, in the order of the request.
    Committed(Vec<JournalState>),
    Overview(JournalOverview),
    Done,
}

// not with the crate's macro, whose objects answer requests of HTTP alone
#[wasm_bindgen]
impl Journal {
    /// Constructs the shard that has this state.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Journal {
            sqlite: Sqlite::of(State::from(state)),
            env,
            cached: Cached::new(),
        }
    }

    /// Answers a request of this crate.
    ///
    /// # Errors
    /// The object's SQLite fails, or the request is of another release.
    pub fn answer(&self, request: &str) -> Result<String, JsValue> {
        answer(request, |request| {
            let now = Moment::from_millis(clock::now());
            let read = || rows::restore(&self.sqlite);
            self.cached
                .with(read, |journal| self.handle(journal, request, now))
        })
    }
}

impl Journal {
    fn handle(
        &self,
        journal: &mut kochava_edge::Journal,
        request: JournalRequest,
        now: Moment,
    ) -> worker::Result<JournalResponse> {
        Ok(match request {
            JournalRequest::Begin(request) => {
                let known = rows::known(&self.sqlite, &request)?;
                let (answer, writes) = journal.begin(&request, known, now);
                self.write(&writes)?;
                JournalResponse::Begun(answer)
            }
            JournalRequest::Commit(request) => self.record(journal, "", request, now)?,
            JournalRequest::CommitOf(sync, request) => self.record(journal, &sync, request, now)?,
            JournalRequest::Complete(ids) => {
                self.write(&journal.complete(&ids, now))?;
                JournalResponse::Done
            }
            JournalRequest::Overview { from, to } => {
                JournalResponse::Overview(journal.overview(from, to))
            }
            JournalRequest::Sweep { rejects_days } => {
                self.write(&journal.sweep(now, rejects_days))?;
                JournalResponse::Done
            }
        })
    }

    /// Closes a wave of a sync, by its schedule.
    fn record(
        &self,
        journal: &mut kochava_edge::Journal,
        sync: &str,
        request: CommitRequest,
        now: Moment,
    ) -> worker::Result<JournalResponse> {
        let sync = Setup::of(&self.env).sync(sync);
        let ready = sync.and_then(|sync| sync.ready.as_ref().ok());
        let schedule = ready.map_or_else(RetrySchedule::default, |sync| {
            sync.planner.settings().schedule.clone()
        });
        let jitter = js_sys::Math::random();
        let (states, writes) = journal.commit(request, &schedule, now, jitter);
        self.write(&writes)?;
        Ok(JournalResponse::Committed(states))
    }

    fn write(&self, writes: &[JournalWrite]) -> worker::Result<()> {
        if writes.is_empty() {
            return Ok(());
        }
        let write_all = || {
            writes
                .iter()
                .try_for_each(|write| rows::write(&self.sqlite, write))
        };
        self.sqlite.transaction(write_all)
    }
}

// calls of the shards
impl Journal {
    /// Opens a wave of a sync in each of these shards; `None` where one does not answer.
    pub(crate) async fn begin(
        env: &Env,
        sync: &str,
        requests: Vec<(u32, BeginRequest)>,
    ) -> Vec<Option<BeginAnswer>> {
        let calls = requests.into_iter().map(async |(shard, request)| {
            match ask(env, sync, shard, &JournalRequest::Begin(request)).await {
                Some(JournalResponse::Begun(answer)) => Some(answer),
                _ => None,
            }
        });
        join_all(calls).await
    }

    /// Closes a wave of a sync in each of these shards; `None` where one does not answer.
    pub(crate) async fn commit(
        env: &Env,
        sync: &str,
        requests: Vec<(u32, CommitRequest)>,
    ) -> Vec<Option<Vec<JournalState>>> {
        let calls = requests.into_iter().map(async |(shard, request)| {
            let request = match sync {
                "" => JournalRequest::Commit(request),
                _ => JournalRequest::CommitOf(sync.to_owned(), request),
            };
            match ask(env, sync, shard, &request).await {
                Some(JournalResponse::Committed(states)) => Some(states),
                _ => None,
            }
        });
        join_all(calls).await
    }

    /// Records in each of these shards that the remaining work of messages is done; `false` where
    /// one does not answer.
    pub(crate) async fn complete(
        env: &Env,
        sync: &str,
        requests: Vec<(u32, Vec<Digest>)>,
    ) -> Vec<bool> {
        let calls = requests.into_iter().map(async |(shard, ids)| {
            let answer = ask(env, sync, shard, &JournalRequest::Complete(ids)).await;
            answer == Some(JournalResponse::Done)
        });
        join_all(calls).await
    }

    /// Returns what an operator sees of each sync, of all its shards together, with the counters from
    /// one moment to another.
    pub(crate) async fn overviews(
        env: &Env,
        syncs: &[&str],
        shards: u32,
        from: Moment,
        to: Moment,
    ) -> Result<Vec<JournalOverview>, PlatformError> {
        let request = JournalRequest::Overview { from, to };
        let objects = syncs
            .iter()
            .flat_map(|sync| (0..shards).map(move |shard| (*sync, shard)));
        let calls = objects.map(|(sync, shard)| try_ask(env, sync, shard, &request));
        let mut sums: Vec<JournalOverview> = Vec::new();
        for (number, response) in join_all(calls).await.into_iter().enumerate() {
            let JournalResponse::Overview(overview) = response? else {
                return Err(PlatformError::Journal);
            };
            match sums.last_mut() {
                Some(sum) if number % (shards as usize) > 0 => sum.add(overview),
                _ => sums.push(overview),
            }
        }
        Ok(sums)
    }

    /// Drops entries past their retention in all shards of a sync.
    pub(crate) async fn sweep(
        env: &Env,
        sync: &str,
        shards: u32,
        rejects_days: u32,
    ) -> Result<(), PlatformError> {
        let request = JournalRequest::Sweep { rejects_days };
        let calls = (0..shards).map(|shard| try_ask(env, sync, shard, &request));
        let swept: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        swept.map(drop)
    }
}

/// Calls a shard, and logs its failure.
async fn ask(
    env: &Env,
    sync: &str,
    shard: u32,
    request: &JournalRequest,
) -> Option<JournalResponse> {
    let answer = try_ask(env, sync, shard, request).await;
    answer.inspect_err(|error| error.log()).ok()
}

async fn try_ask(
    env: &Env,
    sync: &str,
    shard: u32,
    request: &JournalRequest,
) -> Result<JournalResponse, PlatformError> {
    let name = match sync {
        "" => format!("journal-{shard}"),
        _ => format!("journal-{sync}-{shard}"),
    };
    call(env, "JOURNAL", &name, request, PlatformError::Journal).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_were_written() {
        let id = Digest::of(&["a message"]);
        for request in [
            JournalRequest::Begin(BeginRequest {
                devices: [0, u64::MAX, 1 << 53 | 1].into(),
                ..BeginRequest::default()
            }),
            JournalRequest::Commit(CommitRequest {
                released: vec![id],
                links: vec![(id, id)],
                ..CommitRequest::default()
            }),
            JournalRequest::Complete(vec![id]),
            JournalRequest::Overview {
                from: Moment::from_millis(-5),
                to: Moment::from_millis(5),
            },
            JournalRequest::Sweep { rejects_days: 30 },
        ] {
            let json = serde_json::to_string(&request).expect("it is written");
            let read: JournalRequest = serde_json::from_str(&json).expect("it is read");
            assert_eq!(read, request);
        }
    }
}
