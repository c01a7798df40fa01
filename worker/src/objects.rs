//! How is a Durable Object asked?
//!
//! Three kinds: `memory`, `ledger` and `gate`, each a thin shell around the core's decisions, which writes down what these answer before it
//! replies. Asked by a POST of a short text, answered by a short text. What they know lies in SQLite; in memory they keep it until something
//! fails, and then read it anew.

mod gate;
mod ledger;
mod memory;

use crate::platform::Failed;
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Response};

pub(crate) use gate::Gate;
pub(crate) use ledger::Ledger;
pub(crate) use memory::Memory;

/// Asks the object `name` of a binding.
async fn ask(env: &Env, binding: &str, name: &str, path: &str, text: String) -> Result<String, Failed> {
    let asked = async {
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&text)));
        let request = Request::new_with_init(&["https://object/", path].concat(), &init)?;
        let mut response = env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request).await?;
        if response.status_code() != 200 {
            return Err(worker::Error::from("it failed"));
        }
        response.text().await
    };
    asked.await.map_err(|_: worker::Error| Failed)
}

/// The last part of a request's path, and its text.
async fn asked(mut request: Request) -> worker::Result<(String, String)> {
    let path = request.path();
    Ok((path.trim_start_matches('/').to_owned(), request.text().await?))
}

/// What an object knows, read from its SQLite when it is first asked and after everything that failed.
struct Kept<T>(RefCell<Option<T>>);

impl<T> Kept<T> {
    fn new() -> Self {
        Kept(RefCell::new(None))
    }

    /// Lets `act` work on it. Nothing of it awaits: what it writes is written together, or not at all.
    fn with(&self, read: impl FnOnce() -> Result<T, Failed>, act: impl FnOnce(&mut T) -> Result<String, Failed>) -> worker::Result<Response> {
        let mut kept = self.0.borrow_mut();
        let done = (|| {
            let mut known = match kept.take() {
                Some(known) => known,
                None => read()?,
            };
            let text = act(&mut known)?;
            *kept = Some(known);
            Ok(text)
        })();
        match done {
            Ok(text) => Response::ok(text),
            Err(Failed) => Ok(Response::empty()?.with_status(500)),
        }
    }
}
