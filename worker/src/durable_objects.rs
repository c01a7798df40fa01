//! The Durable Objects: the shards of the journal.
//!
//! An object does the I/O for decisions of the core. Its method `answer` takes the JSON of a request
//! and returns the JSON of a response; both are enums beside the object. Its state is in its SQLite; a
//! copy in memory is dropped after a failure and read again. An object stores every change before it
//! answers.

mod journal;
mod rows;

use crate::platform::{PlatformError, SyncStorage};
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, SqlStorage, SqlStorageValue, State};

pub(crate) use journal::Journal;

#[wasm_bindgen]
extern "C" {
    // not the crate's `fetch`: a call with a text is a third of the cost of a request with a body
    /// An object, as its callers see it.
    type Object;

    #[wasm_bindgen(method, catch)]
    fn answer(this: &Object, request: &str) -> Result<Promise, JsValue>;
}

/// Calls the object of this name; any failure is reported as `error`.
async fn call<A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    request: &impl Serialize,
    error: PlatformError,
) -> Result<A, PlatformError> {
    let answer = async {
        let request = serde_json::to_string(request)?;
        let object: Object = env.durable_object(binding)?.get_by_name(name)?.into_rpc();
        let answer = JsFuture::from(object.answer(&request)?).await?;
        Ok(serde_json::from_str(
            &answer.as_string().unwrap_or_default(),
        )?)
    };
    answer.await.map_err(|_: worker::Error| error)
}

/// Answers a request of [`call`] with what `handle` returns.
///
/// # Errors
/// A text without details: what failed may contain a part of the request.
fn answer<Q: DeserializeOwned, A: Serialize>(
    request: &str,
    handle: impl FnOnce(Q) -> worker::Result<A>,
) -> Result<String, JsValue> {
    let answer = serde_json::from_str(request)
        .map_err(worker::Error::from)
        .and_then(handle)
        .and_then(|answer| Ok(serde_json::to_string(&answer)?));
    answer.map_err(|_| js_sys::Error::new("the object failed").into())
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

    /// Runs a statement and passes each of its rows to `each`. Not with the cursor's `to_array`,
    /// which throws SQLite's errors past its `Result`, and not as a list, which might not fit into
    /// memory.
    fn each_row(
        &self,
        statement: &str,
        values: Vec<SqlStorageValue>,
        mut each: impl FnMut(&[SqlStorageValue]) -> worker::Result<()>,
    ) -> worker::Result<()> {
        self.sql
            .exec(statement, values)?
            .raw()
            .try_for_each(|row| each(&row?))
    }

    /// Runs a statement without rows.
    fn run(&self, statement: &str, values: Vec<SqlStorageValue>) -> worker::Result<()> {
        self.each_row(statement, values, |_| Ok(()))
    }

    fn transaction(&self, write: impl FnMut() -> worker::Result<()>) -> worker::Result<()> {
        self.storage.transaction(write)
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
