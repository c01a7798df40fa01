//! Splits a body into elements.
//!
//! In: a body. Out: one [`Element`] after the other. A body is one object, an array, or a wrapper:
//! an object without the mark of an element whose members hold elements, as the sender's schema says.
//! Anything else is [`Unreadable`], also when it shows behind elements that were returned.

use super::detect::detect_value;
use super::element_reader::read_members;
use super::list_cursor::ListCursor;
use super::shape_cache::ShapeCache;
use super::{Element, Source, Unreadable, UnreadableReason};
use crate::json::{Reader, Slot, SyntaxError, Value};
use crate::limits::NESTING_LEVELS_MAX;
use crate::source::{Carrier, Event, FieldIndex};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

/// A reader of a body's elements, which can be used for many bodies.
#[derive(Debug)]
pub struct Batch<'a> {
    body: &'a str,
    /// The lists of elements that are still to be read, the next one last.
    lists: Vec<ListCursor<'a>>,
    /// Where the body's object lies when it is itself the only element. It is in `event` already.
    element: Option<Range<usize>>,
    /// The sender; `None` where each element shows its own.
    source: Option<Source>,
    /// The sender of elements that no other sender's shape fits.
    fallback: Option<Source>,
    /// The keys of each sender, in the order of [`Source::ALL`].
    fields: Arc<[FieldIndex]>,
    /// The last element that was read; its allocations serve the next one.
    event: Event<'a>,
    /// The events of other senders, whose allocations serve their next ones.
    parked: Vec<Event<'a>>,
    /// The members of the wrapper that are part of each of its elements.
    shared: Option<Arc<Event<'a>>>,
    /// The address and the user agent of the connection, where they are the device's.
    connection: [Option<&'a str>; 2],
    shapes: ShapeCache,
}

impl<'a> Batch<'a> {
    /// A reader without a body: of elements of the first sender of two, or of any sender's, those
    /// of an unknown shape being the second one's. The values of `fields`, which are in the order of
    /// [`Source::ALL`], are stored by slot.
    pub(crate) fn empty(
        [source, fallback]: [Option<Source>; 2],
        connection: [Option<&'a str>; 2],
        fields: &Arc<[FieldIndex]>,
        shapes: &mut ShapeCache,
    ) -> Self {
        let shapes = core::mem::take(shapes);
        let mut batch = Batch {
            body: "",
            lists: Vec::new(),
            element: None,
            source,
            fallback,
            fields: Arc::clone(fields),
            event: Event::empty(&fields[source.unwrap_or(shapes.latest) as usize]),
            parked: Vec::new(),
            shared: None,
            connection,
            shapes,
        };
        batch.shapes.swap(&mut batch.event);
        batch
    }

    /// Ends reading; returns the shapes.
    pub(crate) fn into_shapes(mut self) -> ShapeCache {
        self.shapes.swap(&mut self.event);
        self.shapes.latest = self.event.schema.source;
        while let Some(event) = self.parked.pop() {
            self.event = event;
            self.shapes.swap(&mut self.event);
        }
        self.shapes
    }

    /// Makes the current event one of this sender.
    fn switch_to(&mut self, source: Source) {
        if self.event.schema.source == source {
            return;
        }
        let is_of_source = |event: &Event<'_>| event.schema.source == source;
        if let Some(at) = self.parked.iter().position(is_of_source) {
            core::mem::swap(&mut self.event, &mut self.parked[at]);
            return;
        }
        let event = Event::empty(&self.fields[source as usize]);
        self.parked.push(core::mem::replace(&mut self.event, event));
        self.shapes.swap(&mut self.event);
    }

    /// Starts a body.
    ///
    /// # Errors
    /// The empty body, `"text"`, `17`, `{"event_type"`, and `{"a":1}` where the sender is unknown.
    pub(crate) fn start(&mut self, body: &'a str) -> Result<(), Unreadable> {
        let text = body.strip_prefix('\u{feff}').unwrap_or(body);
        let bom = body.len() - text.len();
        (self.body, self.element) = (body, None);
        self.lists.clear();
        let mut reader = Reader::new(text);
        let not_json = |fault: SyntaxError| UnreadableReason::InvalidJson.at(fault.at + bom);
        match reader.peek() {
            None => return Err(UnreadableReason::EmptyBody.at(body.len())),
            Some(b'[') => {
                reader.enter(b'[').map_err(not_json)?;
                self.lists.push(ListCursor {
                    reader,
                    is_list: true,
                    source: self.source,
                    is_outermost: true,
                    ..ListCursor::new(text, false)
                });
            }
            Some(b'{') => {
                let start = reader.position();
                if let Some(source) = self.source {
                    self.switch_to(source);
                }
                let is_known = self
                    .read_object(&mut reader, self.source)
                    .map_err(not_json)?;
                reader.end().map_err(not_json)?;
                if !is_known {
                    return Err(UnreadableReason::UnrecognizedFormat.at(start + bom));
                }
                let end = reader.position();
                self.element = self.lists.is_empty().then_some(start + bom..end + bom);
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
        if let Some(source) = self.source {
            self.switch_to(source);
        }
        (self.body, self.element) = (element, None);
        self.lists.clear();
        let is_known = self
            .read_single(&mut reader, self.source)
            .map_err(not_json)?;
        reader.end().map_err(not_json)?;
        if !is_known {
            return Ok(Element::Unrecognized);
        }
        if self.open_carrier() {
            return Ok(Element::Unrecognized);
        }
        Ok(self.read_element(is_in_users, false))
    }

    /// The next element and where it lies, in bytes from the beginning of the body; `None` behind
    /// the last one.
    ///
    /// # Errors
    /// Text that stops being JSON (`[{},`): the caller must discard the elements before it.
    pub fn next_element(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, Unreadable> {
        if let Some(at) = self.element.take()
            && !self.open_carrier()
        {
            return Ok(Some((self.read_element(false, false), at)));
        }
        self.next_in_lists()
    }

    fn next_in_lists(&mut self) -> Result<Option<(Element<'_, 'a>, Range<usize>)>, Unreadable> {
        let body = self.body.as_ptr().addr();
        while let Some(list) = self.lists.last_mut() {
            let start = list.text.as_ptr().addr() - body;
            let not_json = |fault: SyntaxError| UnreadableReason::InvalidJson.at(fault.at + start);
            if !list.advance().map_err(not_json)? {
                list.reader.end().map_err(not_json)?;
                self.lists.pop();
                continue;
            }
            let is_object = list.reader.peek() == Some(b'{');
            let first = list.reader.position();
            if !is_object {
                list.reader.value().map_err(not_json)?;
                let at = start + first..start + list.reader.position();
                return Ok(Some((Element::NotAnObject, at)));
            }
            let (is_in_users, is_sharing) = (list.is_in_users, list.is_sharing);
            let (source, is_outermost) = (list.source, list.is_outermost);
            let mut reader = list.reader.clone();
            if let Some(source) = source {
                self.switch_to(source);
            }
            let lists = self.lists.len();
            let is_known = if is_outermost {
                self.read_object(&mut reader, source)
            } else {
                self.read_single(&mut reader, source)
            };
            let is_known = is_known.map_err(not_json)?;
            let at = start + first..start + reader.position();
            self.lists[lists - 1].reader = reader;
            if !is_known {
                return Ok(Some((Element::Unrecognized, at)));
            }
            if self.lists.len() > lists || self.open_carrier() {
                continue;
            }
            return Ok(Some((self.read_element(is_in_users, is_sharing), at)));
        }
        Ok(None)
    }

    /// Reads an object that is an element or, where it wraps elements, puts their lists on the stack;
    /// returns false where it has the shape of no sender.
    fn read_object(
        &mut self,
        reader: &mut Reader<'a>,
        source: Option<Source>,
    ) -> Result<bool, SyntaxError> {
        let before = reader.clone();
        let below = self.lists.len();
        self.read_with_lists(reader, below)?;
        if source.is_some() {
            return Ok(true);
        }
        if self.lists.len() == below && (self.event.schema.confirms)(&self.event) {
            return Ok(true);
        }
        let object = Value::Object(reader.text_since(before.position()));
        let Some(detected) = detect_value(object).or(self.fallback) else {
            self.lists.truncate(below);
            return Ok(false);
        };
        if detected != self.event.schema.source {
            self.lists.truncate(below);
            self.switch_to(detected);
            *reader = before;
            self.read_with_lists(reader, below)?;
        }
        Ok(true)
    }

    /// Reads an object by the current schema; its lists are put on the stack above `below` where it
    /// is a wrapper.
    fn read_with_lists(
        &mut self,
        reader: &mut Reader<'a>,
        below: usize,
    ) -> Result<(), SyntaxError> {
        read_members(reader, &mut self.event, Some(&mut self.lists))?;
        let schema = self.event.schema;
        if !self.event.root.at(schema.element_mark).is_null() {
            self.lists.truncate(below);
        }
        if self.lists.len() == below {
            return Ok(());
        }
        self.lists[below..].reverse();
        let is_sharing = schema.shares.is_some_and(|is_shared| self.share(is_shared));
        for list in &mut self.lists[below..] {
            (list.source, list.is_sharing) = (Some(schema.source), is_sharing);
        }
        Ok(())
    }

    /// Reads an object that is an element; returns false where it has the shape of no sender.
    fn read_single(
        &mut self,
        reader: &mut Reader<'a>,
        source: Option<Source>,
    ) -> Result<bool, SyntaxError> {
        let before = reader.clone();
        read_members(reader, &mut self.event, None)?;
        if source.is_some() || (self.event.schema.confirms)(&self.event) {
            return Ok(true);
        }
        let object = Value::Object(reader.text_since(before.position()));
        let Some(detected) = detect_value(object).or(self.fallback) else {
            return Ok(false);
        };
        if detected != self.event.schema.source {
            self.switch_to(detected);
            *reader = before;
            read_members(reader, &mut self.event, None)?;
        }
        Ok(true)
    }

    /// Keeps the members of the wrapper that was read which are part of its elements; returns whether
    /// there are some.
    fn share(&mut self, is_shared: fn(&str) -> bool) -> bool {
        let source = self.event.schema.source;
        let event = Event::empty(&self.fields[source as usize]);
        let mut shared = core::mem::replace(&mut self.event, event);
        for (own, shared) in self.event.each_object().zip(shared.each_object()) {
            core::mem::swap(own.shape_mut(), shared.shape_mut());
        }
        let members: Vec<_> = shared.root.iter().collect();
        shared.root.clear();
        for (key, value) in members {
            let is_sdk_key = shared.schema.is_sdk_key(key);
            if !value.is_null() && !is_sdk_key && is_shared(&key.decode()) {
                shared.root.push(key, value);
            }
        }
        let is_sharing = shared.root.iter().next().is_some();
        self.shared = Some(Arc::new(shared));
        is_sharing
    }

    /// Reads what the current event carries, where it is an envelope of another sender's event;
    /// returns whether that is a list or a wrapper, whose lists are then on the stack.
    fn open_carrier(&mut self) -> bool {
        if self.event.carrier.is_some() {
            self.event.carrier = None;
        }
        let carries = self.event.schema.carries;
        carries.is_some_and(|carries| self.open_carried(carries))
    }

    /// Reads what the current event carries in the first of three members; the others are the
    /// envelope's id and source.
    #[cold]
    fn open_carried(&mut self, carries: [Slot; 3]) -> bool {
        let schema = self.event.schema;
        let [data, id, source] = carries.map(|slot| *self.event.root.at(slot));
        let (Value::Object(text) | Value::Array(text)) = data else {
            return false;
        };
        let Some(inner) = detect_value(data).filter(|inner| *inner != schema.source) else {
            return false;
        };
        let below = self.lists.len();
        if let Value::Array(_) = data {
            self.lists.push(ListCursor {
                source: Some(inner),
                ..ListCursor::new(text, false)
            });
            return true;
        }
        self.switch_to(inner);
        let is_read = self.read_with_lists(&mut Reader::new(text), below);
        debug_assert!(is_read.is_ok());
        self.event.carrier = Some(Carrier { id, source, schema });
        self.lists.len() > below
    }

    fn read_element(&mut self, is_in_users: bool, is_sharing: bool) -> Element<'_, 'a> {
        if self.event.syntax.levels > NESTING_LEVELS_MAX {
            return Element::NestedTooDeep;
        }
        self.event.remove_sdk_keys();
        let [ip, user_agent] = self.connection;
        if self.event.inherited.is_some() {
            self.event.inherited = None;
        }
        if is_sharing && let Some(shared) = &self.shared {
            self.event.inherit(shared);
            self.event.inherited = Some(Arc::clone(shared));
        }
        self.event.fill_from_connection(ip, user_agent);
        self.event.is_in_users = is_in_users;
        (self.event.schema.read)(&mut self.event);
        Element::Event(&self.event)
    }
}
