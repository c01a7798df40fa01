//! What of JavaScript's face is seldom called: it is compiled for size, as is every function of the
//! core that has `#[inline]` for it.
//!
//! Settings become settings, bodies are inspected, the rules are told, requests are delivered.

mod deliver;
mod face;

use face::{Checked, Fault, RuleFace, Unreadable};
use kochava_edge::inspect::inspect;
use kochava_edge::kochava::Rule;
use kochava_edge::plan::Planner;
use kochava_edge::settings::Settings;
use kochava_edge::source;
use serde::Serialize;
use wasm_bindgen::prelude::*;

pub use deliver::Shift;

/// A planner of settings, which are JSON text.
///
/// # Errors
/// The faults, a plain array.
// never a part of its caller, which is compiled for speed
#[inline(never)]
pub fn planner(settings: &str) -> Result<Planner, JsValue> {
    Settings::read(settings)
        .map(Planner::new)
        .map_err(|faults| plain(&Fault::all(&faults)))
}

/// Why bytes are no batch, a plain object.
#[inline(never)]
#[must_use]
pub fn unreadable(unreadable: &source::Unreadable) -> JsValue {
    plain(&Unreadable::of(unreadable))
}

/// Is this Kochava body by the guide?
#[wasm_bindgen]
#[must_use]
pub fn check(body: &[u8]) -> JsValue {
    plain(&Checked::of(&inspect(body)))
}

/// Every rule.
#[wasm_bindgen]
#[must_use]
pub fn rules() -> JsValue {
    plain(
        &Rule::ALL
            .iter()
            .map(|rule| RuleFace::of(*rule))
            .collect::<Vec<_>>(),
    )
}

/// A plain JavaScript value: objects instead of maps, `null` instead of a missing value.
fn plain(value: &impl Serialize) -> JsValue {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .unwrap_or(JsValue::NULL)
}
