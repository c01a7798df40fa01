//! Splits a body into elements.
//!
//! In: a body. Out: one [`Element`] after the other. A body is one object, an array, or a wrapper:
//! an object without an event's name whose `events` or `users` are arrays (Amplitude, Create an
//! event streaming integration, sample body). Anything else is [`Unreadable`], also when it shows
//! behind elements that were returned.

use super::amplitude;
use super::{Element, Source, Unreadable, UnreadableReason};
use crate::json::{ExpectedShape, Reader, SyntaxError, Value, utf8_text};
use crate::limits::NESTING_LEVELS_MAX;
use crate::source::{Event, FieldIndex};
use alloc::vec::Vec;
use core::ops::Range;
use core::str::Utf8Error;

/// A reader of a body's elements, which can be used for many bodies.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The arrays of elements that are still to be read, the next one last.
    arrays: Vec<ArrayCursor<'a>>,
    /// Where the body's object lies when it is itself the only element. It is in `event` already.
    element: Option<Range<usize>>,
    /// Bytes of the byte order mark before the text.
    bom: usize,
    source: Source,
    /// The last element that was read; its allocations serve the next one.
    event: Event<'a>,
}

/// The order of keys in the events of earlier batches, by which keys of the next one are predicted.
/// It changes how fast a batch is read, never what is read.
#[derive(Clone, Debug, Default)]
pub struct ShapeCache([ExpectedShape; 3]);

#[derive(Debug)]
struct ArrayCursor<'a> {
    reader: Reader<'a>,
    /// The offset of the reader's text in the body.
    start: usize,
    is_first: bool,
    is_in_users: bool,
}

impl<'a> Batch<'a> {
    /// A reader without a body, whose events store the values of `fields` by slot.
    pub(crate) fn empty(source: Source, fields: &FieldIndex) -> Self {
        Batch {
            arrays: Vec::new(),
            element: None,
            bom: 0,
            source,
            event: Event::empty(fields),
        }
    }

    /// Exchanges the expected shapes with those of `shapes`: once before a batch, once after it.
    pub(crate) fn swap_shapes(&mut self, shapes: &mut ShapeCache) {
        let lists = [
            &mut self.event.root,
            &mut self.event.properties,
            &mut self.event.user_properties,
        ];
        for (members, shape) in lists.into_iter().zip(&mut shapes.0) {
            core::mem::swap(members.shape_mut(), shape);
        }
    }

    /// Starts a body.
    ///
    /// # Errors
    /// The empty body, `"text"`, `17`, `{"event_type"`.
    pub(crate) fn start(&mut self, body: &'a str) -> Result<(), Unreadable> {
        let text = body.strip_prefix('\u{feff}').unwrap_or(body);
        let bom = body.len() - text.len();
        (self.bom, self.element) = (bom, None);
        self.arrays.clear();
        let mut reader = Reader::new(text);
        let not_json = |fault: SyntaxError| UnreadableReason::InvalidJson.at(fault.at + bom);
        match reader.peek() {
            None => return Err(UnreadableReason::EmptyBody.at(body.len())),
            Some(b'[') => {
                reader.enter(b'[').map_err(not_json)?;
                self.arrays.push(ArrayCursor {
                    reader,
                    start: bom,
                    is_first: true,
                    is_in_users: false,
                });
            }
            Some(b'{') => {
                let start = reader.position();
                read_members(&mut reader, &mut self.event, Some(&mut self.arrays))
                    .map_err(not_json)?;
                let end = reader.position();
                reader.end().map_err(not_json)?;
                self.keep_arrays_of_wrapper();
                self.element = self.arrays.is_empty().then_some(start + bom..end + bom);
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

    /// Reads a text that is one element; `is_in_users` where its place in the body made it a user.
    ///
    /// # Errors
    /// The empty text, `{"event_type"`, `{},{}`.
    pub(crate) fn read_one(
        &mut self,
        element: &'a str,
        is_in_users: bool,
    ) -> Result<Element<'_, 'a>, Unreadable> {
        let not_json = |fault: SyntaxError| UnreadableReason::InvalidJson.at(fault.at);
        let mut reader = Reader::new(element);
        if reader.peek() != Some(b'{') {
            reader.value().map_err(not_json)?;
            reader.end().map_err(not_json)?;
            return Ok(Element::NotAnObject);
        }
        read_members(&mut reader, &mut self.event, None).map_err(not_json)?;
        reader.end().map_err(not_json)?;
        self.event.levels = reader.take_levels() + 1;
        Ok(self.read_element(is_in_users))
    }

    /// The next element and where it lies, in bytes from the beginning of the body; `None` behind
    /// the last one.
    ///
    /// # Errors
    /// Text that stops being JSON (`[{},`): the caller must discard the elements before it.
    pub fn next_element(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, Unreadable> {
        if let Some(at) = self.element.take() {
            return Ok(Some((self.read_element(false), at)));
        }
        let bom = self.bom;
        self.next_in_arrays()
            .map_err(|fault| UnreadableReason::InvalidJson.at(fault.at + bom))
    }

    fn next_in_arrays(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, SyntaxError> {
        while let Some(run) = self.arrays.last_mut() {
            if !run.reader.element(core::mem::take(&mut run.is_first))? {
                run.reader.end()?;
                self.arrays.pop();
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
            let is_in_users = run.is_in_users;
            return Ok(Some((self.read_element(is_in_users), at)));
        }
        Ok(None)
    }

    /// Keeps the arrays of the object that was read if it is a wrapper: an object without an event's
    /// name.
    fn keep_arrays_of_wrapper(&mut self) {
        if !self.event.root.at(self.event.schema.name).is_null() {
            self.arrays.clear();
        }
        self.arrays.iter_mut().for_each(|run| run.start += self.bom);
        self.arrays.reverse();
    }

    fn read_element(&mut self, is_in_users: bool) -> Element<'_, 'a> {
        if self.event.levels > NESTING_LEVELS_MAX {
            return Element::NestedTooDeep;
        }
        self.event.is_in_users = is_in_users;
        match self.source {
            Source::Amplitude => amplitude::read(&mut self.event),
        }
        Element::Event(&self.event)
    }
}

/// Checks that a body is UTF-8.
pub(crate) fn utf8_body(body: &[u8]) -> Result<&str, Unreadable> {
    utf8_text(body).map_err(not_utf8)
}

pub(crate) fn not_utf8(error: Utf8Error) -> Unreadable {
    UnreadableReason::InvalidUtf8.at(error.valid_up_to())
}

/// Reads the members of an element and of its two property containers into `event`, and the arrays
/// of an object that may be a wrapper into `arrays`.
fn read_members<'a>(
    reader: &mut Reader<'a>,
    event: &mut Event<'a>,
    mut arrays: Option<&mut Vec<ArrayCursor<'a>>>,
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
    root.read(reader, schema.container_count, |reader, slot| {
        let container = match slot {
            slot if slot == schema.properties => &mut *properties,
            slot if slot == schema.user_properties => &mut *user_properties,
            slot => {
                let value = reader.value()?;
                if let (Some(arrays), Value::Array(text)) = (&mut arrays, value) {
                    let start = reader.position() - text.len();
                    arrays.push(ArrayCursor {
                        reader: Reader::inside(text),
                        start,
                        is_first: true,
                        is_in_users: slot == schema.users,
                    });
                }
                return Ok(value);
            }
        };
        // of a duplicate key the last value counts, whatever it is
        container.clear();
        if reader.peek() != Some(b'{') {
            return reader.value();
        }
        let outer = reader.take_levels();
        let start = reader.position();
        container.read(reader, 0, |reader, _| reader.value())?;
        let inner = reader.take_levels();
        reader.set_levels(outer, inner);
        Ok(Value::Object(reader.text_since(start)))
    })
}
