//! The core's face in JavaScript. No rule about events stands here: bytes go in, the core decides,
//! plain values come out.
//!
//! What is exported here is called by `face.js` alone, which brings the types, the errors and the
//! manners of `index.d.ts`.

mod flat;
mod words;

use kochava_edge::plan::{self, Context, Room};
use kochava_edge::time::Moment;
use kochava_edge_seldom::unreadable;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use words::Words;

// what is seldom called has a crate of its own
pub use kochava_edge_seldom::{Shift, check, rules};

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
        let last =
            LAST.with_borrow(|(text, planner)| planner.upgrade().filter(|_| *text == settings));
        if let Some(planner) = last {
            return Ok(Planner(planner));
        }
        let planner = Rc::new(Shared {
            planner: kochava_edge_seldom::planner(&settings)?,
            words: RefCell::default(),
        });
        LAST.set((settings, Rc::downgrade(&planner)));
        Ok(Planner(planner))
    }

    /// The address of the fates, flat: see `flat`.
    ///
    /// # Errors
    /// What makes the bytes no batch, a plain object.
    pub fn plan(&self, body: &[u8], received_at: Option<f64>) -> Result<u32, JsValue> {
        let plan = self
            .0
            .planner
            .plan(body, &context(received_at, PLANNED_MAX))
            .map_err(|error| unreadable(&error))?;
        Ok(flat::fates(&plan.fates))
    }

    /// The address of the fates, flat, and of what explains each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn explain(&self, body: &[u8], received_at: Option<f64>) -> Result<u32, JsValue> {
        let explained = self
            .0
            .planner
            .explain(body, &context(received_at, EXPLAINED_MAX))
            .map_err(|error| unreadable(&error))?;
        Ok(flat::explained(&explained, &mut self.0.words.borrow_mut()))
    }

    /// The text that explanations tell by this number; empty where there is none.
    #[must_use]
    pub fn word(&self, number: u32) -> String {
        self.0
            .words
            .borrow()
            .text(number)
            .unwrap_or_default()
            .to_owned()
    }

    /// Lines in, the address of lines out.
    #[wasm_bindgen(js_name = planNdjson)]
    #[must_use]
    pub fn plan_ndjson(&self, lines: &[u8], received_at: Option<f64>) -> u32 {
        flat::lines(|out| {
            out.reserve(lines.len());
            self.0
                .planner
                .plan_ndjson(lines, &context(received_at, PLANNED_MAX), out);
        })
    }
}

/// What is known about a body: when it arrived, in milliseconds since 1970, and how many elements
/// of it there is room for.
fn context(received_at: Option<f64>, elements: usize) -> Context {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "`face.js` lets in whole numbers alone"
    )]
    let received_at = received_at.map(|millis| Moment::from_millis(millis as i64));
    let room = Some(Room {
        elements,
        requests: usize::MAX,
        body_bytes: BODY_BYTES_MAX,
    });
    Context {
        received_at,
        room,
        ..Context::default()
    }
}

/// Elements that are planned at once, and that are explained: what is made of them must fit into
/// JavaScript's memory.
const PLANNED_MAX: usize = 1_000_000;
const EXPLAINED_MAX: usize = 10_000;

/// Bytes of all planned bodies: more than a memory of 32 bits can hold would end the program
/// instead of the call.
const BODY_BYTES_MAX: usize = 500_000_000;
