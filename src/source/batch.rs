//! Which elements does a body hold?
//!
//! Enters: bytes as received. Leaves: one [`Element`] after the other. A body is one object, an
//! array, or an object whose `events` or `users` hold arrays (Amplitude, Create an event streaming
//! integration, sample body).

use super::amplitude;
use super::{Element, Source, Unreadable, UnreadableReason};
use crate::json::{ExpectedShape, Reader, SyntaxError, Value, text_of};
use crate::limits::NESTING_LEVELS_MAX;
use crate::source::{Event, FieldIndex};
use alloc::vec::Vec;
use core::ops::Range;
use core::str::Utf8Error;

/// A body, read element by element.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The arrays of elements that are still to be read, the next one last.
    runs: Vec<ElementRun<'a>>,
    /// The place of a body that is itself the only element, and is read already.
    element: Option<Range<usize>>,
    bom: usize,
    source: Source,
    /// The last element read; its room serves all of them.
    event: Event<'a>,
}

/// Which keys events are expected to have: learnt from one batch, good for the next.
#[derive(Clone, Debug, Default)]
pub struct ShapeCache([ExpectedShape; 3]);

#[derive(Debug)]
struct ElementRun<'a> {
    reader: Reader<'a>,
    /// Where the reader's text begins in the body.
    start: usize,
    is_first: bool,
    of_users: bool,
}

impl<'a> Batch<'a> {
    /// A batch without elements, ready to turn to a body; of its events `fields` will be asked.
    pub(crate) fn empty(source: Source, fields: &FieldIndex) -> Self {
        Batch {
            runs: Vec::new(),
            element: None,
            bom: 0,
            source,
            event: Event::blank(fields),
        }
    }

    /// Takes or gives what is expected of the keys.
    pub(crate) fn swap_shapes(&mut self, shapes: &mut ShapeCache) {
        let lists = [
            &mut self.event.root,
            &mut self.event.properties,
            &mut self.event.user_properties,
        ];
        for (members, expectation) in lists.into_iter().zip(&mut shapes.0) {
            core::mem::swap(members.expectation(), expectation);
        }
    }

    /// Turns to another body. What was learnt of the keys of one is expected in the next.
    ///
    /// # Errors
    /// The empty body, `"text"`, `17`, `{"event_type"`.
    pub(crate) fn start(&mut self, body: &'a str) -> Result<(), Unreadable> {
        let text = body.strip_prefix('\u{feff}').unwrap_or(body);
        let bom = body.len() - text.len();
        (self.bom, self.element) = (bom, None);
        self.runs.clear();
        let mut reader = Reader::new(text);
        let not_json = |fault: SyntaxError| UnreadableReason::InvalidJson.at(fault.at + bom);
        match reader.peek() {
            None => return Err(UnreadableReason::EmptyBody.at(body.len())),
            Some(b'[') => {
                reader.enter(b'[').map_err(not_json)?;
                self.runs.push(ElementRun {
                    reader,
                    start: bom,
                    is_first: true,
                    of_users: false,
                });
            }
            Some(b'{') => {
                let start = reader.position();
                read_members(&mut reader, &mut self.event, Some(&mut self.runs))
                    .map_err(not_json)?;
                let end = reader.position();
                reader.end().map_err(not_json)?;
                self.keep_runs_of_wrapper();
                self.element = self.runs.is_empty().then_some(start + bom..end + bom);
                self.event.levels = reader.take_levels() + 1;
            }
            Some(_) => {
                let start = reader.position();
                reader
                    .value()
                    .and_then(|_| reader.end())
                    .map_err(not_json)?;
                return Err(UnreadableReason::NotABatch.at(start + bom));
            }
        }
        Ok(())
    }

    /// The next element and where it lies, in bytes from the beginning of the body; until there is
    /// empty.
    ///
    /// # Errors
    /// Text that is not JSON, at the place where it stops being so: nothing that came before it may
    /// be used.
    pub fn next_element(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, Unreadable> {
        if let Some(at) = self.element.take() {
            return Ok(Some((self.read_element(false), at)));
        }
        let bom = self.bom;
        self.next_of_runs()
            .map_err(|fault| UnreadableReason::InvalidJson.at(fault.at + bom))
    }

    fn next_of_runs(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, SyntaxError> {
        while let Some(run) = self.runs.last_mut() {
            if !run.reader.element(core::mem::take(&mut run.is_first))? {
                run.reader.end()?;
                self.runs.pop();
                continue;
            }
            let is_object = run.reader.peek() == Some(b'{');
            let start = run.start + run.reader.position();
            if !is_object {
                run.reader.value()?;
                return Ok(Some((
                    Element::NotAnObject,
                    start..run.start + run.reader.position(),
                )));
            }
            read_members(&mut run.reader, &mut self.event, None)?;
            let at = start..run.start + run.reader.position();
            self.event.levels = run.reader.take_levels() + 1;
            let of_users = run.of_users;
            return Ok(Some((self.read_element(of_users), at)));
        }
        Ok(None)
    }

    /// Keeps the arrays that were met if the object that was read is a wrapper: one without the
    /// name of an event. The first one comes last.
    fn keep_runs_of_wrapper(&mut self) {
        if !self.event.root.at(self.event.schema.name).is_null() {
            self.runs.clear();
        }
        self.runs.iter_mut().for_each(|run| run.start += self.bom);
        self.runs.reverse();
    }

    fn read_element(&mut self, of_users: bool) -> Element<'_, 'a> {
        if self.event.levels > NESTING_LEVELS_MAX {
            return Element::NestedTooDeep;
        }
        self.event.of_users = of_users;
        match self.source {
            Source::Amplitude => amplitude::read(&mut self.event),
        }
        Element::Event(&self.event)
    }
}

/// The text of a body.
pub(crate) fn read_text(body: &[u8]) -> Result<&str, Unreadable> {
    text_of(body).map_err(not_utf8)
}

pub(crate) fn not_utf8(error: Utf8Error) -> Unreadable {
    UnreadableReason::InvalidUtf8.at(error.valid_up_to())
}

/// Takes in the members of an element, and of its two property containers on the way; of an object
/// that may be a wrapper also its arrays.
fn read_members<'a>(
    reader: &mut Reader<'a>,
    event: &mut Event<'a>,
    mut arrays: Option<&mut Vec<ElementRun<'a>>>,
) -> Result<(), SyntaxError> {
    let Event {
        root,
        properties,
        user_properties,
        schema,
        ..
    } = event;
    properties.clear();
    user_properties.clear();
    reader.take_levels();
    root.read(reader, schema.holders, |reader, slot| {
        let container = match slot {
            slot if slot == schema.properties => &mut *properties,
            slot if slot == schema.user_properties => &mut *user_properties,
            slot => {
                let value = reader.value()?;
                if let (Some(arrays), Value::Array(text)) = (&mut arrays, value) {
                    let start = reader.position() - text.len();
                    arrays.push(ElementRun {
                        reader: Reader::inside(text),
                        start,
                        is_first: true,
                        of_users: slot == schema.users,
                    });
                }
                return Ok(value);
            }
        };
        // of a duplicate the last one counts, whatever it is
        container.clear();
        if reader.peek() != Some(b'{') {
            return reader.value();
        }
        let outer = reader.take_levels();
        let start = reader.position();
        container.read(reader, 0, |reader, _| reader.value())?;
        let inner = reader.take_levels();
        reader.note_container(outer, inner);
        Ok(Value::Object(reader.since(start)))
    })
}

impl UnreadableReason {
    pub(crate) fn at(self, offset: usize) -> Unreadable {
        Unreadable {
            reason: self,
            offset,
        }
    }
}
