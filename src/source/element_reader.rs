//! Reads the members of an element and of the objects within it in one pass.
//!
//! In: a reader at an object, and an event whose schema says which members hold something. Out: the
//! event's members; where the object may be a wrapper, the lists of elements in it.

use super::list_cursor::ListCursor;
use super::{Event, Holds, SourceSchema};
use crate::json::{Members, ReadContainer, Reader, Slot, SyntaxError, Value};
use alloc::vec::Vec;

/// Reads the members of an element and of the objects within it into `event`, and the lists of an
/// object that may be a wrapper into `lists`.
pub(super) fn read_members<'a>(
    reader: &mut Reader<'a>,
    event: &mut Event<'a>,
    mut lists: Option<&mut Vec<ListCursor<'a>>>,
) -> Result<(), SyntaxError> {
    let schema = event.schema;
    let mut inner = Inner {
        properties: &mut event.properties,
        user_properties: &mut event.user_properties,
        objects: &mut event.objects,
        schema,
    };
    inner.clear();
    event
        .root
        .read(reader, count(schema.holds), &mut |reader, slot| {
            let holds = schema.holds[slot.number() - 1];
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
        })
}

/// The objects within an element.
struct Inner<'e, 'a> {
    properties: &'e mut Members<'a>,
    user_properties: &'e mut Members<'a>,
    objects: &'e mut [Members<'a>],
    schema: &'static SourceSchema,
}

impl<'a> Inner<'_, 'a> {
    fn clear(&mut self) {
        self.properties.clear();
        self.user_properties.clear();
        self.objects.iter_mut().for_each(Members::clear);
    }

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
        self.clear_below(holds);
        if reader.peek() != Some(b'{') {
            return reader.value();
        }
        let plain: &mut ReadContainer<'_, 'a> = &mut |reader, _| reader.value();
        match holds {
            Holds::Properties => read_object(reader, self.properties, 0, plain),
            Holds::UserProperties => read_object(reader, self.user_properties, 0, plain),
            Holds::Object(number) => {
                let at = usize::from(number);
                let below = self.schema.objects[at].holds;
                let mut members = core::mem::take(&mut self.objects[at]);
                let value = read_object(reader, &mut members, count(below), &mut |reader, slot| {
                    self.read(reader, below[slot.number() - 1])
                });
                self.objects[at] = members;
                value
            }
            _ => reader.value(),
        }
    }
}

/// Reads an object member by member, and counts its levels.
fn read_object<'a>(
    reader: &mut Reader<'a>,
    members: &mut Members<'a>,
    holding: u16,
    read_held: &mut ReadContainer<'_, 'a>,
) -> Result<Value<'a>, SyntaxError> {
    let outer = reader.take_levels();
    let start = reader.position();
    members.read(reader, holding, read_held)?;
    let inner = reader.take_levels();
    reader.set_levels(outer, inner);
    Ok(Value::Object(reader.text_since(start)))
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
        let plain: &mut ReadContainer<'_, 'a> = &mut |reader, _| reader.value();
        let is_read = self.user_properties.read(reader, 0, plain);
        debug_assert!(is_read.is_ok());
    }

    /// Adds the members of a wrapper that are part of each of its elements, where the element has
    /// none of its own. Of one object the members are added one by one.
    pub(super) fn inherit(&mut self, shared: &Event<'a>) {
        let schema = self.schema;
        let merged = schema.merges.iter().filter_map(|slot| {
            match (self.root.at(*slot), schema.holds.get(slot.number() - 1)) {
                (Value::Object(_), Some(Holds::Object(number))) => Some(usize::from(*number)),
                _ => None,
            }
        });
        // before the element gets members that are not its own
        let merged: Option<usize> = merged.last();
        for (before, holds) in (0_u16..).zip(schema.holds) {
            if self.root.at(Slot::nth(before)).is_null() {
                self.copy_below(shared, *holds);
            }
        }
        self.root.inherit(&shared.root);
        if let Some(number) = merged {
            for (before, holds) in (0_u16..).zip(schema.objects[number].holds) {
                if self.objects[number].at(Slot::nth(before)).is_null() {
                    self.copy_below(shared, *holds);
                }
            }
            self.objects[number].inherit(&shared.objects[number]);
        }
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
