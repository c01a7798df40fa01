//! The journal's shards: settled messages, the work that remains for each, and the counters.
//!
//! A message belongs to the shard of its digest. [`kochava_edge::Journal`] decides.

use super::{Cached, Sqlite, answer, by_shard, call, unreadable_row};
use crate::clock;
use crate::limits::{COMPLETED_MAX, JOURNAL_SHARDS};
use crate::platform::PlatformError;
use futures_util::future::join_all;
use kochava_edge::{
    Counters, Digest, JournalState, JournalWrite, Moment, SettledMessage, TimeBucket,
};
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, SqlStorageValue, State, durable_object};

/// One shard of the journal.
#[durable_object(fetch)]
pub struct Journal {
    sqlite: Sqlite,
    cached: Cached<kochava_edge::Journal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalRequest {
    /// Asks for the states of messages.
    Lookup(Vec<Digest>),
    /// Settles messages, and asks for their states.
    Settle(Vec<SettledMessage>),
    /// Records that messages are completed.
    Complete(Vec<Digest>),
    /// Asks for the sum of the counters over a period.
    Counters { from: Moment, to: Moment },
    /// Drops entries past their retention.
    Sweep,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum JournalResponse {
    /// One state for each message, in the order of the request.
    States(Vec<JournalState>),
    /// The sum, and the number of messages that are settled but not completed.
    Counters {
        counters: Counters,
        open: u64,
    },
    Done,
}

impl DurableObject for Journal {
    fn new(state: State, _: Env) -> Self {
        Journal {
            sqlite: Sqlite::of(state),
            cached: Cached::new(),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        answer(request, |request| {
            let now = Moment::from_millis(clock::now());
            self.cached
                .with(|| self.read(), |journal| self.handle(journal, request, now))
        })
        .await
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
            JournalRequest::Lookup(ids) => {
                JournalResponse::States(ids.into_iter().map(|id| journal.state(id)).collect())
            }
            JournalRequest::Settle(messages) => {
                let (states, writes) = journal.settle(messages, now);
                self.write(&writes)?;
                JournalResponse::States(states)
            }
            JournalRequest::Complete(ids) => {
                self.write(&journal.complete(&ids, now))?;
                JournalResponse::Done
            }
            JournalRequest::Counters { from, to } => JournalResponse::Counters {
                counters: journal.counters(from, to),
                open: journal.open_count() as u64,
            },
            JournalRequest::Sweep => {
                self.write(&journal.sweep(now))?;
                JournalResponse::Done
            }
        })
    }

    fn read(&self) -> worker::Result<kochava_edge::Journal> {
        self.sqlite.create_chunks("completed")?;
        for table in [OPEN_TABLE, BUCKETS_TABLE] {
            self.sqlite.run(table, Vec::new())?;
        }
        let open = self
            .sqlite
            .run("SELECT id, settlement FROM open", Vec::new())?;
        let open: worker::Result<Vec<_>> = open.iter().map(|row| open_of(row)).collect();
        let buckets = "SELECT start_minute, minutes, counters FROM buckets";
        let buckets = self.sqlite.run(buckets, Vec::new())?;
        let buckets: worker::Result<Vec<_>> = buckets.iter().map(|row| bucket_of(row)).collect();
        let completed = self.sqlite.read_chunks("completed", COMPLETED_MAX)?;
        Ok(kochava_edge::Journal::open(completed, open?, buckets?))
    }

    fn write(&self, writes: &[JournalWrite]) -> worker::Result<()> {
        self.sqlite
            .transaction(|| writes.iter().try_for_each(|write| self.write_one(write)))
    }

    fn write_one(&self, write: &JournalWrite) -> worker::Result<()> {
        let (statement, values): (&str, Vec<SqlStorageValue>) = match write {
            JournalWrite::Chunk(chunk) => return self.sqlite.write_chunk("completed", chunk),
            JournalWrite::DropChunk(number) => {
                return self.sqlite.drop_chunk("completed", *number);
            }
            JournalWrite::Open(id, settlement) => (
                "INSERT OR REPLACE INTO open (id, settlement) VALUES (?, ?)",
                vec![
                    id.to_hex().into(),
                    serde_json::to_string(settlement)?.into(),
                ],
            ),
            JournalWrite::DropOpen(id) => {
                ("DELETE FROM open WHERE id = ?", vec![id.to_hex().into()])
            }
            JournalWrite::Bucket(bucket, counters) => (
                "INSERT OR REPLACE INTO buckets (start_minute, minutes, counters) VALUES (?, ?, ?)",
                vec![
                    bucket.start_minute.into(),
                    bucket.minutes.into(),
                    serde_json::to_string(counters)?.into(),
                ],
            ),
            JournalWrite::DropBucket(bucket) => (
                "DELETE FROM buckets WHERE start_minute = ? AND minutes = ?",
                vec![bucket.start_minute.into(), bucket.minutes.into()],
            ),
        };
        self.sqlite.run(statement, values).map(drop)
    }
}

// calls of the shards
impl Journal {
    /// Checks that every shard answers.
    pub(crate) async fn check(env: &Env) -> Result<(), PlatformError> {
        let request = JournalRequest::Lookup(Vec::new());
        let calls = (0..JOURNAL_SHARDS).map(|shard| ask(env, shard, &request));
        let answers: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        answers.map(drop)
    }

    /// Reads the states of messages, in their order; `None` where the shard does not answer.
    pub(crate) async fn look_up(env: &Env, ids: &[Digest]) -> Vec<Option<JournalState>> {
        let calls = by_shard(ids, JOURNAL_SHARDS)
            .into_iter()
            .map(async |(shard, places)| {
                let request =
                    JournalRequest::Lookup(places.iter().map(|&place| ids[place]).collect());
                let states = states(env, shard, &request, places.len()).await;
                (places, states)
            });
        aligned(ids.len(), join_all(calls).await)
    }

    /// Settles messages, and returns their states in their order; `None` where the shard does not
    /// answer. A failed call is repeated up to three times, since an unrecorded result is sent
    /// again; repeating it is safe, since a message is settled once.
    pub(crate) async fn settle(env: &Env, settled: &[SettledMessage]) -> Vec<Option<JournalState>> {
        let ids: Vec<Digest> = settled.iter().map(|message| message.id).collect();
        let calls = by_shard(&ids, JOURNAL_SHARDS)
            .into_iter()
            .map(async |(shard, places)| {
                let messages = places.iter().map(|&place| settled[place].clone());
                let request = JournalRequest::Settle(messages.collect());
                for _ in 0..2 {
                    let states = states(env, shard, &request, places.len()).await;
                    if states.is_some() {
                        return (places, states);
                    }
                }
                let states = states(env, shard, &request, places.len()).await;
                (places, states)
            });
        aligned(ids.len(), join_all(calls).await)
    }

    /// Records that messages are completed; returns the indexes of those whose shard
    /// does not answer.
    pub(crate) async fn complete(env: &Env, ids: &[Digest]) -> Vec<usize> {
        let calls = by_shard(ids, JOURNAL_SHARDS)
            .into_iter()
            .map(async |(shard, places)| {
                let request =
                    JournalRequest::Complete(places.iter().map(|&place| ids[place]).collect());
                match ask(env, shard, &request).await {
                    Ok(_) => Vec::new(),
                    Err(error) => {
                        error.log();
                        places
                    }
                }
            });
        join_all(calls).await.into_iter().flatten().collect()
    }

    /// Returns the sum of the counters from one moment to another in all shards, and the number of
    /// messages that are settled but not completed.
    pub(crate) async fn counters(
        env: &Env,
        from: Moment,
        to: Moment,
    ) -> Result<(Counters, u64), PlatformError> {
        let request = JournalRequest::Counters { from, to };
        let calls = (0..JOURNAL_SHARDS).map(|shard| ask(env, shard, &request));
        let (mut sum, mut all_open) = (Counters::default(), 0);
        for response in join_all(calls).await {
            let JournalResponse::Counters { counters, open } = response? else {
                return Err(PlatformError::Journal);
            };
            sum.add(&counters);
            all_open += open;
        }
        Ok((sum, all_open))
    }

    /// Drops entries past their retention in all shards.
    pub(crate) async fn sweep(env: &Env) -> Result<(), PlatformError> {
        let calls = (0..JOURNAL_SHARDS).map(|shard| ask(env, shard, &JournalRequest::Sweep));
        let swept: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        swept.map(drop)
    }
}

async fn ask(
    env: &Env,
    shard: u32,
    request: &JournalRequest,
) -> Result<JournalResponse, PlatformError> {
    let name = format!("journal-{shard}");
    call(env, "JOURNAL", &name, request, PlatformError::Journal).await
}

/// Returns one state for each of `count` messages; `None` for an answer of another form.
async fn states(
    env: &Env,
    shard: u32,
    request: &JournalRequest,
    count: usize,
) -> Option<Vec<JournalState>> {
    match ask(env, shard, request).await {
        Ok(JournalResponse::States(states)) if states.len() == count => Some(states),
        Ok(_) | Err(_) => {
            PlatformError::Journal.log();
            None
        }
    }
}

/// Returns the answers of the shards in the order of the messages.
fn aligned(
    count: usize,
    answers: Vec<(Vec<usize>, Option<Vec<JournalState>>)>,
) -> Vec<Option<JournalState>> {
    let mut aligned = vec![None; count];
    for (places, states) in answers {
        for (place, state) in places.into_iter().zip(states.into_iter().flatten()) {
            aligned[place] = Some(state);
        }
    }
    aligned
}

fn open_of(row: &[SqlStorageValue]) -> worker::Result<(Digest, kochava_edge::Settlement)> {
    match row {
        [
            SqlStorageValue::String(id),
            SqlStorageValue::String(settlement),
        ] => Ok((
            Digest::read(id).ok_or_else(unreadable_row)?,
            serde_json::from_str(settlement)?,
        )),
        _ => Err(unreadable_row()),
    }
}

fn bucket_of(row: &[SqlStorageValue]) -> worker::Result<(TimeBucket, Counters)> {
    match row {
        [
            SqlStorageValue::Integer(start_minute),
            SqlStorageValue::Integer(minutes),
            SqlStorageValue::String(counters),
        ] => Ok((
            TimeBucket {
                start_minute: *start_minute,
                minutes: *minutes,
            },
            serde_json::from_str(counters)?,
        )),
        _ => Err(unreadable_row()),
    }
}

const OPEN_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS open (id TEXT PRIMARY KEY, settlement TEXT NOT NULL) WITHOUT ROWID";

const BUCKETS_TABLE: &str = "CREATE TABLE IF NOT EXISTS buckets (start_minute INTEGER NOT NULL, minutes INTEGER NOT NULL, counters TEXT NOT NULL, PRIMARY KEY (start_minute, minutes)) WITHOUT ROWID";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_responses_are_read_as_they_were_written() {
        let id = Digest::of(&["a message"]);
        let settled = SettledMessage {
            id,
            open: kochava_edge::Settlement::default(),
            counters: Counters::default(),
        };
        for request in [
            JournalRequest::Lookup(vec![id]),
            JournalRequest::Settle(vec![settled]),
            JournalRequest::Complete(vec![]),
            JournalRequest::Counters {
                from: Moment::from_millis(-5),
                to: Moment::from_millis(5),
            },
            JournalRequest::Sweep,
        ] {
            let json = serde_json::to_string(&request).expect("it is written");
            let read: JournalRequest = serde_json::from_str(&json).expect("it is read");
            assert_eq!(read, request);
        }
        let states = [JournalState::New, JournalState::Completed];
        let json = serde_json::to_string(&JournalResponse::States(states.to_vec()));
        assert_eq!(
            json.expect("it is written"),
            r#"{"states":["new","completed"]}"#
        );
    }

    #[test]
    fn answers_are_in_the_order_of_the_messages_and_silent_shards_leave_gaps() {
        let answers = vec![
            (
                vec![2, 0],
                Some(vec![JournalState::New, JournalState::Completed]),
            ),
            (vec![1], None),
        ];
        let expected = [Some(JournalState::Completed), None, Some(JournalState::New)];
        assert_eq!(aligned(3, answers), expected);
    }

    #[test]
    fn a_row_of_another_shape_is_an_error() {
        let text = |text: &str| SqlStorageValue::String(text.to_owned());
        let id = Digest::of(&["a message"]);
        let (read, _) = open_of(&[text(&id.to_hex()), text("{}")]).expect("it is a settlement");
        assert_eq!(read, id);
        assert!(open_of(&[text("no digest"), text("{}")]).is_err());
        assert!(open_of(&[text(&id.to_hex()), text("rest 0 7")]).is_err());
        let bucket = [
            SqlStorageValue::Integer(60),
            SqlStorageValue::Integer(1),
            text(r#"{"delivered":2}"#),
        ];
        let (bucket, counters) = bucket_of(&bucket).expect("it is a bucket");
        assert_eq!((bucket.start_minute, counters.of("delivered")), (60, 2));
    }
}
