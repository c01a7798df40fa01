//! The journal's shards. [`kochava_edge::Journal`] decides; `rows` reads and writes its tables.

use super::{Cached, Sqlite, answer, call, rows};
use crate::clock;
use crate::config::Config;
use crate::platform::PlatformError;
use futures_util::future::join_all;
use kochava_edge::{
    AlertCheck, AlertMessage, Alerts, BeginAnswer, BeginRequest, CommitRequest, Digest,
    JournalOverview, JournalState, JournalWrite, LiveOutcome, LiveRing, Moment, RetrySchedule,
    Series, SeriesRequest,
};
use serde::{Deserialize, Serialize};
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
enum JournalRequest {
    /// Opens a wave.
    Begin(BeginRequest),
    /// Closes a wave.
    Commit(CommitRequest),
    /// Records that the remaining work of messages is done.
    Complete(Vec<Digest>),
    /// Asks for what an operator sees, with the counters over a period.
    Overview { from: Moment, to: Moment },
    /// Asks for counters in steps.
    Series(SeriesRequest),
    /// Asks for the outcomes after a moment.
    Watch { after: Moment },
    /// Asks for the alerts.
    Alerts,
    /// Tells what is so now.
    CheckAlerts(AlertCheck),
    /// Tells which messages were sent.
    NoteAlerts(Vec<(AlertMessage, Option<String>)>),
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
    Alerts(Alerts),
    Messages(Vec<AlertMessage>),
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
        request: JournalRequest,
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
            JournalRequest::Commit(mut request) => {
                let outcomes = std::mem::take(&mut request.live);
                let config = Config::of(&self.env);
                let schedule = config.map_or_else(
                    |_| RetrySchedule::default(),
                    |config| config.planner.settings().schedule.clone(),
                );
                let jitter = js_sys::Math::random();
                let (states, writes) = journal.commit(request, &schedule, now, jitter);
                self.write(&writes)?;
                self.live.borrow_mut().add(outcomes, now);
                JournalResponse::Committed(states)
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
            JournalRequest::Alerts => JournalResponse::Alerts(rows::alerts(&self.sqlite)?),
            JournalRequest::CheckAlerts(check) => {
                let mut alerts = rows::alerts(&self.sqlite)?;
                let messages = alerts.check(check, now);
                rows::write_alerts(&self.sqlite, &alerts)?;
                JournalResponse::Messages(messages)
            }
            JournalRequest::NoteAlerts(results) => {
                let mut alerts = rows::alerts(&self.sqlite)?;
                alerts.sent(results, now);
                rows::write_alerts(&self.sqlite, &alerts)?;
                JournalResponse::Done
            }
            JournalRequest::Sweep { rejects_days } => {
                self.write(&journal.sweep(now, rejects_days))?;
                JournalResponse::Done
            }
        })
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
    /// Opens a wave in each of these shards; `None` where one does not answer.
    pub(crate) async fn begin(
        env: &Env,
        requests: Vec<(u32, BeginRequest)>,
    ) -> Vec<Option<BeginAnswer>> {
        let calls = requests.into_iter().map(async |(shard, request)| {
            match ask(env, shard, &JournalRequest::Begin(request)).await {
                Some(JournalResponse::Begun(answer)) => Some(answer),
                _ => None,
            }
        });
        join_all(calls).await
    }

    /// Closes a wave in each of these shards; `None` where one does not answer.
    pub(crate) async fn commit(
        env: &Env,
        requests: Vec<(u32, CommitRequest)>,
    ) -> Vec<Option<Vec<JournalState>>> {
        let calls = requests.into_iter().map(async |(shard, request)| {
            match ask(env, shard, &JournalRequest::Commit(request)).await {
                Some(JournalResponse::Committed(states)) => Some(states),
                _ => None,
            }
        });
        join_all(calls).await
    }

    /// Records in each of these shards that the remaining work of messages is done; `false` where
    /// one does not answer.
    pub(crate) async fn complete(env: &Env, requests: Vec<(u32, Vec<Digest>)>) -> Vec<bool> {
        let calls = requests.into_iter().map(async |(shard, ids)| {
            let answer = ask(env, shard, &JournalRequest::Complete(ids)).await;
            answer == Some(JournalResponse::Done)
        });
        join_all(calls).await
    }

    /// Returns what an operator sees of all shards together, with the counters from one moment to
    /// another.
    pub(crate) async fn overview(
        env: &Env,
        shards: u32,
        from: Moment,
        to: Moment,
    ) -> Result<JournalOverview, PlatformError> {
        let request = JournalRequest::Overview { from, to };
        let calls = (0..shards).map(|shard| try_ask(env, shard, &request));
        let mut sum: Option<JournalOverview> = None;
        for response in join_all(calls).await {
            let JournalResponse::Overview(overview) = response? else {
                return Err(PlatformError::Journal);
            };
            match &mut sum {
                Some(sum) => sum.add(overview),
                None => sum = Some(overview),
            }
        }
        sum.ok_or(PlatformError::Journal)
    }

    /// Returns the counters of all shards together, in steps.
    pub(crate) async fn series(
        env: &Env,
        shards: u32,
        request: SeriesRequest,
    ) -> Result<Series, PlatformError> {
        let request = JournalRequest::Series(request);
        let calls = (0..shards).map(|shard| try_ask(env, shard, &request));
        let mut sum = Series::default();
        for response in join_all(calls).await {
            let JournalResponse::Series(series) = response? else {
                return Err(PlatformError::Journal);
            };
            sum.add(series);
        }
        sum.incidents.sort_by_key(|incident| incident.since.millis);
        Ok(sum)
    }

    /// Returns the outcomes of each shard after its moment.
    pub(crate) async fn watch(
        env: &Env,
        after: &[Moment],
    ) -> Result<Vec<Vec<LiveOutcome>>, PlatformError> {
        let calls = (0..).zip(after).map(async |(shard, &after)| {
            match try_ask(env, shard, &JournalRequest::Watch { after }).await? {
                JournalResponse::Watched(outcomes) => Ok(outcomes),
                _ => Err(PlatformError::Journal),
            }
        });
        join_all(calls).await.into_iter().collect()
    }

    /// Returns the alerts.
    pub(crate) async fn alerts(env: &Env) -> Result<Alerts, PlatformError> {
        match ask_alerts(env, &JournalRequest::Alerts).await? {
            JournalResponse::Alerts(alerts) => Ok(alerts),
            _ => Err(PlatformError::Journal),
        }
    }

    /// Tells the alerts what is so now; returns the messages to send.
    pub(crate) async fn check_alerts(
        env: &Env,
        check: AlertCheck,
    ) -> Result<Vec<AlertMessage>, PlatformError> {
        match ask_alerts(env, &JournalRequest::CheckAlerts(check)).await? {
            JournalResponse::Messages(messages) => Ok(messages),
            _ => Err(PlatformError::Journal),
        }
    }

    /// Tells the alerts which messages were sent, and why others were not.
    pub(crate) async fn note_alerts(
        env: &Env,
        results: Vec<(AlertMessage, Option<String>)>,
    ) -> Result<(), PlatformError> {
        let answer = ask_alerts(env, &JournalRequest::NoteAlerts(results)).await;
        answer.map(drop)
    }

    /// Drops entries past their retention in all shards.
    pub(crate) async fn sweep(
        env: &Env,
        shards: u32,
        rejects_days: u32,
    ) -> Result<(), PlatformError> {
        let request = JournalRequest::Sweep { rejects_days };
        let calls = (0..shards).map(|shard| try_ask(env, shard, &request));
        let swept: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        swept.map(drop)
    }
}

/// Calls a shard, and logs its failure.
async fn ask(env: &Env, shard: u32, request: &JournalRequest) -> Option<JournalResponse> {
    let answer = try_ask(env, shard, request).await;
    answer.inspect_err(|error| error.log()).ok()
}

async fn try_ask(
    env: &Env,
    shard: u32,
    request: &JournalRequest,
) -> Result<JournalResponse, PlatformError> {
    let name = format!("journal-{shard}");
    call(env, "JOURNAL", &name, request, PlatformError::Journal).await
}

/// Calls the object of the alerts, which all syncs and shards share.
async fn ask_alerts(env: &Env, request: &JournalRequest) -> Result<JournalResponse, PlatformError> {
    call(env, "JOURNAL", "alerts", request, PlatformError::Journal).await
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
