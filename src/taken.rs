//! What came, and under which names is it remembered?
//!
//! Enters: a body, as `plan` takes it. Leaves: for every element its fate and what a durable
//! delivery must know beside it. The names hold for the event wherever it waits: two copies of it
//! have the same ones.

use crate::event::Event;
use crate::key::Key;
use crate::plan::{Context, Fate, Planner};
use crate::source::{Element, Unreadable, alone};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// One element of a body.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What becomes of it.
    pub fate: Fate,
    /// What else is known of it.
    pub tag: Tag,
}

/// What is known of an element beside its fate.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Where it lies, in bytes from the beginning of the body.
    pub at: Range<usize>,
    /// Whether its place in the body says that it is a user.
    pub of_users: bool,
    /// Its own name: that of its dedupe key, else of its bytes.
    pub id: Key,
    /// Its dedupe key: `$insert_id`, else `uuid`, of its device. Without either two equal events
    /// are two.
    pub dedupe: Option<Key>,
    /// Its device, as its sender tells devices apart; events of one keep their order.
    pub lane: Option<Key>,
    /// The name of the event, for people.
    pub name: Option<String>,
}

impl Planner {
    /// Plans every element of a body, and says what it is remembered by.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn take(&self, body: &[u8], context: &Context) -> Result<Vec<Taken>, Unreadable> {
        let taken = self.walk(body, context, |element, at, desk| {
            let event = if let Element::Event(event) = element {
                Some(*event)
            } else {
                None
            };
            (
                self.fate(element, context, &mut (), desk),
                Tag::of(event, body, at),
            )
        })?;
        Ok(taken
            .into_iter()
            .map(|(fate, tag)| Taken { fate, tag })
            .collect())
    }

    /// Plans again an element that was taken before.
    ///
    /// # Errors
    /// `{`: it is not one element.
    pub fn take_again(
        &self,
        element: &str,
        of_users: bool,
        context: &Context,
    ) -> Result<Taken, Unreadable> {
        let body = alone(element, of_users);
        let mut taken = self.take(body.as_bytes(), context)?;
        match (taken.pop(), taken.is_empty()) {
            (Some(taken), true) => Ok(taken),
            _ => Err(crate::source::UnreadableReason::NotABatch.at(0)),
        }
    }
}

impl Tag {
    fn of(event: Option<&Event<'_>>, body: &[u8], at: Range<usize>) -> Self {
        let bytes = body
            .get(at.clone())
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        let of_users = event.is_some_and(|event| event.of_users);
        let device = event.and_then(Event::device);
        let dedupe = event
            .and_then(Event::id)
            .map(|id| Key::of(&["event", device.as_deref().unwrap_or_default(), &id]));
        Tag {
            of_users,
            id: dedupe
                .unwrap_or_else(|| Key::of(&["bytes", if of_users { "user" } else { "" }, bytes])),
            dedupe,
            lane: device.map(|device| Key::of(&["device", &device])),
            name: event
                .and_then(|event| event.name)
                .map(|name| name.decode().into_owned()),
            at,
        }
    }
}
