//! The exported class `Mapper`: a planner with its settings.
//!
//! `Mapper` is the name in the npm contract. It wraps the core's `Planner`, which has the same
//! role under the name that the core uses for "plan".

use crate::interner::Interner;
use crate::js_values::{JsFault, JsUnreadable, plain};
use crate::transfer;
use kochava_edge::{
    Context, ExplainedEvent, Fate, LineForm, Moment, PlanLimits, Planner, ProposalError, Settings,
    ShapeCache, Source,
};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;

/// Elements of one batch that `plan` accepts. A fate takes up to 4 KB beside its bodies, half of it
/// here and half of it in JavaScript: with [`BODY_BYTES_MAX`] and the largest input all of it stays
/// below the 4 GB of a 32-bit memory.
const PLANNED_MAX: usize = 250_000;

/// Elements of one batch that `explain` accepts: an explanation takes far more memory than a fate.
const EXPLAINED_MAX: usize = 10_000;

/// Bytes of all request bodies of one call. Beyond the 4 GB of a 32-bit memory an allocation would
/// end the program instead of the call.
const BODY_BYTES_MAX: usize = 500_000_000;

/// Plans events under the given settings.
#[wasm_bindgen]
pub struct Mapper(Rc<Shared>);

/// A planner, the key order of its last events and the names in its explanations, shared by mappers with the same settings.
struct Shared {
    planner: Planner,
    shapes: RefCell<ShapeCache>,
    names: RefCell<Interner>,
}

thread_local! {
    /// The settings text read last and the planner made of it. Thousands of mappers with the same
    /// settings share one planner, as long as one of them lives.
    static LAST: RefCell<(String, Weak<Shared>)> = RefCell::default();
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "wasm-bindgen hands over optional texts by value only"
)]
#[wasm_bindgen]
impl Mapper {
    /// Reads settings from JSON text.
    ///
    /// # Errors
    /// Every fault of the settings, as a plain array.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: String) -> Result<Mapper, JsValue> {
        let last =
            LAST.with_borrow(|(text, shared)| shared.upgrade().filter(|_| *text == settings));
        if let Some(shared) = last {
            return Ok(Mapper(shared));
        }
        let settings_read =
            Settings::read(&settings).map_err(|faults| plain(&JsFault::all(&faults)))?;
        let shared = Rc::new(Shared {
            planner: Planner::new(settings_read),
            shapes: RefCell::default(),
            names: RefCell::default(),
        });
        LAST.set((settings, Rc::downgrade(&shared)));
        Ok(Mapper(shared))
    }

    /// Plans a batch and returns the address of its fates (see `transfer`).
    ///
    /// # Errors
    /// Bytes that are no batch (`{`), as a plain object with code, message and offset.
    pub fn plan(
        &self,
        body: &[u8],
        received_at: Option<f64>,
        source: Option<String>,
        connection_ip: Option<String>,
        user_agent: Option<String>,
    ) -> Result<u32, JsValue> {
        let connection = [connection_ip.as_deref(), user_agent.as_deref()];
        let context = context(received_at, source.as_deref(), connection, PLANNED_MAX);
        let planned = self
            .0
            .planner
            .plan_with(body, &context, &mut self.0.shapes.borrow_mut());
        let plan = planned.map_err(|error| plain(&JsUnreadable::of(&error)))?;
        Ok(transfer::write_fates(&plan.fates))
    }

    /// Plans a batch and returns the address of its fates with their explanations.
    ///
    /// # Errors
    /// As [`Mapper::plan`].
    pub fn explain(
        &self,
        body: &[u8],
        received_at: Option<f64>,
        source: Option<String>,
        connection_ip: Option<String>,
        user_agent: Option<String>,
    ) -> Result<u32, JsValue> {
        let connection = [connection_ip.as_deref(), user_agent.as_deref()];
        let context = context(received_at, source.as_deref(), connection, EXPLAINED_MAX);
        let mut shapes = self.0.shapes.borrow_mut();
        let explained = self.0.planner.explain(body, &context, &mut shapes);
        let explained = explained.map_err(|error| plain(&JsUnreadable::of(&error)))?;
        let advice = self.0.advise(body, &context, &explained);
        let mut names = self.0.names.borrow_mut();
        Ok(transfer::write_explained(&explained, &advice, &mut names))
    }

    /// Returns the name with this number in explanations; empty if there is none.
    #[wasm_bindgen(js_name = internedName)]
    #[must_use]
    pub fn interned_name(&self, number: u32) -> String {
        let names = self.0.names.borrow();
        names.text(number).unwrap_or_default().to_owned()
    }

    /// Plans newline-delimited JSON and returns the address of one line of JSON for each line, whose
    /// form has a number of `line-forms.js`.
    #[wasm_bindgen(js_name = planNdjson)]
    #[must_use]
    pub fn plan_ndjson(
        &self,
        lines: &[u8],
        received_at: Option<f64>,
        source: Option<String>,
        connection_ip: Option<String>,
        user_agent: Option<String>,
        form: u32,
    ) -> u32 {
        let connection = [connection_ip.as_deref(), user_agent.as_deref()];
        let context = context(received_at, source.as_deref(), connection, PLANNED_MAX);
        transfer::write_lines(|out| {
            out.reserve(lines.len());
            let mut shapes = self.0.shapes.borrow_mut();
            self.0
                .planner
                .plan_lines(lines, line_form(form), &context, &mut shapes, out);
        })
    }
}

impl Shared {
    /// The advice about each event as a list in JSON; none where no event needs any.
    fn advise(
        &self,
        body: &[u8],
        context: &Context<'_>,
        explained: &[ExplainedEvent<'_>],
    ) -> Vec<String> {
        if explained.iter().all(|event| is_faultless(&event.fate)) {
            return Vec::new();
        }
        let mut fates = explained.iter().map(|event| &event.fate);
        let advice = self.planner.advise(body, context, &mut fates);
        advice
            .expect("a body that was explained can be read again")
            .iter()
            .map(|about| transfer::advice_json(about))
            .collect()
    }
}

fn is_faultless(fate: &Fate) -> bool {
    matches!(fate, Fate::Ready(parcel) if parcel.warnings.is_empty())
}

/// Proposes a mapping for the events of a body; returns it as JSON.
///
/// # Errors
/// Bytes that are no batch, as a plain object; the faults of settings, as a plain array.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "wasm-bindgen takes an optional text by value alone"
)]
pub fn propose(
    body: &[u8],
    received_at: Option<f64>,
    source: Option<String>,
    connection_ip: Option<String>,
    user_agent: Option<String>,
    settings: Option<String>,
) -> Result<String, JsValue> {
    let connection = [connection_ip.as_deref(), user_agent.as_deref()];
    let context = context(received_at, source.as_deref(), connection, PLANNED_MAX);
    let proposal = kochava_edge::propose(body, &context, settings.as_deref());
    let mut out = String::new();
    match proposal {
        Ok(proposal) => proposal.write(&mut out),
        Err(ProposalError::Unreadable(error)) => return Err(plain(&JsUnreadable::of(&error))),
        Err(ProposalError::Settings(faults)) => return Err(plain(&JsFault::all(&faults))),
    }
    Ok(out)
}

/// The form of a line with this number, which `line-forms.js` has, too.
fn line_form(number: u32) -> LineForm {
    match number {
        1 => LineForm::Named,
        2 => LineForm::Brief,
        _ => LineForm::Fate,
    }
}

/// The context of a call: its arrival in milliseconds since 1970, the sender's name, which `api.js`
/// has checked, address and user agent of the connection, and the limit of its elements.
fn context<'c>(
    received_at: Option<f64>,
    source: Option<&str>,
    [connection_ip, user_agent]: [Option<&'c str>; 2],
    elements: usize,
) -> Context<'c> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "`api.js` passes safe integers only"
    )]
    let received_at = received_at.map(|millis| Moment::from_millis(millis as i64));
    let limits = Some(PlanLimits {
        elements,
        requests: usize::MAX,
        body_bytes: BODY_BYTES_MAX,
    });
    Context {
        source: source.and_then(Source::from_name),
        received_at,
        connection_ip,
        user_agent,
        is_test: false,
        limits,
    }
}
