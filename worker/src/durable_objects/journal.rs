//! The journal's shards. [`kochava_edge::Journal`] decides; `rows` reads and writes its tables.

use super::{Cached, Sqlite, answer, call, rows};
use crate::clock;
use crate::config::Setup;
use crate::platform::PlatformError;
use futures_util::future::join_all;
use kochava_edge::{
    Alerts, BeginAnswer, BeginRequest, CommitRequest, Digest, JournalOverview, JournalState,
    JournalWrite, LiveOutcome, LiveRing, Moment, RetrySchedule, Series, SeriesRequest,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Env, State};

/// One shard of the journal.
#[wasm_bindgen]
pub struct Journal {
    sqlite: Sqlite,
    env: Env,
    cached: Cached<kochava_edge::Journal>,
    /// The last outcomes, in memory alone.
    live: RefCell<LiveRing>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalRequest<'r> {
    /// Opens a wave.
    Begin(Cow<'r, BeginRequest>),
    /// Closes a wave of the sync without a name.
    Commit(Cow<'r, CommitRequest>),
    /// Closes a wave of the sync with this name.
    CommitOf(Cow<'r, str>, Cow<'r, CommitRequest>),
    /// Records that the remaining work of messages is done.
    Complete(Vec<Digest>),
    /// Asks for what an operator sees, with the counters over a period.
    Overview { from: Moment, to: Moment },
    /// Asks for counters in steps.
    Series(SeriesRequest),
    /// Asks for the outcomes after a moment.
    Watch { after: Moment },
    /// Asks what became of a synthetic event.
    TestOutcome(Digest),
    /// Asks for the state of the alerts.
    LoadAlerts,
    /// Stores it.
    StoreAlerts(String),
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
    Series(Series),
    Watched(Vec<LiveOutcome>),
    State(Option<String>),
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
            live: RefCell::default(),
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
        request: JournalRequest<'_>,
        now: Moment,
    ) -> worker::Result<JournalResponse> {
        Ok(match request {
            JournalRequest::Begin(request) => {
                let known = rows::known(&self.sqlite, &request)?;
                let (answer, writes) = journal.begin(&request, known, now);
                self.write(&writes)?;
                JournalResponse::Begun(BeginAnswer {
                    is_watched: self.live.borrow().is_watched(now),
                    ..answer
                })
            }
            JournalRequest::Commit(request) => {
                self.record(journal, "", request.into_owned(), now)?
            }
            JournalRequest::CommitOf(sync, request) => {
                self.record(journal, &sync, request.into_owned(), now)?
            }
            JournalRequest::Complete(ids) => {
                self.write(&journal.complete(&ids, now))?;
                JournalResponse::Done
            }
            JournalRequest::Overview { from, to } => {
                let waiting = journal.note_waiting(rows::waiting(&self.sqlite)?);
                JournalResponse::Overview(JournalOverview {
                    waiting,
                    store_bytes: self.sqlite.sql.database_size() as u64,
                    ..journal.overview(from, to)
                })
            }
            JournalRequest::Series(request) => JournalResponse::Series(journal.series(&request)),
            JournalRequest::Watch { after } => {
                JournalResponse::Watched(self.live.borrow_mut().watch(after, now))
            }
            JournalRequest::TestOutcome(id) => {
                JournalResponse::State(rows::test_outcome(&self.sqlite, id, now)?)
            }
            JournalRequest::LoadAlerts => {
                JournalResponse::State(rows::state_of(&self.sqlite, ALERTS)?)
            }
            JournalRequest::StoreAlerts(state) => {
                rows::write_state(&self.sqlite, ALERTS, state)?;
                JournalResponse::Done
            }
            JournalRequest::Sweep { rejects_days } => {
                self.write(&journal.sweep(now, rejects_days))?;
                rows::forget_tests(&self.sqlite, now)?;
                JournalResponse::Done
            }
        })
    }

    /// Closes a wave of a sync, by its schedule.
    fn record(
        &self,
        journal: &mut kochava_edge::Journal,
        sync: &str,
        mut request: CommitRequest,
        now: Moment,
    ) -> worker::Result<JournalResponse> {
        let sync = Setup::of(&self.env).sync(sync);
        let ready = sync.and_then(|sync| sync.ready.as_ref().ok());
        let schedule = ready.map_or_else(RetrySchedule::default, |sync| {
            sync.planner.settings().schedule.clone()
        });
        let jitter = js_sys::Math::random();
        let outcomes = std::mem::take(&mut request.live);
        let tested = std::mem::take(&mut request.tests);
        let (states, writes) = journal.commit(request, &schedule, now, jitter);
        self.write(&writes)?;
        for (id, outcome) in tested {
            rows::write_test_outcome(&self.sqlite, id, outcome, now)?;
        }
        self.live.borrow_mut().add(outcomes, now);
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
        requests: &[(u32, BeginRequest)],
    ) -> Vec<Option<BeginAnswer>> {
        let requests = requests.iter();
        let shard_requests = requests
            .map(|(shard, request)| (*shard, JournalRequest::Begin(Cow::Borrowed(request))));
        let answers = call_each(env, sync, shard_requests.collect())
            .await
            .into_iter();
        let begun = answers.map(|answer| match answer {
            Some(JournalResponse::Begun(answer)) => Some(answer),
            _ => None,
        });
        begun.collect()
    }

    /// Closes a wave of a sync in each of these shards; `None` where one does not answer.
    pub(crate) async fn commit(
        env: &Env,
        sync: &str,
        requests: &[(u32, CommitRequest)],
    ) -> Vec<Option<Vec<JournalState>>> {
        let shard_requests = requests.iter().map(|(shard, request)| {
            let request = Cow::Borrowed(request);
            let request = match sync {
                "" => JournalRequest::Commit(request),
                _ => JournalRequest::CommitOf(sync.into(), request),
            };
            (*shard, request)
        });
        let answers = call_each(env, sync, shard_requests.collect())
            .await
            .into_iter();
        let committed = answers.map(|answer| match answer {
            Some(JournalResponse::Committed(states)) => Some(states),
            _ => None,
        });
        committed.collect()
    }

    /// Records in each of these shards that the remaining work of messages is done; `false` where
    /// one does not answer.
    pub(crate) async fn complete(
        env: &Env,
        sync: &str,
        requests: Vec<(u32, Vec<Digest>)>,
    ) -> Vec<bool> {
        let requests = requests.into_iter();
        let shard_requests = requests.map(|(shard, ids)| (shard, JournalRequest::Complete(ids)));
        let answers = call_each(env, sync, shard_requests.collect())
            .await
            .into_iter();
        answers
            .map(|answer| answer == Some(JournalResponse::Done))
            .collect()
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
        let shard_requests = each_shard(syncs, shards, &JournalRequest::Overview { from, to });
        let mut answers = call_all(env, &shard_requests).await?.into_iter();
        let mut overviews = Vec::new();
        for (_, shard, _) in &shard_requests {
            let Some(JournalResponse::Overview(overview)) = answers.next() else {
                return Err(PlatformError::Journal);
            };
            match overviews.last_mut() {
                Some(sum) if *shard > 0 => JournalOverview::add(sum, overview),
                _ => overviews.push(overview),
            }
        }
        Ok(overviews)
    }

    /// Returns the counters of each sync in steps, all its shards together.
    pub(crate) async fn series(
        env: &Env,
        syncs: &[&str],
        shards: u32,
        request: SeriesRequest,
    ) -> Result<Vec<Series>, PlatformError> {
        let shard_requests = each_shard(syncs, shards, &JournalRequest::Series(request));
        let mut answers = call_all(env, &shard_requests).await?.into_iter();
        let mut all = Vec::new();
        for (_, shard, _) in &shard_requests {
            let Some(JournalResponse::Series(series)) = answers.next() else {
                return Err(PlatformError::Journal);
            };
            match all.last_mut() {
                Some(sum) if *shard > 0 => Series::add(sum, series),
                _ => all.push(series),
            }
        }
        Ok(all)
    }

    /// Returns the outcomes of each shard of each sync after its moment, sync by sync.
    pub(crate) async fn watch(
        env: &Env,
        syncs: &[&str],
        shards: u32,
        after: &[Moment],
    ) -> Result<Vec<Vec<LiveOutcome>>, PlatformError> {
        let mut shard_requests = each_shard(syncs, shards, &JournalRequest::LoadAlerts);
        for ((_, _, request), &after) in shard_requests.iter_mut().zip(after) {
            *request = JournalRequest::Watch { after };
        }
        let mut outcomes = Vec::new();
        for answer in call_all(env, &shard_requests).await? {
            let JournalResponse::Watched(watched) = answer else {
                return Err(PlatformError::Journal);
            };
            outcomes.push(watched);
        }
        Ok(outcomes)
    }

    /// Returns what became of a synthetic event of a sync as JSON, if a consumer has seen it within the last
    /// hour. It goes through the first shard.
    pub(crate) async fn test_outcome(
        env: &Env,
        sync: &str,
        id: Digest,
    ) -> Result<Option<String>, PlatformError> {
        match try_call(env, sync, 0, &JournalRequest::TestOutcome(id)).await? {
            JournalResponse::State(outcome) => Ok(outcome),
            _ => Err(PlatformError::Journal),
        }
    }

    /// Returns the alerts; none where they were written by a release that this one cannot read.
    pub(crate) async fn load_alerts(env: &Env) -> Result<Alerts, PlatformError> {
        match ask_alerts(env, &JournalRequest::LoadAlerts).await? {
            JournalResponse::State(state) => Ok(state
                .and_then(|json| serde_json::from_str(&json).ok())
                .unwrap_or_default()),
            _ => Err(PlatformError::Journal),
        }
    }

    /// Stores the alerts.
    pub(crate) async fn store_alerts(env: &Env, alerts: &Alerts) -> Result<(), PlatformError> {
        let state = crate::rejects::to_json(alerts);
        let answer = ask_alerts(env, &JournalRequest::StoreAlerts(state)).await;
        answer.map(drop)
    }

    /// Drops entries past their retention in all shards of a sync.
    pub(crate) async fn sweep(
        env: &Env,
        sync: &str,
        shards: u32,
        rejects_days: u32,
    ) -> Result<(), PlatformError> {
        let request = JournalRequest::Sweep { rejects_days };
        let calls = (0..shards).map(|shard| try_call(env, sync, shard, &request));
        let swept: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        swept.map(drop)
    }
}

/// Calls shards of a sync at once, and logs their failures; returns their answers in the order of the requests.
async fn call_each(
    env: &Env,
    sync: &str,
    shard_requests: Vec<(u32, JournalRequest<'_>)>,
) -> Vec<Option<JournalResponse>> {
    let shard_requests = shard_requests.iter();
    let calls = shard_requests.map(|(shard, request)| try_call(env, sync, *shard, request));
    let answers = join_all(calls).await.into_iter();
    answers
        .map(|answer| answer.inspect_err(|error| error.log()).ok())
        .collect()
}

/// Returns a request to each shard of each sync, sync by sync.
fn each_shard<'s>(
    syncs: &[&'s str],
    shards: u32,
    request: &JournalRequest<'static>,
) -> Vec<(&'s str, u32, JournalRequest<'static>)> {
    let mut shard_requests = Vec::new();
    for sync in syncs {
        shard_requests.extend((0..shards).map(|shard| (*sync, shard, request.clone())));
    }
    shard_requests
}

/// Calls shards at once; returns their answers in the order of the requests.
async fn call_all(
    env: &Env,
    shard_requests: &[(&str, u32, JournalRequest<'_>)],
) -> Result<Vec<JournalResponse>, PlatformError> {
    let calls = shard_requests
        .iter()
        .map(|(sync, shard, request)| try_call(env, sync, *shard, request));
    join_all(calls).await.into_iter().collect()
}

async fn try_call(
    env: &Env,
    sync: &str,
    shard: u32,
    request: &JournalRequest<'_>,
) -> Result<JournalResponse, PlatformError> {
    let name = match sync {
        "" => format!("journal-{shard}"),
        _ => format!("journal-{sync}-{shard}"),
    };
    call(env, "JOURNAL", &name, request, PlatformError::Journal).await
}

/// The name of the object of the alerts, and of the state in it.
const ALERTS: &str = "alerts";

/// Calls the object of the alerts, which all syncs and shards share.
async fn ask_alerts(
    env: &Env,
    request: &JournalRequest<'_>,
) -> Result<JournalResponse, PlatformError> {
    call(env, "JOURNAL", ALERTS, request, PlatformError::Journal).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_were_written() {
        let id = Digest::of(&["a message"]);
        for request in [
            JournalRequest::Begin(Cow::Owned(BeginRequest {
                devices: [0, u64::MAX, 1 << 53 | 1].into(),
                ..BeginRequest::default()
            })),
            JournalRequest::Commit(Cow::Owned(CommitRequest {
                released: vec![id],
                links: vec![(id, id)],
                ..CommitRequest::default()
            })),
            JournalRequest::Complete(vec![id]),
            JournalRequest::Overview {
                from: Moment::from_millis(-5),
                to: Moment::from_millis(5),
            },
            JournalRequest::Sweep { rejects_days: 30 },
        ] {
            let json = serde_json::to_string(&request).expect("it is written");
            let read: JournalRequest<'_> = serde_json::from_str(&json).expect("it is read");
            assert_eq!(read, request);
        }
    }
}
