//! A list of names and values for one object of a body, no name twice.
//!
//! In: names with values, in order. Out: [`DataEntry`]s. A name that Kochava or PHP reserves, or that
//! another object of the event has used, gets a prefix. More names than any request can hold are a
//! refusal.

use super::guard::Guard;
use super::property_name::PropertyName;
use super::{EVENT_DATA, EntrySource, IDENTITY, Parent, Scratch, read};
use crate::json::steps::count;
use crate::json::{Key, KeyHash, NameIndex, Spelling, Value, append_short, is_php_number};
use crate::kochava::{DataEntry, RESERVED_BITS, Rule, Violation, is_reserved, keep_key};
use crate::limits::REQUEST_BYTES_LIMIT;
use crate::mapping::{FieldPath, LookupResult, Trace};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const SUM: Key<'static> = Key::of("sum");

/// The hash bits of all names that may be reserved.
const RESERVED_NAME_BITS: u64 = RESERVED_BITS | SUM.hash().bit() | KeyHash::new(b"0").bit();

/// The prefix of a name that is reserved or used already.
const PREFIX: &str = "ev_";

/// Names up to which a linear search is faster than an ordered map.
const LINEAR_SEARCH_MAX: usize = 32;

/// Bytes of names above which no request can be small enough: three times a whole request, since
/// the names of replaced values count, too.
const NAME_BYTES_MAX: usize = 3 * REQUEST_BYTES_LIMIT;

/// The list while it is filled.
pub(super) struct DataList<'a, 'n> {
    /// What must not leave.
    guard: &'n Guard<'n, 'a>,
    parent: Parent,
    /// The object's name in violations.
    field: &'static str,
    /// Whether this is `event_data`, in which Kochava reserves some names.
    is_event_data: bool,
    /// The hash bits of the names in the list.
    name_bits: u64,
    /// Whether revenue uses the name `sum`.
    has_sum: bool,
    spelling: Spelling,
    data: Vec<DataEntry<'a>>,
    /// For each entry where it comes from.
    sources: &'n mut Vec<EntrySource>,
    /// Emptied names, for those that are made of several.
    spare: &'n mut Vec<String>,
    /// The positions of all names once there are more than `LINEAR_SEARCH_MAX`.
    positions: NameIndex<'a>,
    /// The number of the object that is being read, and the last number given.
    object: usize,
    objects: usize,
    /// The container and the name of the property that is being added.
    origin: (&'static str, Cow<'a, str>),
    /// Bytes of all names so far, those of replaced values included.
    name_bytes: usize,
    notes: &'n mut Vec<Violation>,
}

impl<'a, 'n> DataList<'a, 'n> {
    /// The list of an event's `event_data`; `has_sum` if revenue fills `sum`.
    pub(super) fn event_data(
        guard: &'n Guard<'n, 'a>,
        has_sum: bool,
        spelling: Spelling,
        scratch: &'n mut Scratch<'a>,
        notes: &'n mut Vec<Violation>,
    ) -> Self {
        let mut list = DataList::new(guard, EVENT_DATA, "data.event_data", scratch, notes);
        list.is_event_data = true;
        list.has_sum = has_sum;
        list.spelling = spelling;
        list
    }

    /// The list of an identity's `data`, all of whose values are sent as text.
    pub(super) fn identity(
        guard: &'n Guard<'n, 'a>,
        scratch: &'n mut Scratch<'a>,
        notes: &'n mut Vec<Violation>,
    ) -> Self {
        let mut list = DataList::new(guard, IDENTITY, "data", scratch, notes);
        list.spelling = Spelling::Strings;
        list
    }

    fn new(
        guard: &'n Guard<'n, 'a>,
        parent: Parent,
        field: &'static str,
        scratch: &'n mut Scratch<'a>,
        notes: &'n mut Vec<Violation>,
    ) -> Self {
        scratch.sources.clear();
        DataList {
            guard,
            parent,
            field,
            is_event_data: false,
            name_bits: 0,
            has_sum: false,
            spelling: Spelling::Native,
            data: core::mem::take(&mut scratch.lists.data),
            sources: &mut scratch.sources,
            spare: &mut scratch.lists.keys,
            positions: NameIndex::default(),
            object: 0,
            objects: 0,
            origin: ("", Cow::Borrowed("")),
            name_bytes: 0,
            notes,
        }
    }

    /// The entries.
    pub(super) fn take_entries(&mut self) -> Vec<DataEntry<'a>> {
        core::mem::take(&mut self.data)
    }

    /// A copy of a name, in a text that is used again.
    pub(super) fn copy(&mut self, name: &str) -> String {
        let mut copy = self.spare.pop().unwrap_or_default();
        append_short(&mut copy, name);
        copy
    }

    /// Takes a text back that [`DataList::copy`] gave.
    pub(super) fn give_back(&mut self, name: String) {
        keep_key(self.spare, name);
    }

    /// Starts a property, whose values are added until the next one starts.
    #[inline]
    pub(super) fn begin_property(&mut self, container: &'static str, name: Cow<'a, str>) {
        self.origin = (container, name);
        self.enter_object();
    }

    /// Starts an object within the property; returns the one around it.
    pub(super) fn enter_object(&mut self) -> usize {
        self.objects += 1;
        core::mem::replace(&mut self.object, self.objects)
    }

    pub(super) fn leave_object(&mut self, outer: usize) {
        self.object = outer;
    }

    /// Adds a value under its name, or under a prefixed one. In one object the last value of a name
    /// replaces those before it.
    pub(super) fn add(
        &mut self,
        name: PropertyName<'a>,
        value: &Value<'a>,
        trace: Option<&mut Trace<'a>>,
    ) {
        if self.is_full() {
            return;
        }
        if self.guard.withholds(&name, value) {
            let rule = Rule::AdvertisingIdWithheld;
            self.note(rule, &name);
            if let Some(trace) = trace {
                self.record(name.text, value, LookupResult::Unusable(Some(rule)), trace);
            }
            return;
        }
        let mut name = name.text;
        let hash = KeyHash::new(name.as_bytes());
        let (prefixes, replaced) = if self.is_certainly_free(hash, &name) {
            (0, None)
        } else {
            self.find_free_name(&mut name, value)
        };
        self.name_bytes += name.len();
        if self.is_full() {
            // a refusal, so that nothing is left out in silence
            self.notes.push(Violation::new(Rule::RequestTooLarge, ""));
            return;
        }
        self.note_changes(&name, prefixes, value);
        if let Some(trace) = trace {
            self.record(name.clone(), value, LookupResult::Used, trace);
        }
        match replaced {
            Some(at) => self.data[at].value = *value,
            None => self.push(name, prefixes, hash, *value),
        }
    }

    /// Records what became of a value.
    #[inline(never)]
    fn record(
        &self,
        name: Cow<'a, str>,
        value: &Value<'a>,
        result: LookupResult,
        trace: &mut Trace<'a>,
    ) {
        let (container, property) = self.origin.clone();
        let path = FieldPath::new(container, property);
        trace.record(self.parent.name(name), path, result, Some(*value));
    }

    /// Appends an entry; `hash` is that of the name without its prefixes.
    fn push(&mut self, key: Cow<'a, str>, prefixes: usize, hash: KeyHash, value: Value<'a>) {
        if self.data.len() == LINEAR_SEARCH_MAX {
            for (at, entry) in self.data.iter().enumerate() {
                self.positions.get_or_insert(entry.key.clone(), at);
            }
        }
        if self.data.len() >= LINEAR_SEARCH_MAX {
            self.positions.get_or_insert(key.clone(), self.data.len());
        }
        let hash = if prefixes == 0 {
            hash
        } else {
            KeyHash::new(key.as_bytes())
        };
        self.name_bits |= hash.bit();
        self.data.push(DataEntry { key, value });
        self.sources.push(EntrySource {
            hash,
            object: self.object,
            prefixes,
        });
    }

    /// Whether there are more names than any request can hold: flattening repeats long names.
    pub(super) fn is_full(&self) -> bool {
        self.name_bytes > NAME_BYTES_MAX
    }

    /// Whether the name is neither used nor reserved, as far as its hash can tell.
    fn is_certainly_free(&self, hash: KeyHash, name: &str) -> bool {
        (self.name_bits | RESERVED_NAME_BITS) & hash.bit() == 0
            && self.data.len() < LINEAR_SEARCH_MAX
            && name.as_bytes().first() != Some(&0)
    }

    /// Prefixes a name until it can be used → how many prefixes it has got, and the position of the
    /// entry of the same object that its value replaces.
    #[inline(never)]
    fn find_free_name(&self, name: &mut Cow<'a, str>, value: &Value<'_>) -> (usize, Option<usize>) {
        let mut prefixes = 0;
        loop {
            let key = Key::of(name);
            let position = self.position(key);
            let is_own = position.is_some_and(|at| {
                (self.sources[at].object, self.sources[at].prefixes) == (self.object, prefixes)
            });
            if !self.is_reserved_name(key, value) && (position.is_none() || is_own) {
                return (prefixes, position);
            }
            *name = Cow::Owned(format!("{PREFIX}{name}"));
            prefixes += 1;
        }
    }

    /// Whether Kochava, PHP or revenue reserves a name. To Kochava `sum` is an amount (Post-Install
    /// Event Examples). PHP cannot read an object with a name that starts with NUL, and reads one
    /// whose names are 0, 1, 2… as a list.
    fn is_reserved_name(&self, key: Key<'_>, value: &Value<'_>) -> bool {
        let is_kochavas =
            || is_reserved(key) || (key == SUM && (self.has_sum || !is_amount(value)));
        (self.is_event_data && is_kochavas())
            || matches!(key.as_str().as_bytes(), [b'\0', ..] | b"0")
    }

    fn position(&self, key: Key<'_>) -> Option<usize> {
        if self.data.len() > LINEAR_SEARCH_MAX {
            return self.positions.get(key.as_str());
        }
        count(self.sources.len());
        let has_key = |(source, entry): (&EntrySource, &DataEntry<'_>)| {
            source.hash == key.hash() && entry.key == key.as_str()
        };
        self.sources.iter().zip(&self.data).position(has_key)
    }

    /// Notes what is sent otherwise than it came: a prefixed name, a number as text, a repaired
    /// text.
    fn note_changes(&mut self, key: &str, prefixes: usize, value: &Value<'a>) {
        if prefixes > 0 {
            self.note(Rule::EventDataKeyRenamed, key);
        }
        match *value {
            Value::Number(number)
                if self.spelling == Spelling::Native && !is_php_number(number) =>
            {
                self.note(Rule::NumberAsText, key);
            }
            Value::String(text) if text.has_lone_surrogate() => self.note(Rule::TextRepaired, key),
            _ => {}
        }
    }

    /// Notes that the property's value under `key` breaks a rule.
    #[cold]
    pub(super) fn note(&mut self, rule: Rule, key: &str) {
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

/// Whether a value can be sent as an amount.
fn is_amount(value: &Value<'_>) -> bool {
    matches!(read::amount(value), read::Reading::Value(_))
}
