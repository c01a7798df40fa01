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

use js_values::{JsChecked, JsRule, plain};
use kochava_edge::{Rule, VERSION};
use wasm_bindgen::prelude::*;

pub use deliver::DeliveryRun;
pub use mapper::Mapper;

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
