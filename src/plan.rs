//! What becomes of each event?
//!
//! The only room that knows the order of the others: bytes → source → filter → mapping → check → wire → request. Holds no rule itself.
//! Data is never an error: every element of a batch gets exactly one [`Fate`], and only bytes that are no batch are `Unreadable`.

use crate::event::{Event, Kind, Wanted};
use crate::filter::{self, Choice, Skip};
use crate::kochava::{self, Payload, Rule, Violation};
use crate::mapping::{Mapper, Routes};
use crate::request::{Endpoint, Request, RequestKind, Signer};
use crate::settings::Settings;
use crate::source::{Batch, Element, Source, Unreadable, UnreadableReason};
use crate::time::Moment;
use crate::trace::{Recorder, Trace};
use alloc::vec::Vec;
use core::ops::Range;

/// Turns bodies into plans. Cheap to use again and again: what only depends on the settings is prepared once.
#[derive(Clone, Debug)]
pub struct Planner {
    settings: Settings,
    routes: Routes,
    wanted: Wanted,
    endpoint: Endpoint,
    signer: Option<Signer>,
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

/// How large a plan may become. A small body can ask for a large one: two bytes are an element, and a long name over many values is
/// written before each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Elements, each of which gets a fate.
    pub elements: usize,
    /// Requests of all parcels.
    pub requests: usize,
    /// Bytes of all their bodies.
    pub body_bytes: usize,
}

impl Room {
    /// What is left beside one more fate, if that fits.
    fn beside(self, fate: &Fate) -> Option<Self> {
        let requests = if let Fate::Ready(parcel) = fate { parcel.requests.as_slice() } else { &[] };
        Some(Room {
            elements: self.elements.checked_sub(1)?,
            requests: self.requests.checked_sub(requests.len())?,
            body_bytes: self.body_bytes.checked_sub(requests.iter().map(|request| request.body.len()).sum())?,
        })
    }
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

/// Requests that belong together, to be sent one after the other: an identity never goes before its event (Amplitude, Kochava
/// (Post-install): IdentityLink data must arrive "with or after the related event data").
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
    pub fn new(settings: Settings) -> Self {
        Planner::to(Endpoint::default(), settings)
    }

    /// The same, sent to another server.
    #[must_use]
    pub fn to(endpoint: Endpoint, mut settings: Settings) -> Self {
        let documented = Source::default().documented();
        let mut wanted = Wanted::of(documented);
        settings.route(&mut wanted);
        let routes = Routes::under(&settings, documented, &mut wanted);
        let signer = settings.authentication.as_ref().map(Signer::new);
        Planner { settings, routes, wanted, endpoint, signer }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Plans every element of a body.
    ///
    /// # Errors
    /// Bytes that are no batch: empty, not UTF-8, not JSON, a lone number or text; a batch larger than the context has room for.
    pub fn plan(&self, body: &[u8], context: &Context) -> Result<Plan, Unreadable> {
        let fates = self.walk(body, context, |element, _| (self.carry(element, context, &mut ()), ()))?;
        Ok(Plan { fates: fates.into_iter().map(|(fate, ())| fate).collect() })
    }

    /// Plans every element of a body, and keeps what mapping asked for each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn trace(&self, body: &[u8], context: &Context) -> Result<Vec<(Fate, Trace)>, Unreadable> {
        self.walk(body, context, |element, at| {
            let mut trace = Trace::begin(body, at);
            (self.carry(element, context, &mut trace), trace)
        })
    }

    /// The whole way of one element.
    pub(crate) fn carry<R: Recorder>(&self, element: &Element<'_, '_>, context: &Context, recorder: &mut R) -> Fate {
        let event = match element {
            Element::Event(event) => *event,
            Element::NotAnObject => return Fate::Refused([Violation::new(Rule::NotAnObject, "")].into()),
            Element::NestedTooDeep => return Fate::Refused([Violation::new(Rule::NestedTooDeep, "")].into()),
        };
        let is_test = match filter::choose(event, &self.settings) {
            Choice::Skip(skip) => return Fate::Skipped(skip),
            Choice::Send { is_test } => is_test,
        };
        self.map(event, is_test, context.received_at, recorder)
    }

    fn map<R: Recorder>(&self, event: &Event<'_>, is_test: bool, received_at: Option<Moment>, recorder: &mut R) -> Fate {
        let mapper = Mapper { event, settings: &self.settings, routes: &self.routes };
        let device = mapper.device(is_test, recorder);
        let mut parcel = Parcel { requests: Vec::new(), warnings: Vec::new() };
        if event.kind == Kind::Event {
            let checked = kochava::check_event(mapper.draft_event(&device, received_at, recorder), &self.settings.wire);
            let written = checked.payload.and_then(|payload| self.write(RequestKind::Event, &payload, &mut parcel.requests));
            if let Err(violations) = written {
                return Fate::Refused(violations);
            }
            parcel.warnings.extend(checked.warnings.into_iter().chain(checked.notes));
        }
        let Some(identity) = mapper.draft_identity(&device, recorder) else {
            return if event.kind == Kind::Event { Fate::Ready(parcel) } else { Fate::Skipped(Skip::IdentityEmpty) };
        };
        let checked = kochava::check_identity(identity, &self.settings.wire);
        match checked.payload.and_then(|payload| self.write(RequestKind::Identity, &payload, &mut parcel.requests)) {
            Err(violations) if event.kind == Kind::User => return Fate::Refused(violations),
            // the event itself is sound: it must not be lost for its identity
            Err(violations) => parcel.warnings.extend(violations.into_iter().map(|violation| Violation { rule: Rule::IdentityLeftOut, ..violation })),
            // beside an event the device was told about already
            Ok(()) if event.kind == Kind::User => parcel.warnings.extend(checked.warnings),
            Ok(()) => {}
        }
        parcel.warnings.extend(checked.notes);
        Fate::Ready(parcel)
    }

    /// Gives every element of a body to `each`, whose fates must fit into the context's room.
    pub(crate) fn walk<T>(
        &self,
        body: &[u8],
        context: &Context,
        each: impl FnMut(&Element<'_, '_>, Range<usize>) -> (Fate, T),
    ) -> Result<Vec<(Fate, T)>, Unreadable> {
        walk_batch(&mut Batch::open_for(body, context.source, &self.wanted)?, context.room, each)
    }

    /// A batch without elements, whose keys have their slots.
    pub(crate) fn batch<'a>(&self, context: &Context) -> Batch<'a> {
        Batch::none(context.source, &self.wanted)
    }

    /// Adds the requests of a payload, all of them or none.
    fn write(&self, kind: RequestKind, payload: &Payload<'_>, requests: &mut Vec<Request>) -> Result<(), Vec<Violation>> {
        let before = requests.len();
        let mut is_too_large = false;
        kochava::write(payload, &self.settings.wire, |written| match Request::new(kind, written, &self.endpoint, self.signer.as_ref()) {
            Ok(request) => requests.push(request),
            Err(_) => is_too_large = true,
        });
        if is_too_large {
            requests.truncate(before);
            return Err([Violation::new(Rule::RequestTooLarge, "")].into());
        }
        Ok(())
    }
}

pub(crate) fn walk_batch<T>(
    batch: &mut Batch<'_>,
    mut room: Option<Room>,
    mut each: impl FnMut(&Element<'_, '_>, Range<usize>) -> (Fate, T),
) -> Result<Vec<(Fate, T)>, Unreadable> {
    let mut fates = Vec::new();
    while let Some((element, at)) = batch.next_element()? {
        let end = at.end;
        let (fate, beside) = each(&element, at);
        if let Some(left) = room {
            room = Some(left.beside(&fate).ok_or_else(|| UnreadableReason::TooLarge.at(end))?);
        }
        fates.push((fate, beside));
    }
    Ok(fates)
}
