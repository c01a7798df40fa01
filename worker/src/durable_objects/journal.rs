//! What became of each message, and how often did what happen? Sharded by the message's name; its
//! decisions are `kochava_edge::ledger`'s.

use super::dedupe::read_chunks;
use super::{Kept, answer, ask};
use crate::clock;
use crate::limits::{LEDGER_SHARDS, SETTLED_MAX};
use crate::platform::{Asking, Failed, Storage, storage};
use kochava_edge::{
    Counters, Digest, JournalState, JournalWrite, Moment, SettledMessage, TimeBucket,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::web_sys::{Request, Response};

/// One shard of the ledger.
#[wasm_bindgen]
pub struct Ledger {
    storage: Storage,
    kept: Kept<kochava_edge::Journal>,
}

#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
impl Ledger {
    /// One that knows nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: &JsValue, _: Env) -> Self {
        Ledger {
            storage: storage(state),
            kept: Kept::new(),
        }
    }

    /// Answers what it is asked.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        answer(request, &|path, text| self.answer(path, text)).await
    }
}

impl Ledger {
    fn answer(&self, path: &str, text: &str) -> Result<String, Failed> {
        let now = Moment::from_millis(clock::now());
        let act = |ledger: &mut kochava_edge::Journal| match path {
            "recall" => Ok(known_texts(
                &ids(text)
                    .into_iter()
                    .map(|id| ledger.recall(id))
                    .collect::<Vec<_>>(),
            )),
            "settle" => {
                let mut settled = Vec::new();
                for record in text.split(RECORD) {
                    settled.push(read_settled(record).ok_or(Failed)?);
                }
                let (known, writes) = ledger.settle(settled, now);
                self.write(&writes).map(|()| known_texts(&known))
            }
            "complete" => self
                .write(&ledger.complete(&ids(text), now))
                .map(|()| String::new()),
            "sweep" => self.write(&ledger.sweep(now)).map(|()| String::new()),
            _ => counts(ledger, text).ok_or(Failed),
        };
        self.kept.with(|| self.read(), act)
    }
}

impl Ledger {
    /// Asks what this shard knows of messages.
    pub(crate) fn recall(env: &Env, shard: u32, ids: &[Digest]) -> Asking {
        ask(env, BINDING, &name(shard), "recall", &lines(ids))
    }

    /// Settles messages of this shard, and asks what holds for each.
    pub(crate) fn settle(env: &Env, shard: u32, settled: &[&SettledMessage]) -> Asking {
        let mut records = String::new();
        for settled in settled {
            records.push_str(if records.is_empty() { "" } else { RECORD });
            records.push_str(
                &[
                    &settled.id.to_hex(),
                    UNIT,
                    &settled.open,
                    UNIT,
                    &settled.counts.text(),
                ]
                .concat(),
            );
        }
        ask(env, BINDING, &name(shard), "settle", &records)
    }

    /// What a shard says to either; nothing where it does not answer.
    pub(crate) async fn known(asking: Asking) -> Option<Vec<JournalState>> {
        let answer = asking.answer().await.ok()?;
        let mut known = Vec::new();
        for text in answer.split(RECORD) {
            known.push(JournalState::read(text)?);
        }
        Some(known)
    }

    /// Notes that messages of this shard are completed.
    pub(crate) async fn complete(env: &Env, shard: u32, ids: &[Digest]) -> Option<()> {
        ask(env, BINDING, &name(shard), "complete", &lines(ids))
            .answer()
            .await
            .ok()
            .map(drop)
    }

    /// What was counted from one moment to another, in all shards, and how many messages are
    /// settled but not completed.
    pub(crate) async fn count(env: &Env, from: Moment, to: Moment) -> Option<(Counters, u64)> {
        let (mut sum, mut open) = (Counters::default(), 0);
        let period = format!("{} {}", from.millis, to.millis);
        for shard in 0..LEDGER_SHARDS {
            let answer = ask(env, BINDING, &name(shard), "counts", &period)
                .answer()
                .await
                .ok()?;
            let (count, counts) = answer.split_once('\n')?;
            open += count.parse::<u64>().ok()?;
            sum.add(&Counters::read(counts));
        }
        Some((sum, open))
    }

    /// Forgets what nobody will ask for.
    pub(crate) async fn sweep(env: &Env) -> bool {
        let mut all = true;
        for shard in 0..LEDGER_SHARDS {
            all &= ask(env, BINDING, &name(shard), "sweep", "")
                .answer()
                .await
                .is_ok();
        }
        all
    }

    fn read(&self) -> Result<kochava_edge::Journal, Failed> {
        self.storage.run("CREATE TABLE IF NOT EXISTS chunks (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, keys BLOB NOT NULL)", &[])?;
        self.storage.run("CREATE TABLE IF NOT EXISTS open (id TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID", &[])?;
        self.storage.run("CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, counts TEXT NOT NULL) WITHOUT ROWID", &[])?;
        let chunks = read_chunks(
            &self
                .storage
                .run("SELECT number, hour, keys FROM chunks ORDER BY number", &[])?,
        );
        let open = self
            .pairs("SELECT id, text FROM open")?
            .into_iter()
            .filter_map(|(id, text)| Some((Digest::read(&id)?, text)));
        let buckets = self.pairs("SELECT name, counts FROM buckets")?;
        let buckets = buckets
            .into_iter()
            .filter_map(|(name, counts)| Some((TimeBucket::read(&name)?, Counters::read(&counts))));
        Ok(kochava_edge::Journal::open(
            kochava_edge::DedupeSet::open(chunks, SETTLED_MAX),
            open.collect(),
            buckets.collect(),
        ))
    }

    fn pairs(&self, sql: &str) -> Result<Vec<(String, String)>, Failed> {
        let rows = self.storage.run(sql, &[])?;
        Ok(rows
            .iter()
            .filter_map(|row| Some((row.get(0).as_string()?, row.get(1).as_string()?)))
            .collect())
    }

    fn write(&self, writes: &[JournalWrite]) -> Result<(), Failed> {
        self.storage
            .atomically(|| writes.iter().try_for_each(|write| self.write_one(write)))
    }

    fn write_one(&self, write: &JournalWrite) -> Result<(), Failed> {
        let (sql, values) = match write {
            JournalWrite::Chunk(chunk) => (
                "INSERT OR REPLACE INTO chunks (number, hour, keys) VALUES (?, ?, ?)",
                vec![
                    chunk.number.into(),
                    chunk.hour.into(),
                    js_sys::Uint8Array::from(chunk.bytes().as_slice()).into(),
                ],
            ),
            JournalWrite::DropChunk(number) => (
                "DELETE FROM chunks WHERE number = ?",
                vec![(*number).into()],
            ),
            JournalWrite::Open(id, text) => (
                "INSERT OR REPLACE INTO open (id, text) VALUES (?, ?)",
                vec![id.to_hex().into(), text.into()],
            ),
            JournalWrite::DropOpen(id) => {
                ("DELETE FROM open WHERE id = ?", vec![id.to_hex().into()])
            }
            JournalWrite::Bucket(bucket, counts) => (
                "INSERT OR REPLACE INTO buckets (name, counts) VALUES (?, ?)",
                vec![bucket.text().into(), counts.into()],
            ),
            JournalWrite::DropBucket(bucket) => (
                "DELETE FROM buckets WHERE name = ?",
                vec![bucket.text().into()],
            ),
        };
        self.storage.run(sql, &values).map(drop)
    }
}

fn counts(ledger: &kochava_edge::Journal, text: &str) -> Option<String> {
    let (from, to) = text.split_once(' ')?;
    let counts = ledger.counts(
        Moment::from_millis(from.parse().ok()?),
        Moment::from_millis(to.parse().ok()?),
    );
    Some(format!("{}\n{}", ledger.open_count(), counts.text()))
}

fn read_settled(record: &str) -> Option<SettledMessage> {
    let mut parts = record.split(UNIT);
    Some(SettledMessage {
        id: Digest::read(parts.next()?)?,
        open: parts.next()?.to_owned(),
        counts: Counters::read(parts.next()?),
    })
}

fn known_texts(known: &[JournalState]) -> String {
    known
        .iter()
        .map(JournalState::text)
        .collect::<Vec<_>>()
        .join(RECORD)
}

fn ids(text: &str) -> Vec<Digest> {
    text.lines().filter_map(Digest::read).collect()
}

fn lines(ids: &[Digest]) -> String {
    ids.iter()
        .map(|id| id.to_hex())
        .collect::<Vec<_>>()
        .join("\n")
}

fn name(shard: u32) -> String {
    format!("ledger-{shard}")
}

const BINDING: &str = "LEDGER";
/// Between records: no text of ours has it, since JSON escapes it.
const RECORD: &str = "\u{1e}";
/// Between the parts of a record.
const UNIT: &str = "\u{1f}";
