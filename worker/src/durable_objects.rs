//! The Durable Objects: the shards of the journal.
//!
//! An object does the I/O for decisions of the core. It is called with a POST of a JSON request and
//! answers with a JSON response; both are enums beside the object. Its state is in its SQLite; a
//! copy in memory is dropped after a failure and read again. An object stores every change before it
//! answers.

mod journal;
mod rows;

use crate::platform::{PlatformError, SyncStorage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::RequestInit;
use worker::{Env, Request, Response, SqlStorage, SqlStorageValue, State};

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
