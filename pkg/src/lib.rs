//! The Rust binding of the npm package: the core's functions, callable from JavaScript.
//!
//! In: bytes, JSON text and numbers. Out: plain JavaScript values, or the address of an answer in
//! wasm memory that `transfer.js` reads. No rule about events is here: the core decides.
//!
//! Only `api.js` calls these exports. It checks the types of arguments, turns faults into error
//! classes and documents everything in `index.d.ts`.

mod deliver;
mod interner;
mod js_values;
mod mapper;
mod transfer;

use js_values::{JsChecked, JsRequestParts, JsRule, JsSource, plain};
use kochava_edge::{Rule, Source, VERSION};
use std::cell::Cell;
use std::panic::{PanicHookInfo, set_hook};
use wasm_bindgen::prelude::*;

pub use deliver::DeliveryRun;
pub use mapper::{Mapper, propose};

thread_local! {
    /// Where the last panic was, until JavaScript asks for it.
    static PANIC_PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Keeps the place of every panic from now on, so that a trap can be told as what it is. Its message
/// is not kept, since it may quote an event.
#[wasm_bindgen(js_name = keepPanics)]
pub fn keep_panics() {
    set_hook(Box::new(|info| PANIC_PLACE.set(place_of(info))));
}

/// Returns where the last panic was, once: file, line and column.
#[wasm_bindgen(js_name = takePanic)]
#[must_use]
pub fn take_panic() -> Option<String> {
    PANIC_PLACE.take()
}

/// The place of a panic; `None` for a list or text beyond 2 GB, which is no fault of the code: the
/// standard library panics with this message where half of a 32-bit memory does not suffice.
fn place_of(info: &PanicHookInfo<'_>) -> Option<String> {
    let is_capacity = info.payload_as_str() == Some("capacity overflow");
    let place = info.location().filter(|_| !is_capacity)?;
    Some(place.to_string())
}

/// Returns the version of this release.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    VERSION.to_owned()
}

/// Checks a Kochava request body against Kochava's guide, whoever wrote it.
#[wasm_bindgen]
#[must_use]
pub fn check(body: &[u8]) -> JsValue {
    plain(&JsChecked::of(&kochava_edge::check(body)))
}

/// Returns every rule, as a plain array.
#[wasm_bindgen]
#[must_use]
pub fn rules() -> JsValue {
    let rules: Vec<_> = Rule::ALL.iter().map(|rule| JsRule::of(*rule)).collect();
    plain(&rules)
}

/// Returns what fates refer to by number (see `transfer`): the kinds of requests and the names of
/// their headers; and their method, which is always the same.
#[wasm_bindgen(js_name = requestParts)]
#[must_use]
pub fn request_parts() -> JsValue {
    plain(&JsRequestParts::new())
}

/// Returns every sender with what it documents, as a plain array.
#[wasm_bindgen]
#[must_use]
pub fn sources() -> JsValue {
    let sources: Vec<_> = Source::ALL
        .iter()
        .map(|source| JsSource::of(*source))
        .collect();
    plain(&sources)
}

/// Returns the name of the sender whose shape a body has.
#[wasm_bindgen]
#[must_use]
pub fn detect(body: &[u8]) -> Option<String> {
    kochava_edge::detect(body).map(|source| source.name().to_owned())
}
