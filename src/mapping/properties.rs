//! Which properties go along, and under which names?

use super::{Asking, EVENT_DATA, IDENTITY, Parent, read};
use crate::event::Attribute;
use crate::json::{Members, Reader, Spelling, Text, Value, is_php_number};
use crate::kochava::{Datum, Found, Nested, Rule, Scalar, Violation};
use crate::limits::REQUEST_BYTES_LIMIT;
use crate::path::{Path, Place};
use crate::settings::Selection;
use crate::trace::{Asked, Recorder};
use alloc::borrow::{Cow, ToOwned};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The selected properties of an event, and of its user.
pub(super) fn event_data<'e, R: Recorder>(asking: &mut Asking<'e, '_, R>, has_sum: bool, notes: &mut Vec<Violation>) -> Vec<Datum<'e>> {
    let (event, settings) = (asking.event, asking.settings);
    let mut list = List { parent: EVENT_DATA, field: "data.event_data", reserved: &RESERVED, has_sum, ..List::new(notes) };
    let containers = [
        (event.documented.properties, &event.properties, &settings.events.properties),
        (event.documented.user_properties, &event.user_properties, &settings.events.user_properties),
    ];
    for (container, members, selection) in containers {
        select(members, selection, |name, value| {
            list.property += 1;
            let origin = format!("{container}.{name}");
            match (value, settings.wire.nested) {
                (Value::Object(text) | Value::Array(text), Nested::Flatten) => {
                    list.origin = origin;
                    flatten(&mut Reader::new(text), &mut name.into_owned(), &mut |key, value| {
                        if !list.is_full() {
                            list.add(asking.recorder, Cow::Owned(key.to_owned()), Scalar::Json(value), settings.wire.values);
                        }
                    });
                }
                (Value::Object(_) | Value::Array(_), Nested::Drop) => list.tell(Rule::ValueDropped, &name, &origin),
                (Value::Object(_) | Value::Array(_), Nested::Json) => {
                    list.origin = origin;
                    list.add(asking.recorder, name, Scalar::Nested(value), settings.wire.values);
                }
                _ => {
                    list.origin = origin;
                    list.add(asking.recorder, name, Scalar::Json(value), settings.wire.values);
                }
            }
        });
    }
    list.data
}

/// What identifies the user: the user id under its name, and the selected user properties.
pub(super) fn identity<'e, R: Recorder>(asking: &mut Asking<'e, '_, R>, notes: &mut Vec<Violation>) -> Vec<Datum<'e>> {
    let (event, users) = (asking.event, &asking.settings.users);
    let mut list = List { parent: IDENTITY, field: "data", ..List::new(notes) };
    if let Some(name) = &users.user_id_as {
        match asking.attribute(IDENTITY.of(name), Attribute::UserId, read::user_id) {
            Found::Value(value, path) => {
                path.clone_into(&mut list.origin);
                list.add(&mut (), Cow::Borrowed(name), Scalar::Json(value), Spelling::Strings);
            }
            Found::Unusable(rule, path) => list.tell(rule, name, path),
            Found::Nothing(_) => {}
        }
    }
    select(&event.user_properties, &users.properties, |name, value| {
        list.property += 1;
        list.origin = format!("{}.{name}", event.documented.user_properties);
        match value {
            Value::Object(_) | Value::Array(_) => list.tell(Rule::ValueDropped, &name, &list.origin.clone()),
            Value::String(text) if text.is("") => {}
            _ => list.add(asking.recorder, name, Scalar::Json(value), Spelling::Strings),
        }
    });
    list.data
}

/// Walks over the selected members that are there: in the order of the selection, or the sender's for all of them.
fn select<'e>(members: &Members<'e>, selection: &'e Selection, mut each: impl FnMut(Cow<'e, str>, Value<'e>)) {
    match selection {
        Selection::All => {
            for (key, value) in members.distinct() {
                if !value.is_null() {
                    each(key.decode(), value);
                }
            }
        }
        Selection::Named(paths) => {
            for path in paths {
                if let Some(value) = path.find(&|key| members.get(key).map(Place::Value)) {
                    each(Cow::Borrowed(Path::as_str(path)), value);
                }
            }
        }
    }
}

/// Walks over the scalars below a checked value in one pass, by dotted keys.
fn flatten<'e>(reader: &mut Reader<'e>, key: &mut String, each: &mut impl FnMut(&str, Value<'e>)) {
    let length = key.len();
    let bracket = reader.peek();
    if let Some(bracket @ (b'{' | b'[')) = bracket {
        let mut first = true;
        let mut index = 0_usize;
        if reader.enter(bracket).is_err() {
            return;
        }
        loop {
            let name = match bracket {
                b'{' => reader.member(first).ok().flatten().map(Text::decode),
                _ => matches!(reader.element(first), Ok(true)).then(|| Cow::Owned(index.to_string())),
            };
            let Some(name) = name else { return };
            key.push('.');
            key.push_str(&name);
            flatten(reader, key, each);
            key.truncate(length);
            first = false;
            index += 1;
        }
    }
    if let Ok(value) = reader.value()
        && !value.is_null()
    {
        each(key, value);
    }
}

/// Names and values on their way into one object, no name twice.
struct List<'e, 'n> {
    parent: Parent,
    /// The object's name in violations.
    field: &'static str,
    /// Names that Kochava keeps for itself.
    reserved: &'static [&'static str],
    /// Whether `sum` is taken by revenue.
    has_sum: bool,
    data: Vec<Datum<'e>>,
    /// Of each datum the property that it came from, and how often its name was prefixed.
    sources: Vec<(usize, usize)>,
    /// Where each name stands, kept from the 33rd on: up to there looking is faster.
    places: BTreeMap<Cow<'e, str>, usize>,
    /// The property that is being added.
    property: usize,
    origin: String,
    key_bytes: usize,
    notes: &'n mut Vec<Violation>,
}

impl<'e, 'n> List<'e, 'n> {
    fn new(notes: &'n mut Vec<Violation>) -> Self {
        List {
            parent: EVENT_DATA,
            field: "",
            reserved: &[],
            has_sum: false,
            data: Vec::new(),
            sources: Vec::new(),
            places: BTreeMap::new(),
            property: 0,
            origin: String::new(),
            key_bytes: 0,
            notes,
        }
    }

    /// Adds a value under its name, or under one that is free.
    fn add(&mut self, recorder: &mut impl Recorder, name: Cow<'e, str>, value: Scalar<'e>, spelling: Spelling) {
        let (key, prefixes, replaced) = self.find_name(name);
        self.key_bytes += key.len();
        if self.is_full() {
            return;
        }
        self.tell_about(&key, prefixes, &value, spelling);
        recorder.asked(self.parent.of(&key), &self.origin, Asked::Taken);
        if let Some(at) = replaced {
            self.data[at].value = value;
            return;
        }
        if self.data.len() == LOOKED_THROUGH {
            for (at, datum) in self.data.iter().enumerate() {
                self.places.insert(datum.key.clone(), at);
            }
        }
        if self.data.len() >= LOOKED_THROUGH {
            self.places.insert(key.clone(), self.data.len());
        }
        self.data.push(Datum { key, value });
        self.sources.push((self.property, prefixes));
    }

    /// Are the names alone too large for a request? More of them change nothing, and flattening can make very many, each very long.
    fn is_full(&self) -> bool {
        self.key_bytes > REQUEST_BYTES_LIMIT + SLACK_BYTES
    }

    /// The name under which a value goes, how often it had to be prefixed, and the datum of the same property that it replaces.
    fn find_name(&self, name: Cow<'e, str>) -> (Cow<'e, str>, usize, Option<usize>) {
        let mut key = name;
        for prefixes in 0.. {
            let place = self.place(&key);
            let is_own = place.is_some_and(|at| self.sources[at] == (self.property, prefixes));
            if !self.is_kept(&key) && (place.is_none() || is_own) {
                return (key, prefixes, place);
            }
            key = Cow::Owned(format!("{PREFIX}{key}"));
        }
        unreachable!("some name is free")
    }

    /// Does Kochava, PHP or revenue keep this name? PHP cannot read an object with a name that begins with NUL, and reads one whose names
    /// are 0, 1, 2… as a list.
    fn is_kept(&self, key: &str) -> bool {
        self.reserved.contains(&key) || (self.has_sum && key == "sum") || key.starts_with('\0') || key == "0"
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.data.len() <= LOOKED_THROUGH { self.data.iter().position(|datum| datum.key == key) } else { self.places.get(key).copied() }
    }

    fn tell_about(&mut self, key: &str, prefixes: usize, value: &Scalar<'_>, spelling: Spelling) {
        if prefixes > 0 {
            self.tell(Rule::EventDataKeyRenamed, key, &self.origin.clone());
        }
        match *value {
            Scalar::Json(Value::Number(number)) if spelling == Spelling::Native && !is_php_number(number) => {
                self.tell(Rule::NumberAsText, key, &self.origin.clone());
            }
            Scalar::Json(Value::String(text)) if text.has_lone_surrogate() => self.tell(Rule::TextRepaired, key, &self.origin.clone()),
            Scalar::Json(_) | Scalar::Nested(_) => {}
        }
    }

    fn tell(&mut self, rule: Rule, key: &str, origin: &str) {
        self.notes.push(Violation::new(rule, format!("{}.{key}", self.field)).from_path(Some(origin)));
    }
}

/// Names that must not be keys of `event_data` (Kochava, Post-Install Event Examples).
const RESERVED: [&str; 11] = [
    "network",
    "source",
    "fb_campaign",
    "campaign",
    "site",
    "creative",
    "attribution_type",
    "integration_type",
    "integration_version",
    "cracked",
    "jailbroken",
];

/// What a name that is reserved or taken gets.
const PREFIX: &str = "ev_";

/// So few names are found faster by looking through them.
const LOOKED_THROUGH: usize = 32;

/// Names of values that were replaced count towards the bytes but not towards the body.
const SLACK_BYTES: usize = 2 * REQUEST_BYTES_LIMIT;
