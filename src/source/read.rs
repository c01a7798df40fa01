//! Which elements does a body hold?
//!
//! Enters: bytes as received. Leaves: one [`Element`] after the other. A body is one object, an array, or an object whose `events` or
//! `users` hold arrays (Amplitude, Create an event streaming integration, sample body).

use super::amplitude;
use super::{Element, Source, Unreadable, UnreadableReason};
use crate::event::Event;
use crate::json::{Fault, Reader, Value};
use crate::limits::NESTING_LEVELS_MAX;
use alloc::vec::Vec;

/// A body, read element by element.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The arrays of elements that are still to be read, the next one last.
    runs: Vec<Run<'a>>,
    /// The body is itself the only element, and that is read already.
    is_element: bool,
    bom: usize,
    source: Source,
    /// The last element read; its room serves all of them.
    event: Event<'a>,
}

#[derive(Debug)]
struct Run<'a> {
    reader: Reader<'a>,
    is_first: bool,
    of_users: bool,
}

impl<'a> Batch<'a> {
    /// Begins to read `body` as `source` sends it.
    ///
    /// # Errors
    /// The empty body, bytes that are not UTF-8, `"text"`, `17`, `{"event_type"`.
    pub fn open(body: &'a [u8], source: Source) -> Result<Self, Unreadable> {
        let whole = core::str::from_utf8(body).map_err(|error| UnreadableReason::InvalidUtf8.at(error.valid_up_to()))?;
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let documented = match source {
            Source::Amplitude => &amplitude::DOCUMENTED,
        };
        let bom = whole.len() - text.len();
        let mut batch = Batch { runs: Vec::new(), is_element: false, bom, source, event: Event::blank(documented) };
        let mut reader = Reader::new(text);
        let not_json = |fault: Fault| UnreadableReason::InvalidJson.at(fault.at + bom);
        match reader.peek() {
            None => return Err(UnreadableReason::EmptyBody.at(body.len())),
            Some(b'[') => {
                reader.enter(b'[').map_err(not_json)?;
                batch.runs.push(Run { reader, is_first: true, of_users: false });
            }
            Some(b'{') => {
                read_members(&mut reader, &mut batch.event).and_then(|()| reader.end()).map_err(not_json)?;
                batch.runs = wrapped(&batch.event);
                batch.is_element = batch.runs.is_empty();
                batch.event.levels = reader.take_levels() + 1;
            }
            Some(_) => {
                let start = reader.position();
                reader.value().and_then(|_| reader.end()).map_err(not_json)?;
                return Err(UnreadableReason::NotABatch.at(start + bom));
            }
        }
        Ok(batch)
    }

    /// The next element, until there is none.
    ///
    /// # Errors
    /// Text that is not JSON, at the place where it stops being so: nothing that came before it may be used.
    pub fn next_element(&mut self) -> Result<Option<Element<'_, 'a>>, Unreadable> {
        if core::mem::take(&mut self.is_element) {
            return Ok(Some(self.read_element(false)));
        }
        let bom = self.bom;
        self.next_of_runs().map_err(|fault| UnreadableReason::InvalidJson.at(fault.at + bom))
    }

    /// The offset of what is to be read next.
    #[must_use]
    pub fn position(&self) -> usize {
        self.runs.last().map_or(0, |run| run.reader.position()) + self.bom
    }

    fn next_of_runs(&mut self) -> Result<Option<Element<'_, 'a>>, Fault> {
        while let Some(run) = self.runs.last_mut() {
            if !run.reader.element(core::mem::take(&mut run.is_first))? {
                run.reader.end()?;
                self.runs.pop();
                continue;
            }
            if run.reader.peek() != Some(b'{') {
                run.reader.value()?;
                return Ok(Some(Element::NotAnObject));
            }
            read_members(&mut run.reader, &mut self.event)?;
            self.event.levels = run.reader.take_levels() + 1;
            let of_users = run.of_users;
            return Ok(Some(self.read_element(of_users)));
        }
        Ok(None)
    }

    fn read_element(&mut self, of_users: bool) -> Element<'_, 'a> {
        if self.event.levels > NESTING_LEVELS_MAX {
            return Element::NestedTooDeep;
        }
        match self.source {
            Source::Amplitude => amplitude::read(&mut self.event, of_users),
        }
        Element::Event(&self.event)
    }
}

fn read_members<'a>(reader: &mut Reader<'a>, event: &mut Event<'a>) -> Result<(), Fault> {
    event.root.clear();
    reader.take_levels();
    reader.enter(b'{')?;
    let mut is_first = true;
    while let Some(key) = reader.member(is_first)? {
        event.root.push(key, reader.value()?);
        is_first = false;
    }
    Ok(())
}

/// The arrays of a wrapper, the first one last; none if the object is no wrapper.
fn wrapped<'a>(object: &Event<'a>) -> Vec<Run<'a>> {
    if object.root.get(object.documented.name).is_some_and(|name| !name.is_null()) {
        return Vec::new();
    }
    let mut runs: Vec<_> = object
        .root
        .iter()
        .filter_map(|(key, value)| {
            let of_users = key.is("users");
            let Value::Array(text) = value else { return None };
            (of_users || key.is("events")).then(|| Run { reader: Reader::inside(text), is_first: true, of_users })
        })
        .collect();
    runs.reverse();
    runs
}

impl UnreadableReason {
    pub(crate) fn at(self, offset: usize) -> Unreadable {
        Unreadable { reason: self, offset }
    }
}
