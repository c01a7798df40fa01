//! The Durable Objects: the dedupe store, the journal and the breakers.
//!
//! Each object does the I/O for decisions of the core. It is called with a POST of a JSON request
//! and answers with a JSON response; both are enums beside the object. Its state is in its SQLite;
//! a copy in memory is dropped after a failure and read again. An object stores every change before
//! it answers.

mod breaker;
mod dedupe;
mod journal;

use crate::platform::{PlatformError, SyncStorage};
use kochava_edge::{DedupeChunk, DedupeSet, Digest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::RequestInit;
use worker::{Env, Request, Response, SqlStorage, SqlStorageValue, State};

pub(crate) use breaker::Breaker;
pub(crate) use dedupe::Dedupe;
pub(crate) use journal::Journal;

/// Calls the object of this name; any failure is reported as `error`.
async fn call<A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    request: &impl Serialize,
    error: PlatformError,
) -> Result<A, PlatformError> {
    let answer = async {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(&serde_json::to_string(request)?));
        // not the crate's `RequestInit`, which sets every property of Cloudflare's requests
        let request = worker::web_sys::Request::new_with_str_and_init("https://object/", &init)?;
        let stub = env.durable_object(binding)?.get_by_name(name)?;
        let mut response = stub.fetch_with_request(Request::from(request)).await?;
        if response.status_code() != 200 {
            return Err(worker::Error::from("the object failed"));
        }
        Ok(serde_json::from_str(&response.text().await?)?)
    };
    answer.await.map_err(|_: worker::Error| error)
}

/// Answers a request of [`call`] with what `handle` returns; 500 where that fails.
async fn answer<Q: DeserializeOwned, A: Serialize>(
    mut request: Request,
    handle: impl FnOnce(Q) -> worker::Result<A>,
) -> worker::Result<Response> {
    let request = serde_json::from_str(&request.text().await?)?;
    match handle(request) {
        Ok(response) => Response::from_json(&response),
        Err(_) => Response::error("", 500),
    }
}

/// Groups the indexes of keys by shard.
fn by_shard(keys: &[Digest], shards: u32) -> BTreeMap<u32, Vec<usize>> {
    let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        found.entry(key.shard(shards)).or_default().push(index);
    }
    found
}

/// The SQLite of an object.
struct Sqlite {
    sql: SqlStorage,
    storage: SyncStorage,
}

impl Sqlite {
    fn of(state: State) -> Self {
        let sql = state.storage().sql();
        let storage = state
            ._inner()
            .storage()
            .map(JsCast::unchecked_into)
            .expect("an object has its storage");
        Sqlite { sql, storage }
    }

    /// Runs a statement and returns its rows. Not with the cursor's `to_array`, which throws
    /// SQLite's errors past its `Result`.
    fn run(
        &self,
        statement: &str,
        values: Vec<SqlStorageValue>,
    ) -> worker::Result<Vec<Vec<SqlStorageValue>>> {
        self.sql.exec(statement, values)?.raw().collect()
    }

    fn transaction(&self, write: impl FnMut() -> worker::Result<()>) -> worker::Result<()> {
        self.storage.transaction(write)
    }

    fn create_chunks(&self, table: &str) -> worker::Result<()> {
        let statement = format!(
            "CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, keys BLOB NOT NULL)"
        );
        self.run(&statement, Vec::new()).map(drop)
    }

    fn read_chunks(&self, table: &str, keys_max: usize) -> worker::Result<DedupeSet> {
        let statement = format!("SELECT number, hour, keys FROM {table} ORDER BY number");
        let rows = self.run(&statement, Vec::new())?;
        let chunks: worker::Result<_> = rows.iter().map(|row| chunk_of(row)).collect();
        Ok(DedupeSet::open(chunks?, keys_max))
    }

    fn write_chunk(&self, table: &str, chunk: &DedupeChunk) -> worker::Result<()> {
        let statement =
            format!("INSERT OR REPLACE INTO {table} (number, hour, keys) VALUES (?, ?, ?)");
        let values = vec![
            i64::from(chunk.number).into(),
            i64::from(chunk.hour).into(),
            chunk.bytes().into(),
        ];
        self.run(&statement, values).map(drop)
    }

    fn drop_chunk(&self, table: &str, number: u32) -> worker::Result<()> {
        let statement = format!("DELETE FROM {table} WHERE number = ?");
        self.run(&statement, vec![i64::from(number).into()])
            .map(drop)
    }
}

fn chunk_of(row: &[SqlStorageValue]) -> worker::Result<DedupeChunk> {
    match row {
        [
            SqlStorageValue::Integer(number),
            SqlStorageValue::Integer(hour),
            SqlStorageValue::Blob(keys),
        ] => {
            let (number, hour) = (u32::try_from(*number), u32::try_from(*hour));
            let (Ok(number), Ok(hour)) = (number, hour) else {
                return Err(unreadable_row());
            };
            Ok(DedupeChunk::from_bytes(number, hour, keys))
        }
        _ => Err(unreadable_row()),
    }
}

fn unreadable_row() -> worker::Error {
    worker::Error::from("a row that was not written by this release")
}

/// The state of an object: read from its SQLite at the first request, and again after a failure.
struct Cached<T>(RefCell<Option<T>>);

impl<T> Cached<T> {
    const fn new() -> Self {
        Cached(RefCell::new(None))
    }

    /// Runs `act` on the state. Neither `read` nor `act` awaits, so that no other request sees a
    /// state that is not stored.
    fn with<R>(
        &self,
        read: impl FnOnce() -> worker::Result<T>,
        act: impl FnOnce(&mut T) -> worker::Result<R>,
    ) -> worker::Result<R> {
        let mut cached = self.0.borrow_mut();
        let mut value = match cached.take() {
            Some(value) => value,
            None => read()?,
        };
        let result = act(&mut value)?;
        *cached = Some(value);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_its_shard_once_and_in_order() {
        let keys: Vec<Digest> = (0..100)
            .map(|number: u32| Digest::of(&[&number.to_string()]))
            .collect();
        let shards = by_shard(&keys, 4);
        assert_eq!(shards.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
        for (shard, places) in &shards {
            assert!(places.is_sorted());
            assert!(places.iter().all(|&place| keys[place].shard(4) == *shard));
        }
        assert_eq!(shards.values().map(Vec::len).sum::<usize>(), keys.len());
    }

    #[test]
    fn a_chunk_is_read_from_its_row_and_from_no_other() {
        let row = |number| {
            vec![
                SqlStorageValue::Integer(number),
                SqlStorageValue::Integer(5),
                SqlStorageValue::Blob(vec![0, 0, 0, 0, 0, 0, 0, 7]),
            ]
        };
        let chunk = chunk_of(&row(3)).expect("it is a chunk");
        assert_eq!((chunk.number, chunk.hour, chunk.bytes().len()), (3, 5, 8));
        assert!(chunk_of(&row(-1)).is_err());
        assert!(chunk_of(&[SqlStorageValue::Null]).is_err());
    }

    #[test]
    fn what_failed_is_read_again() {
        let cached = Cached::new();
        let failed: worker::Result<()> = cached.with(
            || Ok(1),
            |value| {
                *value = 2;
                Err(worker::Error::from("no"))
            },
        );
        assert!(failed.is_err());
        let add = |value: &mut i32| {
            *value += 1;
            Ok(*value)
        };
        assert_eq!(cached.with(|| Ok(10), add).expect("it is read"), 11);
        assert_eq!(cached.with(|| Ok(20), add).expect("it is cached"), 12);
    }
}
