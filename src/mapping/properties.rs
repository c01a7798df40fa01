//! Which properties go along, and under which names?

use super::{EVENT_DATA, EntrySource, FieldReader, IDENTITY, Parent, Scratch, read};
use crate::json::steps::count;
use crate::json::{
    Decimal, Key, KeyHash, Members, NameIndex, Reader, Spelling, Text, Value, is_php_number,
};
use crate::kochava::{DataEntry, Nested, RESERVED_BITS, Resolved, Rule, Violation, is_reserved};
use crate::limits::REQUEST_BYTES_LIMIT;
use crate::mapping::{FieldPath, LookupResult, Recorder};
use crate::settings::Selection;
use crate::source::Attribute;
use crate::source::PathTarget;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The selected properties of an event, and of its user.
pub(super) fn event_data<'a, R: Recorder<'a>>(
    reader: &mut FieldReader<'_, 'a, '_, R>,
    has_sum: bool,
    scratch: &mut Scratch<'a>,
    notes: &mut Vec<Violation>,
) -> Vec<DataEntry<'a>> {
    let (event, settings) = (reader.event, reader.settings);
    let mut list = List {
        is_event_data: true,
        has_sum,
        spelling: settings.wire.values,
        ..List::new(EVENT_DATA, "data.event_data", scratch, notes)
    };
    let schema = event.schema;
    let containers = [
        (
            schema.key(schema.properties).as_str(),
            &event.properties,
            &settings.events.properties,
        ),
        (
            schema.key(schema.user_properties).as_str(),
            &event.user_properties,
            &settings.events.user_properties,
        ),
    ];
    for (container, members, selection) in containers {
        select(members, selection, |name, value| {
            list.begin(container, name.clone());
            match (value, settings.wire.nested) {
                (Value::Object(text) | Value::Array(text), Nested::Flatten) => {
                    flatten(
                        &mut Reader::new(text),
                        &mut name.into_owned(),
                        &mut list,
                        reader.recorder,
                    );
                }
                (Value::Object(_) | Value::Array(_), Nested::Drop) => {
                    list.tell(Rule::ValueDropped, &name)
                }
                _ => list.add(name, value, reader.recorder),
            }
        });
    }
    list.data
}

/// What identifies the user: the user id under its name, and the selected user properties.
pub(super) fn identity<'a, R: Recorder<'a>>(
    reader: &mut FieldReader<'_, 'a, '_, R>,
    scratch: &mut Scratch<'a>,
    notes: &mut Vec<Violation>,
) -> Vec<DataEntry<'a>> {
    let (event, users) = (reader.event, &reader.settings.users);
    let mut list = List {
        spelling: Spelling::Strings,
        ..List::new(IDENTITY, "data", scratch, notes)
    };
    if let Some(name) = &users.user_id_as {
        let user_id = reader.attribute(IDENTITY.of(name), Attribute::UserId, read::user_id);
        list.begin("", Cow::Borrowed(user_id.path().unwrap_or_default()));
        match user_id {
            Resolved::Value(value, _) => list.add(Cow::Borrowed(name), &value, &mut ()),
            Resolved::Unusable(rule, _) => list.tell(rule, name),
            Resolved::Missing(_) => {}
        }
    }
    select(&event.user_properties, &users.properties, |name, value| {
        list.begin(
            event.schema.key(event.schema.user_properties).as_str(),
            name.clone(),
        );
        match value {
            Value::Object(_) | Value::Array(_) => list.tell(Rule::ValueDropped, &name),
            Value::String(text) if text.is("") => {}
            _ => list.add(name, value, reader.recorder),
        }
    });
    list.data
}

/// Walks over the selected members that are there: in the order of the selection, or the sender's
/// for all of them.
fn select<'a>(
    members: &Members<'a>,
    selection: &'a Selection,
    mut each: impl FnMut(Cow<'a, str>, &Value<'a>),
) {
    match selection {
        Selection::All => {
            for (key, value) in members.distinct() {
                if !value.is_null() {
                    each(key.decode(), &value);
                }
            }
        }
        Selection::Named(paths) => {
            for path in paths {
                let looked_for;
                let value = if let Some(route) = path.route() {
                    members.at(route.whole)
                } else {
                    looked_for = path
                        .find(&|key| members.find(key).map(PathTarget::Value))
                        .unwrap_or(Value::Null);
                    &looked_for
                };
                if !value.is_null() {
                    each(Cow::Borrowed(path.as_str()), value);
                }
            }
        }
    }
}

/// Adds the scalars below a checked value by dotted keys, in one pass.
fn flatten<'a>(
    reader: &mut Reader<'a>,
    key: &mut String,
    list: &mut List<'a, '_>,
    recorder: &mut impl Recorder<'a>,
) {
    let Some(bracket @ (b'{' | b'[')) = reader.peek() else {
        match reader.value() {
            Ok(value) if !value.is_null() && !list.is_full() => {
                list.add(Cow::Owned(key.clone()), &value, recorder)
            }
            _ => {}
        }
        return;
    };
    let length = key.len();
    let outer = list.enter();
    let mut index = 0_usize;
    let mut is_first = reader.enter(bracket).is_ok();
    loop {
        let name = match bracket {
            b'{' => reader.member(is_first).ok().flatten().map(Text::decode),
            _ => {
                matches!(reader.element(is_first), Ok(true)).then(|| Cow::Owned(index.to_string()))
            }
        };
        let Some(name) = name else { break };
        key.push('.');
        key.push_str(&name);
        count(1 + key.len() / 16);
        flatten(reader, key, list, recorder);
        key.truncate(length);
        is_first = false;
        index += 1;
    }
    list.leave(outer);
}

/// Names and values on their way into one object, no name twice.
struct List<'a, 'n> {
    parent: Parent,
    /// The object's name in violations.
    field: &'static str,
    /// Whether Kochava keeps some names for itself.
    is_event_data: bool,
    /// The bits of the names that were added.
    seen: u64,
    /// Whether `sum` is taken by revenue.
    has_sum: bool,
    spelling: Spelling,
    data: Vec<DataEntry<'a>>,
    sources: &'n mut Vec<EntrySource>,
    /// Where each name stands, kept from the 33rd on: up to there looking is faster.
    places: NameIndex<'a>,
    /// The object that is being read, by a number of its own, and the last number given.
    object: usize,
    objects: usize,
    /// The property that is being added: what holds it, and its name.
    origin: (&'static str, Cow<'a, str>),
    /// Bytes of all names so far, those included that were replaced.
    name_bytes: usize,
    notes: &'n mut Vec<Violation>,
}

impl<'a, 'n> List<'a, 'n> {
    fn new(
        parent: Parent,
        field: &'static str,
        scratch: &'n mut Scratch<'a>,
        notes: &'n mut Vec<Violation>,
    ) -> Self {
        scratch.sources.clear();
        List {
            parent,
            field,
            is_event_data: false,
            seen: 0,
            has_sum: false,
            spelling: Spelling::Native,
            data: core::mem::take(&mut scratch.lists.data),
            sources: &mut scratch.sources,
            places: NameIndex::default(),
            object: 0,
            objects: 0,
            origin: ("", Cow::Borrowed("")),
            name_bytes: 0,
            notes,
        }
    }

    /// Turns to the next property.
    fn begin(&mut self, container: &'static str, name: Cow<'a, str>) {
        self.origin = (container, name);
        self.enter();
    }

    /// Turns to an object, and says which one it was before.
    fn enter(&mut self) -> usize {
        self.objects += 1;
        core::mem::replace(&mut self.object, self.objects)
    }

    fn leave(&mut self, outer: usize) {
        self.object = outer;
    }

    /// Adds a value under its name, or under one that is free.
    fn add<R: Recorder<'a>>(&mut self, name: Cow<'a, str>, value: &Value<'a>, recorder: &mut R) {
        if self.is_full() {
            return;
        }
        let hash = KeyHash::of_bytes(name.as_bytes());
        let (key, prefixes, replaced) = if self.is_surely_free(hash, &name) {
            (name, 0, None)
        } else {
            self.find_name(name, value)
        };
        self.name_bytes += key.len();
        if self.is_full() {
            // a refusal: nothing may be left out in silence
            self.notes.push(Violation::new(Rule::RequestTooLarge, ""));
            return;
        }
        self.tell_about(&key, prefixes, value);
        if R::LISTENS {
            let (container, property) = self.origin.clone();
            recorder.record(
                self.parent.name(key.clone()),
                FieldPath::new(container, property),
                LookupResult::Used,
                Some(*value),
            );
        }
        if let Some(at) = replaced {
            self.data[at].value = *value;
            return;
        }
        if self.data.len() == LOOKED_THROUGH {
            for (at, datum) in self.data.iter().enumerate() {
                self.places.of(datum.key.clone(), at);
            }
        }
        if self.data.len() >= LOOKED_THROUGH {
            self.places.of(key.clone(), self.data.len());
        }
        let hash = if prefixes == 0 {
            hash
        } else {
            KeyHash::of_bytes(key.as_bytes())
        };
        self.seen |= hash.bit();
        self.data.push(DataEntry { key, value: *value });
        self.sources.push(EntrySource {
            hash,
            object: self.object,
            prefixes,
        });
    }

    /// Are there more names than any request can hold? Flattening can make very many, each very
    /// long.
    fn is_full(&self) -> bool {
        self.name_bytes > NAME_BYTES_MAX
    }

    /// Is this name no other's, at a glance?
    fn is_surely_free(&self, hash: KeyHash, name: &str) -> bool {
        (self.seen | KEPT) & hash.bit() == 0
            && self.data.len() < LOOKED_THROUGH
            && name.as_bytes().first() != Some(&0)
    }

    /// The name under which a value goes, how often it had to be prefixed, and the datum of the
    /// same object that it replaces.
    fn find_name(
        &self,
        name: Cow<'a, str>,
        value: &Value<'_>,
    ) -> (Cow<'a, str>, usize, Option<usize>) {
        let mut key = name;
        let mut prefixes = 0;
        loop {
            let spelled = Key::of(&key);
            let place = self.place(spelled);
            let is_own = place.is_some_and(|at| {
                (self.sources[at].object, self.sources[at].prefixes) == (self.object, prefixes)
            });
            if !self.is_kept(spelled, value) && (place.is_none() || is_own) {
                return (key, prefixes, place);
            }
            key = Cow::Owned(format!("{PREFIX}{key}"));
            prefixes += 1;
        }
    }

    /// Does Kochava, PHP or revenue keep this name? To Kochava `sum` is an amount (Post-Install
    /// Event Examples), whoever sends it. PHP cannot read an object with a name that begins with
    /// NUL, and reads one whose names are 0, 1, 2… as a list.
    fn is_kept(&self, key: Key<'_>, value: &Value<'_>) -> bool {
        let is_for_kochava =
            || is_reserved(key) || (key == SUM && (self.has_sum || !is_amount(value)));
        (self.is_event_data && is_for_kochava())
            || matches!(key.as_str().as_bytes(), [b'\0', ..] | b"0")
    }

    fn place(&self, key: Key<'_>) -> Option<usize> {
        if self.data.len() > LOOKED_THROUGH {
            return self.places.get(key.as_str());
        }
        count(self.sources.len());
        let is_it = |(source, datum): (&EntrySource, &DataEntry<'_>)| {
            source.hash == key.hash() && datum.key == key.as_str()
        };
        self.sources.iter().zip(&self.data).position(is_it)
    }

    fn tell_about(&mut self, key: &str, prefixes: usize, value: &Value<'_>) {
        if prefixes > 0 {
            self.tell(Rule::EventDataKeyRenamed, key);
        }
        match *value {
            Value::Number(number)
                if self.spelling == Spelling::Native && !is_php_number(number) =>
            {
                self.tell(Rule::NumberAsText, key)
            }
            Value::String(text) if text.has_lone_surrogate() => self.tell(Rule::TextRepaired, key),
            _ => {}
        }
    }

    fn tell(&mut self, rule: Rule, key: &str) {
        self.notes.push(
            Violation::new(rule, format!("{}.{key}", self.field)).from_path(Some(&self.origin())),
        );
    }

    /// The path of the property that is being added.
    fn origin(&self) -> String {
        let (container, name) = &self.origin;
        if container.is_empty() {
            name.to_string()
        } else {
            format!("{container}.{name}")
        }
    }
}

/// A number, or text that is one.
fn is_amount(value: &Value<'_>) -> bool {
    match *value {
        Value::Number(_) => true,
        Value::String(text) => Decimal::parse(&text.decode()).is_some(),
        _ => false,
    }
}

const SUM: Key<'static> = Key::of("sum");

/// The bits of all names that may be kept.
const KEPT: u64 = RESERVED_BITS | SUM.hash().bit() | KeyHash::of_bytes(b"0").bit();

/// What a name that is reserved or taken gets.
const PREFIX: &str = "ev_";

/// So few names are found faster by looking through them.
const LOOKED_THROUGH: usize = 32;

/// Bytes of names beyond which no request can be small enough: three times a whole request, since
/// names of values that were replaced count too.
const NAME_BYTES_MAX: usize = 3 * REQUEST_BYTES_LIMIT;
