//! Decides the fate of every inbound event.
//!
//! In: a body's bytes. Out: one [`Fate`] for each element of the batch, by the steps source →
//! filter → mapping → validate → write → request, whose order `element` defines. Data is never an
//! error: only bytes that are no batch, or a batch above the limits, are [`Unreadable`].

mod advice;
mod calls;
mod diff;
mod element;
mod explain;
mod fate_json;
mod filter;
mod leaves;
mod lookup_index;
mod ndjson;
mod proposal;
mod test_event;

use crate::kochava::{Endpoint, Request, Signer, Violation};
use crate::mapping::{AttributePaths, Scratch, Trace};
use crate::settings::Settings;
use crate::source::{
    Batch, Element, FieldIndex, ShapeCache, Source, Unreadable, UnreadableReason, utf8_body,
};
use crate::time::Moment;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

pub use advice::{Advice, Candidate, SettingChange, write_advice};
pub use calls::{Verdict, WaitingFate};
pub use diff::{Change, diff};
pub use explain::{ExplainedEvent, FieldExplanation, Origin, SentField};
pub use fate_json::{AuthHeaders, write_fate, write_requests, write_violations};
pub use filter::Skip;
pub use lookup_index::TriedPaths;
pub use ndjson::LineForm;
pub use proposal::{APP_GUID_PLACEHOLDER, Proposal, ProposalError, propose};
pub use test_event::TestEvent;

/// Plans bodies under one set of settings. What depends only on the settings is computed once, at
/// construction.
#[derive(Clone, Debug)]
pub struct Planner {
    settings: Settings,
    /// What each sender's events are planned by, in the order of [`Source::ALL`].
    sources: Vec<SourcePlan>,
    /// The keys that are looked up in each sender's events, in the same order.
    fields: Arc<[FieldIndex]>,
    endpoint: Endpoint,
    signer: Option<Signer>,
}

/// The settings as one sender's events need them: their paths know the slots of its keys.
#[derive(Clone, Debug)]
struct SourcePlan {
    settings: Settings,
    paths: AttributePaths,
}

/// What the shell knows about a body.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The sender; `None`: each element's shape shows it. By default Amplitude's Webhook.
    pub source: Option<Source>,
    /// When the body arrived. An event's time far after it comes from a wrong clock.
    pub received_at: Option<Moment>,
    /// The address of the connection on which the device itself sent the body; `None` where a server
    /// sent it. It is the device's where the event has none, or `$remote`.
    pub connection_ip: Option<&'c str>,
    /// The user agent of such a connection. A browser's is the device's where the event has none.
    pub user_agent: Option<&'c str>,
    /// Whether all of it is test traffic, whatever its sender and the settings say.
    pub is_test: bool,
    /// How large the plan may become; unlimited if `None`.
    pub limits: Option<PlanLimits>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context {
            source: Some(Source::default()),
            received_at: None,
            connection_ip: None,
            user_agent: None,
            is_test: false,
            limits: None,
        }
    }
}

/// How large a plan may become. A small body can cause a large plan: two bytes are an element, and
/// flattening repeats a long property name before every value below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanLimits {
    /// Elements, each of which gets a fate.
    pub elements: usize,
    /// Requests of all parcels.
    pub requests: usize,
    /// Bytes of all request bodies, and of what is told about events: of each violation its path
    /// and 256 bytes.
    pub body_bytes: usize,
}

/// What the plan of one element counts against the limits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PlanSize {
    pub(crate) requests: usize,
    pub(crate) body_bytes: usize,
}

impl PlanSize {
    /// What is told about an event counts, too.
    pub(crate) fn of_violations(violations: &[Violation]) -> Self {
        let bytes = |violation: &Violation| {
            VIOLATION_BYTES + violation.origin.as_deref().map_or(0, str::len)
        };
        PlanSize {
            requests: 0,
            body_bytes: violations.iter().map(bytes).sum(),
        }
    }
}

/// The fates of a body's elements, in the body's order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One for each element.
    pub fates: Vec<Fate>,
}

/// What becomes of one element.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is sent.
    Ready(Parcel),
    /// The settings leave it out.
    Skipped(Skip),
    /// It breaks these rules.
    Refused(Vec<Violation>),
}

/// Requests of one event, to be sent one after the other: the install or the event, then its identity
/// (Amplitude, Kochava (Post-install): IdentityLink data must arrive "with or after the related
/// event data").
#[derive(Clone, Debug)]
pub struct Parcel {
    /// In the order in which they are sent; never empty.
    pub requests: Vec<Request>,
    /// Rules of severity *warn* that the event breaks.
    pub warnings: Vec<Violation>,
}

impl Planner {
    /// Prepares to plan under these settings; requests go to Kochava.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Planner::with_endpoint(Endpoint::default(), settings)
    }

    /// Prepares to plan under these settings; requests go to another server.
    #[must_use]
    pub fn with_endpoint(endpoint: Endpoint, settings: Settings) -> Self {
        let mut sources = Vec::with_capacity(Source::ALL.len());
        let mut all_fields = Vec::with_capacity(Source::ALL.len());
        for source in Source::ALL {
            let mut fields = FieldIndex::of(source.schema());
            let mut settings = settings.clone();
            settings.route(&mut fields);
            let paths = AttributePaths::new(&settings, &mut fields);
            sources.push(SourcePlan { settings, paths });
            all_fields.push(fields);
        }
        let signer = settings.authentication.as_ref().map(Signer::new);
        Planner {
            settings,
            sources,
            fields: all_fields.into(),
            endpoint,
            signer,
        }
    }

    /// What the events of this sender are planned by.
    fn plan_of(&self, source: Source) -> &SourcePlan {
        &self.sources[source as usize]
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Plans every element of a body.
    ///
    /// # Errors
    /// Bytes that are no batch: empty, not UTF-8, not JSON, a lone number or string; a batch larger
    /// than the context's limits.
    pub fn plan(&self, body: &[u8], context: &Context<'_>) -> Result<Plan, Unreadable> {
        self.plan_with(body, context, &mut ShapeCache::default())
    }

    /// Plans every element of a body, like [`Planner::plan`]; faster where `shapes` has seen events
    /// of the same keys.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn plan_with(
        &self,
        body: &[u8],
        context: &Context<'_>,
        shapes: &mut ShapeCache,
    ) -> Result<Plan, Unreadable> {
        let fates =
            self.each_element(utf8_body(body)?, context, shapes, |element, _, scratch| {
                let fate = self.fate(element, context, None, scratch);
                let size = fate.size();
                (fate, size)
            })?;
        Ok(Plan { fates })
    }

    /// Plans every element of a body and records which paths the mapping looked up for each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn trace<'a>(
        &'a self,
        body: &'a [u8],
        context: &Context<'a>,
        shapes: &mut ShapeCache,
    ) -> Result<Vec<(Fate, Trace<'a>)>, Unreadable> {
        self.each_element(utf8_body(body)?, context, shapes, |element, at, scratch| {
            let mut trace = Trace::begin(body, at);
            let fate = self.fate(element, context, Some(&mut trace), scratch);
            let size = fate.size();
            ((fate, trace), size)
        })
    }

    /// Calls `plan` with every element of a body; what it returns beside its result, requests and
    /// bytes of their bodies, counts against the context's limits.
    pub(crate) fn each_element<'a, T>(
        &'a self,
        body: &'a str,
        context: &Context<'a>,
        shapes: &mut ShapeCache,
        mut plan: impl FnMut(&Element<'_, 'a>, Range<usize>, &mut Scratch<'a>) -> (T, PlanSize),
    ) -> Result<Vec<T>, Unreadable> {
        let mut batch = self.batch(context, shapes);
        let mut all = Vec::new();
        let planned = plan_batch(
            &mut batch,
            body,
            context.limits,
            &mut |element, at, scratch| {
                let (planned, size) = plan(element, at, scratch);
                all.push(planned);
                size
            },
        );
        *shapes = batch.into_shapes();
        planned.map(|()| all)
    }

    /// Calls `plan` with a text that is one element; `is_in_users` where its place in the body
    /// made it a user.
    ///
    /// # Errors
    /// `{`, the empty text, `{},{}`.
    pub(crate) fn one_element<'a, T>(
        &'a self,
        element: &'a str,
        is_in_users: bool,
        context: &Context<'a>,
        shapes: &mut ShapeCache,
        plan: impl FnOnce(&Element<'_, 'a>, &mut Scratch<'a>) -> T,
    ) -> Result<T, Unreadable> {
        let mut batch = self.batch(context, shapes);
        let element = batch.read_one(element, is_in_users);
        let planned = element.map(|element| plan(&element, &mut Scratch::default()));
        *shapes = batch.into_shapes();
        planned
    }

    /// A batch without a body that predicts keys by `shapes`, which it takes; the caller gives them
    /// back with [`Batch::into_shapes`].
    fn batch<'a>(&self, context: &Context<'a>, shapes: &mut ShapeCache) -> Batch<'a> {
        let sources = &self.settings.sources;
        let takes_generic = !self.settings.mapping.event_name.is_empty()
            && sources
                .as_ref()
                .is_none_or(|sources| sources.contains(&Source::Generic));
        batch_over(&self.fields, takes_generic, context, shapes)
    }
}

/// A batch without a body over these fields; `takes_any` makes an object of no known shape an event.
fn batch_over<'a>(
    fields: &Arc<[FieldIndex]>,
    takes_any: bool,
    context: &Context<'a>,
    shapes: &mut ShapeCache,
) -> Batch<'a> {
    let connection = [context.connection_ip, context.user_agent];
    let fallback = takes_any.then_some(Source::Generic);
    Batch::empty([context.source, fallback], connection, fields, shapes)
}

fn plan_batch<'a>(
    batch: &mut Batch<'a>,
    body: &'a str,
    mut limits: Option<PlanLimits>,
    plan: &mut dyn FnMut(&Element<'_, 'a>, Range<usize>, &mut Scratch<'a>) -> PlanSize,
) -> Result<(), Unreadable> {
    batch.start(body)?;
    let mut scratch = Scratch::default();
    while let Some((element, at)) = batch.next_element()? {
        let end = at.end;
        let size = plan(&element, at, &mut scratch);
        limits = deduct(limits, size, end)?;
    }
    Ok(())
}

/// Subtracts one fate from the limits.
///
/// # Errors
/// `TooLarge` at byte `at` when the fate exceeds them.
fn deduct(
    limits: Option<PlanLimits>,
    size: PlanSize,
    at: usize,
) -> Result<Option<PlanLimits>, Unreadable> {
    let Some(limits) = limits else {
        return Ok(None);
    };
    let left = || {
        Some(PlanLimits {
            elements: limits.elements.checked_sub(1)?,
            requests: limits.requests.checked_sub(size.requests)?,
            body_bytes: limits.body_bytes.checked_sub(size.body_bytes)?,
        })
    };
    left()
        .map(Some)
        .ok_or_else(|| UnreadableReason::TooLarge.at(at))
}

/// Bytes that a violation takes beside its path: itself, and its sentence where it is written.
const VIOLATION_BYTES: usize = 256;

impl Fate {
    /// What counts against [`PlanLimits`].
    fn size(&self) -> PlanSize {
        let told = match self {
            Fate::Ready(parcel) => PlanSize::of_violations(&parcel.warnings),
            Fate::Refused(violations) => PlanSize::of_violations(violations),
            Fate::Skipped(_) => PlanSize::default(),
        };
        let requests = self.requests();
        let bodies: usize = requests.iter().map(|request| request.body.len()).sum();
        PlanSize {
            requests: requests.len(),
            body_bytes: bodies + told.body_bytes,
        }
    }

    /// The requests of a fate that is ready; none of any other.
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        match self {
            Fate::Ready(parcel) => &parcel.requests,
            Fate::Skipped(_) | Fate::Refused(_) => &[],
        }
    }
}
