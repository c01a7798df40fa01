//! Selects the properties that go into an event's `event_data` and an identity's `data`.
//!
//! In: an event's containers and the settings' selections. Out: names with values, no name twice. A
//! value that cannot be sent is left out and noted.

use super::data_list::DataList;
use super::guard::Guard;
use super::property_name::PropertyName;
use super::{EVENT_DATA, FieldReader, IDENTITY, PRESET, Scratch, read};
use crate::json::steps::count;
use crate::json::{Key, Members, Reader, Value, append_short};
use crate::kochava::{DataEntry, Nested, Resolved, Rule, Violation, fault_of_identity};
use crate::mapping::{LookupResult, Trace};
use crate::settings::{SelectedProperty, Selection};
use crate::source::{Attribute, Container, Event, Path, PathTarget, StandardName};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The selected properties of an event, and of its user.
pub(super) fn event_data<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    guard: &Guard<'_, 'a>,
    has_sum: bool,
    scratch: &mut Scratch<'a>,
    notes: &mut Vec<Violation>,
) -> Vec<DataEntry<'a>> {
    let (event, settings) = (reader.event, reader.settings);
    let mut list = DataList::event_data(guard, has_sum, settings.wire.values, scratch, notes);
    let containers = [
        (Container::Properties, &settings.events.properties),
        (Container::UserProperties, &settings.events.user_properties),
    ];
    for (container, selection) in containers {
        let path = event.schema.path_of(container);
        let star = Star::new(guard, event, container, selection);
        let has_preset = settings.events.has_preset && container == Container::Properties;
        let keys = KeyNames {
            renamed: &settings.events.rename_properties,
            preset: if has_preset {
                event.schema.standard_keys
            } else {
                &[]
            },
            event,
            guard,
        };
        let is_further = |_: &Container| container == Container::Properties;
        let further = event.schema.further_properties.filter(is_further);
        let further_path = further.map_or("", |further| event.schema.path_of(further));
        let further = further.map(|further| event.members(further));
        let members = event.members(container);
        select(
            members,
            further,
            selection,
            &star,
            &mut |name, value, is_further| {
                let path = if is_further { further_path } else { path };
                list.begin_property(path, name.text.clone());
                let (Value::Object(text) | Value::Array(text)) = value else {
                    let name = keys.of(name, value, reader.trace.as_deref_mut());
                    return list.add(name, value, reader.trace.as_deref_mut());
                };
                let own = name.clone();
                let name = keys.of(name, value, reader.trace.as_deref_mut());
                match settings.wire.nested {
                    Nested::Flatten => {
                        let mut key = list.copy(&name);
                        flatten(
                            &mut Reader::new(text),
                            &mut key,
                            &star,
                            &keys,
                            &mut list,
                            reader.trace.as_deref_mut(),
                        );
                        list.give_back(key);
                    }
                    Nested::Json if !star.excludes_nested(&own, value) => {
                        list.add(name, value, reader.trace.as_deref_mut());
                    }
                    Nested::Json | Nested::Drop => list.note(Rule::ValueDropped, &name),
                }
            },
        );
    }
    list.take_entries()
}

/// The keys under which the properties of an event are sent, where they are not their own.
struct KeyNames<'k, 'a> {
    renamed: &'a [(String, String)],
    preset: &'static [StandardName],
    event: &'k Event<'a>,
    guard: &'k Guard<'k, 'a>,
}

impl<'a> KeyNames<'_, 'a> {
    /// The key of a property. What must not leave keeps its own, by which it is known.
    fn of(
        &self,
        name: PropertyName<'a>,
        value: &Value<'a>,
        trace: Option<&mut Trace<'a>>,
    ) -> PropertyName<'a> {
        let renamed = self.renamed.iter().find(|(from, _)| *from == *name);
        let renamed = renamed.map(|(_, to)| to.as_str());
        let standard = || {
            let mut rows = self.preset.iter();
            rows.find(|row| row.is_for(&name, self.event))
                .map(|row| row.to)
        };
        let Some(to) = renamed.or_else(standard) else {
            return name;
        };
        if self.guard.withholds(&name, value) {
            return name;
        }
        if renamed.is_none()
            && let Some(trace) = trace
        {
            let field = EVENT_DATA.name(Cow::Borrowed(to));
            trace.record(field, PRESET, LookupResult::Used, None);
        }
        PropertyName::of(Cow::Borrowed(to))
    }
}

/// The user id under its configured name, and the selected user properties.
pub(super) fn identity<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    guard: &Guard<'_, 'a>,
    scratch: &mut Scratch<'a>,
    notes: &mut Vec<Violation>,
) -> Vec<DataEntry<'a>> {
    let (event, users) = (reader.event, &reader.settings.users);
    let mut list = DataList::identity(guard, scratch, notes);
    if let Some(name) = &users.user_id_as {
        let user_id = reader.attribute(IDENTITY.of(name), Attribute::UserId, read::user_id);
        match user_id {
            Resolved::Value(value, path) => {
                list.begin_property("", Cow::Borrowed(path));
                list.add(PropertyName::of(Cow::Borrowed(name)), &value, None);
            }
            Resolved::Unusable(rule, path) => {
                list.begin_property("", Cow::Borrowed(path));
                list.note(rule, name);
            }
            Resolved::Missing(Some(path))
                if event.has_short_user_id && path == event.schema.paths(Attribute::UserId) =>
            {
                list.begin_property("", Cow::Borrowed(path));
                list.note(Rule::IdentifierShape, name);
            }
            Resolved::Missing(_) => {}
        }
    }
    let star = Star::new(guard, event, Container::UserProperties, &users.properties);
    select(
        &event.user_properties,
        None,
        &users.properties,
        &star,
        &mut |name, value, _| {
            list.begin_property(event.schema.user_properties, name.text.clone());
            match value {
                Value::Object(_) | Value::Array(_) => list.note(Rule::ValueDropped, &name),
                Value::String(text) if text.is("") => {}
                _ => match text_of(value).and_then(|text| fault_of_identity(&name, &text)) {
                    Some(rule) => list.note(rule, &name),
                    // blanks around an identity make it another one
                    None => list.add(name, &value.trimmed(), reader.trace.as_deref_mut()),
                },
            }
        },
    );
    list.take_entries()
}

/// The text of a scalar.
fn text_of<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match *value {
        Value::String(text) => Some(text.decode()),
        Value::Number(number) => Some(read::number_as_sent(number)),
        Value::Bool(text) => Some(Cow::Borrowed(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a selection leaves to be named: `*` selects neither the sender's own properties, whose names
/// begin with `$`, nor identifiers, nor, where the properties are the element itself, its other
/// parts.
struct Star<'s, 'd, 'a> {
    guard: &'s Guard<'d, 'a>,
    container: Container,
    /// The members of the element that hold something else than properties.
    parts: &'static [Key<'static>],
    /// The properties that are selected by name beside `*`; `None` where there is no `*`.
    named: Option<&'a [SelectedProperty]>,
}

impl<'s, 'd, 'a> Star<'s, 'd, 'a> {
    fn new(
        guard: &'s Guard<'d, 'a>,
        event: &Event<'_>,
        container: Container,
        selection: &'a Selection,
    ) -> Self {
        let schema = event.schema;
        let is_element = container == Container::Properties && schema.properties.is_empty();
        let parts = if is_element { schema.holds.len() } else { 0 };
        Star {
            guard,
            container,
            parts: &schema.keys[..parts],
            named: selection.has_star.then_some(&selection.named),
        }
    }

    /// Whether a property, or a value within one, was selected by `*` alone and is left out.
    fn excludes(&self, name: &PropertyName<'_>) -> bool {
        let is_part = || self.parts.iter().any(|part| *part.as_str() == **name);
        self.is_unnamed(name)
            && (name.starts_with('$')
                || self.guard.is_identifier(self.container, name)
                || is_part())
    }

    /// Whether a nested value was selected by `*` alone and contains an identifier.
    #[inline]
    fn excludes_nested(&self, name: &str, value: &Value<'_>) -> bool {
        self.is_unnamed(name) && Guard::contains_identifier(value)
    }

    fn is_unnamed(&self, name: &str) -> bool {
        self.named
            .is_some_and(|named| named.iter().all(|property| property.path.as_str() != name))
    }
}

/// Calls `each` with every selected member that has a value: in the order of the selection, or in the
/// sender's order when all are selected. What is selected by a name that the first members lack is
/// sought among the further ones; `each` is told so.
fn select<'a>(
    members: &Members<'a>,
    further: Option<&Members<'a>>,
    selection: &'a Selection,
    star: &Star<'_, '_, 'a>,
    each: &mut dyn FnMut(PropertyName<'a>, &Value<'a>, bool),
) {
    let search = |members: &Members<'a>, path: &Path| {
        path.find(&|key| members.find(key).map(PathTarget::Value))
    };
    if selection.has_star {
        for (key, value) in members.distinct() {
            if value.is_null() {
                continue;
            }
            let name = PropertyName::of(key.decode());
            if !star.excludes(&name) {
                each(name, &value, false);
            }
        }
    }
    for SelectedProperty { path, kind } in &selection.named {
        let name = || PropertyName {
            text: Cow::Borrowed(path.as_str()),
            kind: *kind,
        };
        let own = match path.slots() {
            Some(slots) => Some(*members.at(slots.whole)).filter(|value| !value.is_null()),
            None => search(members, path),
        };
        match own {
            // `*` has selected it
            Some(_) if selection.has_star => {}
            Some(value) => each(name(), &value, false),
            None => {
                if let Some(value) = further.and_then(|further| search(further, path)) {
                    each(name(), &value, true);
                }
            }
        }
    }
}

/// Adds the scalars below a checked value under dotted keys, in one pass. Recurses into containers,
/// whose depth [`crate::limits::NESTING_LEVELS_MAX`] bounds.
fn flatten<'a>(
    reader: &mut Reader<'a>,
    key: &mut String,
    star: &Star<'_, '_, 'a>,
    keys: &KeyNames<'_, 'a>,
    list: &mut DataList<'a, '_>,
    mut trace: Option<&mut Trace<'a>>,
) {
    let Some(bracket @ (b'{' | b'[')) = reader.peek() else {
        let value = reader.value().unwrap_or(Value::Null);
        if value.is_null() || list.is_full() {
            return;
        }
        let own = PropertyName::of(Cow::Borrowed(key.as_str()));
        if star.excludes(&own) {
            return;
        }
        let own = PropertyName {
            text: Cow::Owned(list.copy(key)),
            kind: own.kind,
        };
        let name = keys.of(own, &value, trace.as_deref_mut());
        // another leaf of the object may get the same name, and replaces nothing
        let outer = (*name != **key).then(|| list.enter_object());
        list.add(name, &value, trace);
        if let Some(outer) = outer {
            list.leave_object(outer);
        }
        return;
    };
    let length = key.len();
    let outer = list.enter_object();
    let mut index = 0_usize;
    let mut is_first = reader.enter(bracket).is_ok();
    loop {
        key.push('.');
        let has_member = if bracket == b'{' {
            let name = reader.member(is_first).ok().flatten();
            name.map(|name| append_short(key, &name.decode())).is_some()
        } else {
            push_number(key, index);
            matches!(reader.element(is_first), Ok(true))
        };
        if !has_member {
            break;
        }
        count(1 + key.len() / 16);
        flatten(reader, key, star, keys, list, trace.as_deref_mut());
        key.truncate(length);
        is_first = false;
        index += 1;
    }
    key.truncate(length);
    list.leave_object(outer);
}

/// Appends a number in decimal digits.
fn push_number(out: &mut String, number: usize) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(char::from(b"0123456789"[number % 10]));
}
