//! The core's face in JavaScript. No rule about events stands here: bytes go in, the core decides, plain values come out.
//!
//! What is exported here is called by `face.js` alone, which brings the types, the errors and the manners of `index.d.ts`.

mod deliver;
mod face;
mod flat;
mod words;

use face::{Checked, EXPLAINED_MAX, Fault, PLANNED_MAX, RuleFace, Unreadable, context};
use kochava_edge::inspect::inspect;
use kochava_edge::kochava::Rule;
use kochava_edge::plan;
use kochava_edge::settings::Settings;
use serde::Serialize;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use words::Words;

/// This release.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    kochava_edge::VERSION.to_owned()
}

/// Plans under some settings.
#[wasm_bindgen]
pub struct Planner(Rc<Shared>);

/// A planner, and how it is told of.
struct Shared {
    planner: plan::Planner,
    words: RefCell<Words>,
}

thread_local! {
    /// The last settings and what was made of them: ten thousand mappers of the same settings share it, for as long as one of them lives.
    static LAST: RefCell<(String, Weak<Shared>)> = RefCell::default();
}

#[wasm_bindgen]
impl Planner {
    /// Reads settings, as JSON text.
    ///
    /// # Errors
    /// The faults, a plain array.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: String) -> Result<Planner, JsValue> {
        let last = LAST.with_borrow(|(text, planner)| planner.upgrade().filter(|_| *text == settings));
        if let Some(planner) = last {
            return Ok(Planner(planner));
        }
        let read = Settings::read(&settings).map_err(|faults| plain(&Fault::all(&faults)))?;
        let planner = Rc::new(Shared { planner: plan::Planner::new(read), words: RefCell::default() });
        LAST.set((settings, Rc::downgrade(&planner)));
        Ok(Planner(planner))
    }

    /// The address of the fates, flat: see `flat`.
    ///
    /// # Errors
    /// What makes the bytes no batch, a plain object.
    pub fn plan(&self, body: &[u8], received_at: Option<f64>) -> Result<u32, JsValue> {
        let plan = self.0.planner.plan(body, &context(received_at, PLANNED_MAX)).map_err(|unreadable| plain(&Unreadable::of(&unreadable)))?;
        Ok(flat::fates(&plan.fates))
    }

    /// The address of the fates, flat, and of what explains each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn explain(&self, body: &[u8], received_at: Option<f64>) -> Result<u32, JsValue> {
        let explained =
            self.0.planner.explain(body, &context(received_at, EXPLAINED_MAX)).map_err(|unreadable| plain(&Unreadable::of(&unreadable)))?;
        Ok(flat::explained(&explained, &mut self.0.words.borrow_mut()))
    }

    /// The text that explanations tell by this number; empty where there is none.
    #[must_use]
    pub fn word(&self, number: u32) -> String {
        self.0.words.borrow().text(number).unwrap_or_default().to_owned()
    }

    /// Lines in, the address of lines out.
    #[wasm_bindgen(js_name = planNdjson)]
    #[must_use]
    pub fn plan_ndjson(&self, lines: &[u8], received_at: Option<f64>) -> u32 {
        flat::lines(|out| {
            out.reserve(lines.len());
            self.0.planner.plan_ndjson(lines, &context(received_at, PLANNED_MAX), out);
        })
    }
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
    plain(&Rule::ALL.iter().map(|rule| RuleFace::of(*rule)).collect::<Vec<_>>())
}

/// A plain JavaScript value: objects instead of maps, `null` instead of a missing value.
fn plain(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
