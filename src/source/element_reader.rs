//! Reads the members of an element and of the objects within it in one pass.
//!
//! In: a reader at an object, and an event whose schema says which members hold something. Out: the
//! event's members; where the object may be a wrapper, the lists of elements in it.

use super::list_cursor::ListCursor;
use super::{Event, Holds, SourceSchema};
use crate::json::{Members, Reader, Slot, SyntaxError, Value};
use alloc::vec::Vec;

/// Reads the members of an element and of the objects within it into `event`, and the lists of an
/// object that may be a wrapper into `lists`; notes its levels and whether its text is strict JSON.
pub(super) fn read_members<'a>(
    reader: &mut Reader<'a>,
    event: &mut Event<'a>,
    mut lists: Option<&mut Vec<ListCursor<'a>>>,
) -> Result<(), SyntaxError> {
    let schema = event.schema;
    reader.take_levels();
    reader.take_trailing_comma();
    let mut inner = Inner {
        properties: &mut event.properties,
        user_properties: &mut event.user_properties,
        objects: &mut event.objects,
        schema,
    };
    // one bit for each member that was read
    let mut seen = 0_u32;
    let is_read = event
        .root
        .read(reader, count(schema.holds), &mut |reader, slot| {
            let holds = schema.holds[slot.number() - 1];
            seen |= 1 << slot.number();
            let (may_be_list, may_be_one, is_in_users) = match holds {
                Holds::Properties | Holds::UserProperties | Holds::Object(_) => {
                    return inner.read(reader, holds);
                }
                Holds::Elements => (true, false, false),
                Holds::Users => (true, false, true),
                Holds::ElementOrList => (true, true, false),
                Holds::UserOrList => (true, true, true),
            };
            let value = reader.value()?;
            let text = match value {
                Value::Array(text) if may_be_list => text,
                Value::Object(text) if may_be_one => text,
                _ => return Ok(value),
            };
            if let Some(lists) = &mut lists {
                lists.push(ListCursor::new(text, is_in_users));
            }
            Ok(value)
        });
    for (number, holds) in (1_u32..).zip(schema.holds) {
        if seen & 1 << number == 0 {
            inner.clear_below(*holds);
        }
    }
    event.levels = reader.take_levels() + 1;
    event.is_strict = !reader.take_trailing_comma();
    is_read
}

/// The objects within an element.
struct Inner<'e, 'a> {
    properties: &'e mut Members<'a>,
    user_properties: &'e mut Members<'a>,
    objects: &'e mut [Members<'a>],
    schema: &'static SourceSchema,
}

impl<'a> Inner<'_, 'a> {
    /// Removes what `holds` names and what is below it.
    fn clear_below(&mut self, holds: Holds) {
        match holds {
            Holds::Properties => self.properties.clear(),
            Holds::UserProperties => self.user_properties.clear(),
            Holds::Object(number) => {
                self.objects[usize::from(number)].clear();
                let below = self.schema.objects[usize::from(number)].holds;
                for holds in below {
                    self.clear_below(*holds);
                }
            }
            _ => {}
        }
    }

    /// Reads the value of a member that holds an object of the element. Of a duplicate key the last
    /// value counts, whatever it is.
    fn read(&mut self, reader: &mut Reader<'a>, holds: Holds) -> Result<Value<'a>, SyntaxError> {
        if reader.peek() != Some(b'{') {
            self.clear_below(holds);
            return reader.value();
        }
        let outer = reader.take_levels();
        let start = reader.position();
        match holds {
            Holds::Properties => self.properties.read_plain(reader),
            Holds::UserProperties => self.user_properties.read_plain(reader),
            Holds::Object(number) => self.read_object(reader, usize::from(number)),
            _ => Ok(()),
        }?;
        let inner = reader.take_levels();
        reader.set_levels(outer, inner);
        Ok(Value::Object(reader.text_since(start)))
    }

    fn read_object(&mut self, reader: &mut Reader<'a>, at: usize) -> Result<(), SyntaxError> {
        let below = self.schema.objects[at].holds;
        for holds in below {
            self.clear_below(*holds);
        }
        let mut members = core::mem::take(&mut self.objects[at]);
        let is_read = if below.is_empty() {
            members.read_plain(reader)
        } else {
            members.read(reader, count(below), &mut |reader, slot| {
                self.read(reader, below[slot.number() - 1])
            })
        };
        self.objects[at] = members;
        is_read
    }
}

/// How many members hold something.
fn count(holds: &[Holds]) -> u16 {
    u16::try_from(holds.len()).unwrap_or(u16::MAX)
}

impl<'a> Event<'a> {
    /// The element and the objects within it.
    pub(super) fn each_object(&mut self) -> impl Iterator<Item = &mut Members<'a>> {
        [
            &mut self.root,
            &mut self.properties,
            &mut self.user_properties,
        ]
        .into_iter()
        .chain(&mut self.objects)
    }

    /// Replaces the user's properties by the members of an object that was checked.
    pub(super) fn read_user_properties(&mut self, reader: &mut Reader<'a>) {
        let is_read = self.user_properties.read_plain(reader);
        debug_assert!(is_read.is_ok());
    }

    /// Adds the members of a wrapper that are part of each of its elements, where the element has
    /// none of its own. Of one object the members are added one by one.
    pub(super) fn inherit(&mut self, shared: &Event<'a>) {
        let schema = self.schema;
        for (before, holds) in (0_u16..).zip(schema.holds) {
            if self.root.at(Slot::nth(before)).is_null() {
                self.copy_below(shared, *holds);
            }
        }
        for slot in schema.merges {
            let holds = schema.holds.get(slot.number() - 1);
            if let (Value::Object(_), Some(Holds::Object(number))) = (self.root.at(*slot), holds) {
                self.merge(shared, usize::from(*number));
            }
        }
        self.root.inherit(&shared.root);
    }

    /// Adds the members of a shared object to the element's own.
    fn merge(&mut self, shared: &Event<'a>, number: usize) {
        for (before, holds) in (0_u16..).zip(self.schema.objects[number].holds) {
            if self.objects[number].at(Slot::nth(before)).is_null() {
                self.copy_below(shared, *holds);
            }
        }
        self.objects[number].inherit(&shared.objects[number]);
    }

    fn copy_below(&mut self, shared: &Event<'a>, holds: Holds) {
        match holds {
            Holds::Properties => self.properties.copy(&shared.properties),
            Holds::UserProperties => self.user_properties.copy(&shared.user_properties),
            Holds::Object(number) => {
                let at = usize::from(number);
                self.objects[at].copy(&shared.objects[at]);
                for holds in self.schema.objects[at].holds {
                    self.copy_below(shared, *holds);
                }
            }
            _ => {}
        }
    }
}
