//! The plan of a body for durable delivery.
//!
//! In goes a body, as `plan` takes it; out comes the fate of every element, with the digests by
//! which a durable delivery recognises the event and its device. Two copies of one event have the
//! same digests.

use crate::digest::Digest;
use crate::plan::{Context, Fate, Planner};
use crate::source::Event;
use crate::source::{Element, ShapeCache, Unreadable, UnreadableReason, single_element_body};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// One element of a body.
#[derive(Clone, Debug)]
pub struct PlannedEvent {
    /// Its fate.
    pub fate: Fate,
    /// What durable delivery needs beside the fate.
    pub meta: EventMeta,
}

/// What durable delivery needs to know of an element beside its fate.
#[derive(Clone, Debug)]
pub struct EventMeta {
    /// Its place, in bytes from the beginning of the body.
    pub at: Range<usize>,
    /// Whether its place in the body makes it a user.
    pub of_users: bool,
    /// Identifies the event: its dedupe key, else the digest of its bytes.
    pub id: Digest,
    /// Its dedupe key: the digest of its device with `$insert_id`, else with `uuid`. `None` where
    /// it has neither; two such events are never duplicates, even if equal.
    pub dedupe: Option<Digest>,
    /// The digest of its device, as its sender identifies devices; events of one keep their order.
    pub ordering_key: Option<Digest>,
    /// The name of the event, for display.
    pub name: Option<String>,
}

impl Planner {
    /// Plans every element of a body for durable delivery.
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

    /// Plans a stored element again, under the settings of this planner.
    ///
    /// # Errors
    /// `{`: the text is not exactly one element.
    pub fn replan(
        &self,
        element: &str,
        of_users: bool,
        context: &Context,
        shapes: &mut ShapeCache,
    ) -> Result<PlannedEvent, Unreadable> {
        let body = single_element_body(element, of_users);
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
        let of_users = event.is_some_and(|event| event.is_in_users);
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
