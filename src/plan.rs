//! What becomes of each event?
//!
//! The only room that knows the order of the others: bytes → source → filter → mapping → check →
//! wire → request. Holds no rule itself. Data is never an error: every element of a batch gets
//! exactly one [`Fate`], and only bytes that are no batch are `Unreadable`.

use crate::event::{Kind, Wanted};
use crate::filter::{self, Choice, Skip};
use crate::kochava::{self, Device, Payload, Rule, Severity, Violation, Written};
use crate::mapping::{Desk, Mapper, Routes};
use crate::request::{Endpoint, Request, RequestKind, Signer, TooLarge};
use crate::settings::Settings;
use crate::source::{Batch, Element, Habits, Source, Unreadable, UnreadableReason, read_text};
use crate::time::Moment;
use crate::trace::{Recorder, Trace};
use alloc::vec::Vec;
use core::ops::Range;
use spin::Mutex;

/// Turns bodies into plans. Cheap to use again and again: what only depends on the settings is
/// prepared once.
#[derive(Clone, Debug)]
pub struct Planner {
    settings: Settings,
    routes: Routes,
    wanted: Wanted,
    learnt: Learnt,
    endpoint: Endpoint,
    signer: Option<Signer>,
}

/// What was learnt of the last batch's keys; with another while that reads.
#[derive(Debug, Default)]
struct Learnt(Mutex<Habits>);

impl Clone for Learnt {
    fn clone(&self) -> Self {
        Learnt::default()
    }
}

/// What the shell knows about a body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// Who sent it.
    pub source: Source,
    /// When it arrived: a time far ahead of it is a wrong clock's.
    pub received_at: Option<Moment>,
    /// How much of a plan the shell has room for.
    pub room: Option<Room>,
}

/// How large a plan may become. A small body can ask for a large one: two bytes are an element, and
/// a long name over many values is written before each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Elements, each of which gets a fate.
    pub elements: usize,
    /// Requests of all parcels.
    pub requests: usize,
    /// Bytes of all their bodies.
    pub body_bytes: usize,
}

/// What becomes of each element of a body, in their order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One fate each.
    pub fates: Vec<Fate>,
}

/// What becomes of one element.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is sent.
    Ready(Parcel),
    /// The operator does not want it sent.
    Skipped(Skip),
    /// It breaks these rules.
    Refused(Vec<Violation>),
}

/// Requests that belong together, to be sent one after the other: an identity never goes before its
/// event (Amplitude, Kochava (Post-install): IdentityLink data must arrive "with or after the
/// related event data").
#[derive(Clone, Debug)]
pub struct Parcel {
    /// In the order in which they are sent; never empty.
    pub requests: Vec<Request>,
    /// What weakens them.
    pub warnings: Vec<Violation>,
}

impl Planner {
    /// Prepares for bodies under these settings, sent to Kochava itself.
    #[must_use]
    #[inline]
    pub fn new(settings: Settings) -> Self {
        Planner::to(Endpoint::default(), settings)
    }

    /// The same, sent to another server.
    #[must_use]
    #[inline]
    pub fn to(endpoint: Endpoint, mut settings: Settings) -> Self {
        let documented = Source::default().documented();
        let mut wanted = Wanted::of(documented);
        settings.route(&mut wanted);
        let routes = Routes::under(&settings, documented, &mut wanted);
        let signer = settings.authentication.as_ref().map(Signer::new);
        Planner {
            settings,
            routes,
            wanted,
            learnt: Learnt::default(),
            endpoint,
            signer,
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Plans every element of a body.
    ///
    /// # Errors
    /// Bytes that are no batch: empty, not UTF-8, not JSON, a lone number or text; a batch larger
    /// than the context has room for.
    pub fn plan(&self, body: &[u8], context: &Context) -> Result<Plan, Unreadable> {
        let fates = self.walk(body, context, |element, _, desk| {
            (self.fate(element, context, &mut (), desk), ())
        })?;
        Ok(Plan {
            fates: fates.into_iter().map(|(fate, ())| fate).collect(),
        })
    }

    /// Plans every element of a body, and keeps what mapping asked for each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn trace<'a>(
        &'a self,
        body: &'a [u8],
        context: &Context,
    ) -> Result<Vec<(Fate, Trace<'a>)>, Unreadable> {
        self.walk(body, context, |element, at, desk| {
            let mut trace = Trace::begin(body, at);
            (self.fate(element, context, &mut trace, desk), trace)
        })
    }

    /// What becomes of one element.
    pub(crate) fn fate<'a, R: Recorder<'a>>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context,
        recorder: &mut R,
        desk: &mut Desk<'a>,
    ) -> Fate {
        let mut requests = Requests {
            planner: self,
            list: Vec::new(),
        };
        match self.carry(element, context, recorder, desk, &mut requests) {
            Outcome::Ready(warnings) => Fate::Ready(Parcel {
                requests: requests.list,
                warnings,
            }),
            Outcome::Skipped(skip) => Fate::Skipped(skip),
            Outcome::Refused(violations) => Fate::Refused(violations),
        }
    }

    /// The whole way of one element; its calls go into `outbox`, and only those of a ready element
    /// stay there.
    pub(crate) fn carry<'a, R: Recorder<'a>>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context,
        recorder: &mut R,
        desk: &mut Desk<'a>,
        outbox: &mut dyn Outbox,
    ) -> Outcome {
        let event = match element {
            Element::Event(event) => *event,
            Element::NotAnObject => {
                return Outcome::Refused([Violation::new(Rule::NotAnObject, "")].into());
            }
            Element::NestedTooDeep => {
                return Outcome::Refused([Violation::new(Rule::NestedTooDeep, "")].into());
            }
        };
        let is_test = match filter::choose(event, &self.settings) {
            Choice::Skip(skip) => return Outcome::Skipped(skip),
            Choice::Send { is_test } => is_test,
        };
        let mapper = Mapper {
            event,
            settings: &self.settings,
            routes: &self.routes,
        };
        let device = mapper.device(is_test, recorder, desk);
        let outcome = self.map(mapper, &device, context.received_at, recorder, desk, outbox);
        desk.lists.take_device(device);
        outcome
    }

    fn map<'a, R: Recorder<'a>>(
        &self,
        mapper: Mapper<'_, 'a>,
        device: &Device<'a>,
        received_at: Option<Moment>,
        recorder: &mut R,
        desk: &mut Desk<'a>,
        outbox: &mut dyn Outbox,
    ) -> Outcome {
        let kind = mapper.event.kind;
        let mut warnings = Vec::new();
        if kind == Kind::Event {
            let draft = mapper.draft_event(device, received_at, recorder, desk);
            let checked = kochava::check_event(&draft, &self.settings.wire, &mut desk.lists);
            if let Err(violations) = checked
                .payload
                .and_then(|payload| self.write(RequestKind::Event, payload, desk, outbox))
            {
                return Outcome::Refused(violations);
            }
            warnings = checked.warnings;
            warnings.extend(draft.notes);
            desk.lists.take_data(draft.event_data);
        }
        let Some(identity) = mapper.draft_identity(device, recorder, desk) else {
            return if kind == Kind::Event {
                Outcome::Ready(warnings)
            } else {
                Outcome::Skipped(Skip::IdentityEmpty)
            };
        };
        let checked = kochava::check_identity(&identity, &self.settings.wire, &mut desk.lists);
        match checked
            .payload
            .and_then(|payload| self.write(RequestKind::Identity, payload, desk, outbox))
        {
            Err(violations) if kind == Kind::User => return Outcome::Refused(violations),
            // the event itself is sound: it must not be lost for its identity
            Err(violations) => warnings.extend(violations.into_iter().map(|violation| Violation {
                rule: Rule::IdentityLeftOut,
                ..violation
            })),
            // beside an event the device was told about already
            Ok(()) if kind == Kind::User => warnings.extend(checked.warnings),
            Ok(()) => {}
        }
        warnings.extend(
            identity
                .notes
                .into_iter()
                .filter(|note| note.rule.severity() == Severity::Warn),
        );
        desk.lists.take_data(identity.data);
        Outcome::Ready(warnings)
    }

    /// Gives every element of a body to `each`, whose fates must fit into the context's room.
    pub(crate) fn walk<'a, T>(
        &'a self,
        body: &'a [u8],
        context: &Context,
        mut each: impl FnMut(&Element<'_, 'a>, Range<usize>, &mut Desk<'a>) -> (Fate, T),
    ) -> Result<Vec<(Fate, T)>, Unreadable> {
        let mut batch = self.batch(context);
        let fates = walk_batch(&mut batch, body, context.room, &mut each);
        self.remember(batch);
        fates
    }

    /// A batch without elements, whose keys have their slots.
    pub(crate) fn batch<'a>(&self, context: &Context) -> Batch<'a> {
        let mut batch = Batch::none(context.source, &self.wanted);
        // whoever comes while another has it learns anew
        if let Some(mut learnt) = self.learnt.0.try_lock() {
            batch.swap(&mut learnt);
        }
        batch
    }

    /// Keeps what was learnt from a batch.
    pub(crate) fn remember(&self, mut batch: Batch<'_>) {
        if let Some(mut learnt) = self.learnt.0.try_lock() {
            batch.swap(&mut learnt);
        }
    }

    /// Puts the requests of a payload into `outbox`, all of them or none.
    fn write<'a>(
        &self,
        kind: RequestKind,
        payload: Payload<'_, 'a>,
        desk: &mut Desk<'a>,
        outbox: &mut dyn Outbox,
    ) -> Result<(), Vec<Violation>> {
        let before = outbox.mark();
        let mut is_too_large = false;
        kochava::write(&payload, &self.settings.wire, &mut desk.body, |written| {
            is_too_large |= outbox.put(kind, written).is_err();
        });
        desk.lists.take_payload(payload);
        if is_too_large {
            outbox.return_to(before);
            return Err([Violation::new(Rule::RequestTooLarge, "")].into());
        }
        Ok(())
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }
}

fn walk_batch<'a, T>(
    batch: &mut Batch<'a>,
    body: &'a [u8],
    mut room: Option<Room>,
    each: &mut impl FnMut(&Element<'_, 'a>, Range<usize>, &mut Desk<'a>) -> (Fate, T),
) -> Result<Vec<(Fate, T)>, Unreadable> {
    batch.turn_to(read_text(body)?)?;
    let mut desk = Desk::default();
    let mut fates = Vec::new();
    while let Some((element, at)) = batch.next_element()? {
        let end = at.end;
        let (fate, beside) = each(&element, at, &mut desk);
        let requests = if let Fate::Ready(parcel) = &fate {
            parcel.requests.as_slice()
        } else {
            &[]
        };
        let body_bytes = requests.iter().map(|request| request.body.len()).sum();
        room = take_room(room, requests.len(), body_bytes, end)?;
        fates.push((fate, beside));
    }
    Ok(fates)
}

/// What is left of the room beside one more fate, if it fits.
pub(crate) fn take_room(
    room: Option<Room>,
    requests: usize,
    body_bytes: usize,
    at: usize,
) -> Result<Option<Room>, Unreadable> {
    let Some(room) = room else { return Ok(None) };
    let left = || {
        Some(Room {
            elements: room.elements.checked_sub(1)?,
            requests: room.requests.checked_sub(requests)?,
            body_bytes: room.body_bytes.checked_sub(body_bytes)?,
        })
    };
    left()
        .map(Some)
        .ok_or_else(|| UnreadableReason::TooLarge.at(at))
}

/// A [`Fate`] whose requests lie in an outbox.
pub(crate) enum Outcome {
    /// With the warnings.
    Ready(Vec<Violation>),
    Skipped(Skip),
    Refused(Vec<Violation>),
}

/// Where the calls of one element are put on their way.
pub(crate) trait Outbox {
    /// How much is in it.
    fn mark(&self) -> Mark;

    /// Puts one in, unless it is too large.
    fn put(&mut self, kind: RequestKind, written: Written<'_>) -> Result<(), TooLarge>;

    /// Takes back what was put in since.
    fn return_to(&mut self, mark: Mark);
}

/// How much is in an outbox: calls, bytes of their bodies, and bytes that tell of them.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) count: usize,
    pub(crate) body_bytes: usize,
    pub(crate) told: usize,
}

/// Requests that are kept.
struct Requests<'p> {
    planner: &'p Planner,
    list: Vec<Request>,
}

impl Outbox for Requests<'_> {
    fn mark(&self) -> Mark {
        Mark {
            count: self.list.len(),
            body_bytes: 0,
            told: 0,
        }
    }

    fn put(&mut self, kind: RequestKind, written: Written<'_>) -> Result<(), TooLarge> {
        self.list.push(Request::new(
            kind,
            written,
            self.planner.endpoint(),
            self.planner.signer(),
        )?);
        Ok(())
    }

    fn return_to(&mut self, mark: Mark) {
        self.list.truncate(mark.count);
    }
}
