//! What came, and under which names is it remembered?
//!
//! Enters: a body, as `plan` takes it. Leaves: for every element its fate and what a durable
//! delivery must know beside it. The names hold for the event wherever it waits: two copies of it
//! have the same ones.

use crate::digest::Digest;
use crate::plan::{Context, Fate, Planner};
use crate::source::Event;
use crate::source::{Element, ShapeCache, Unreadable, UnreadableReason, alone};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// One element of a body.
#[derive(Clone, Debug)]
pub struct PlannedEvent {
    /// What becomes of it.
    pub fate: Fate,
    /// What else is known of it.
    pub meta: EventMeta,
}

/// What is known of an element beside its fate.
#[derive(Clone, Debug)]
pub struct EventMeta {
    /// Where it lies, in bytes from the beginning of the body.
    pub at: Range<usize>,
    /// Whether its place in the body says that it is a user.
    pub of_users: bool,
    /// Its own name: that of its dedupe key, else of its bytes.
    pub id: Digest,
    /// Its dedupe key: `$insert_id`, else `uuid`, of its device. Without either two equal events
    /// are two.
    pub dedupe: Option<Digest>,
    /// Its device, as its sender tells devices apart; events of one keep their order.
    pub ordering_key: Option<Digest>,
    /// The name of the event, for people.
    pub name: Option<String>,
}

impl Planner {
    /// Plans every element of a body, with what a durable delivery must know of each.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn plan_events(
        &self,
        body: &[u8],
        context: &Context,
        shapes: &mut ShapeCache,
    ) -> Result<Vec<PlannedEvent>, Unreadable> {
        let planned = self.each_element(body, context, shapes, |element, at, scratch| {
            let event = match element {
                Element::Event(event) => Some(*event),
                Element::NotAnObject | Element::NestedTooDeep => None,
            };
            (
                self.fate(element, context, &mut (), scratch),
                EventMeta::of(event, body, at),
            )
        })?;
        Ok(planned
            .into_iter()
            .map(|(fate, meta)| PlannedEvent { fate, meta })
            .collect())
    }

    /// Plans a stored element again.
    ///
    /// # Errors
    /// `{`: it is not one element.
    pub fn replan(
        &self,
        element: &str,
        of_users: bool,
        context: &Context,
        shapes: &mut ShapeCache,
    ) -> Result<PlannedEvent, Unreadable> {
        let body = alone(element, of_users);
        let mut planned = self.plan_events(body.as_bytes(), context, shapes)?;
        match (planned.pop(), planned.is_empty()) {
            (Some(planned), true) => Ok(planned),
            _ => Err(UnreadableReason::NotABatch.at(0)),
        }
    }
}

impl EventMeta {
    fn of(event: Option<&Event<'_>>, body: &[u8], at: Range<usize>) -> Self {
        let bytes = body
            .get(at.clone())
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        let of_users = event.is_some_and(|event| event.of_users);
        let device = event.and_then(Event::device);
        let dedupe = event
            .and_then(Event::id)
            .map(|id| Digest::of(&["event", device.as_deref().unwrap_or_default(), &id]));
        EventMeta {
            of_users,
            id: dedupe.unwrap_or_else(|| {
                Digest::of(&["bytes", if of_users { "user" } else { "" }, bytes])
            }),
            dedupe,
            ordering_key: device.map(|device| Digest::of(&["device", &device])),
            name: event
                .and_then(|event| event.name)
                .map(|name| name.decode().into_owned()),
            at,
        }
    }
}
