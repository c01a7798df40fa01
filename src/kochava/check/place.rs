//! Where does what stand, and what was told of it?

use super::Finding;
use crate::json::{NameIndex, Reader, Value};
use crate::kochava::Rule;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A value, and its place.
#[derive(Clone, Debug)]
pub(super) struct BodyField<'a> {
    pub(super) value: Value<'a>,
    pub(super) pointer: String,
    start: usize,
}

/// An object whose members are looked up and walked over; of a key that comes twice the last value
/// counts, as in PHP.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pointer: String,
    start: usize,
    members: Vec<ObjectMember<'a>>,
}

#[derive(Clone, Debug)]
pub(super) struct ObjectMember<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
    start: usize,
    end: usize,
}

impl<'a> Object<'a> {
    /// The object that is the whole of a checked text.
    pub(super) fn root(text: &'a str) -> Self {
        Object {
            pointer: String::new(),
            start: 0,
            members: members(text, 0),
        }
    }

    /// The object that a field holds, if it holds one.
    pub(super) fn of(field: &BodyField<'a>) -> Option<Self> {
        let Value::Object(text) = field.value else {
            return None;
        };
        Some(Object {
            pointer: field.pointer.clone(),
            start: field.start,
            members: members(text, field.start),
        })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<BodyField<'a>> {
        self.member(key).map(|member| self.field(member))
    }

    pub(super) fn members(&self) -> &[ObjectMember<'a>] {
        &self.members
    }

    /// A member of this object with its place.
    pub(super) fn field(&self, member: &ObjectMember<'a>) -> BodyField<'a> {
        let mut pointer = String::with_capacity(self.pointer.len() + 1 + member.key.len());
        pointer.push_str(&self.pointer);
        push_token(&mut pointer, &member.key);
        BodyField {
            value: member.value,
            pointer,
            start: member.start,
        }
    }

    fn member(&self, key: &str) -> Option<&ObjectMember<'a>> {
        self.members.iter().find(|member| member.key == key)
    }
}

/// The members of a checked object that begins at `start`.
fn members(text: &str, start: usize) -> Vec<ObjectMember<'_>> {
    let mut reader = Reader::new(text);
    let mut members: Vec<ObjectMember<'_>> = Vec::new();
    let mut places = NameIndex::default();
    let mut is_first = reader.enter(b'{').is_ok();
    while let Ok(Some(key)) = reader.member(core::mem::take(&mut is_first)) {
        reader.peek();
        let from = reader.position();
        let Ok(value) = reader.value() else { break };
        let key = key.decode();
        let place = places.of(key.clone(), members.len());
        let member = ObjectMember {
            key,
            value,
            start: start + from,
            end: start + reader.position(),
        };
        match members.get_mut(place) {
            Some(before) => *before = member,
            None => members.push(member),
        }
    }
    members
}

/// Appends one step of a JSON Pointer (RFC 6901, section 3).
pub(super) fn push_token(pointer: &mut String, key: &str) {
    pointer.push('/');
    for character in key.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// Where something stands: its byte; behind that, among what is missing there, its number in the
/// guide's order.
type Location = (usize, usize);

/// What was found so far, and where.
#[derive(Debug)]
pub(super) struct Findings {
    told: Vec<Option<(Location, Finding)>>,
    /// Bytes of pointers that are still taken.
    room: usize,
}

impl Findings {
    pub(super) fn new(body_bytes: usize) -> Self {
        Findings {
            told: Vec::new(),
            room: ROOM_TIMES * body_bytes + ROOM_BYTES_MIN,
        }
    }

    /// Of the whole body.
    pub(super) fn tell_whole(&mut self, rule: Rule) {
        self.told.push(Some((
            (0, 0),
            Finding {
                rule,
                pointer: String::new(),
            },
        )));
    }

    pub(super) fn tell(&mut self, rule: Rule, field: &BodyField<'_>) {
        self.tell_at(rule, field.start, &field.pointer);
    }

    pub(super) fn tell_at(&mut self, rule: Rule, at: usize, pointer: &str) {
        self.push(rule, (at, 0), pointer);
    }

    fn push(&mut self, rule: Rule, place: Location, pointer: &str) {
        let Some(room) = self.room.checked_sub(pointer.len() + 1) else {
            return;
        };
        self.room = room;
        self.told.push(Some((
            place,
            Finding {
                rule,
                pointer: pointer.into(),
            },
        )));
    }

    /// Of a member that is not there: it should stand behind those that come before it in the
    /// guide's `order`.
    pub(super) fn tell_missing(
        &mut self,
        rule: Rule,
        object: &Object<'_>,
        key: &str,
        order: &[&str],
    ) {
        let before = || order.iter().take_while(|other| **other != key);
        let at = before()
            .filter_map(|other| object.member(other))
            .map(|member| member.end)
            .max();
        let mut pointer = object.pointer.clone();
        push_token(&mut pointer, key);
        self.push(
            rule,
            (at.unwrap_or(object.start + 1), 1 + before().count()),
            &pointer,
        );
    }

    /// How much was told so far.
    pub(super) fn count(&self) -> usize {
        self.told.len()
    }

    /// Takes back whatever was told.
    pub(super) fn clear(&mut self) {
        self.told.clear();
    }

    /// Takes back what was told of a value that another one replaces; but for what keeps the whole
    /// body from being read.
    pub(super) fn forget(&mut self, range: Range<usize>) {
        for told in &mut self.told[range] {
            if told
                .as_ref()
                .is_some_and(|(_, finding)| finding.rule != Rule::LoneSurrogate)
            {
                *told = None;
            }
        }
    }

    /// Everything in the order of the body. That an object may become a list is no news where the
    /// object itself is at fault.
    pub(super) fn conclude(self) -> Vec<Finding> {
        let told: Vec<_> = self.told.iter().flatten().collect();
        let mut order: Vec<_> = (0..told.len()).collect();
        order.sort_by_key(|at| told[*at].0);
        let is_news = |at: &usize| told[*at].1.rule != Rule::ObjectReadsAsList;
        let mut findings = Vec::with_capacity(told.len());
        for here in order.chunk_by(|one, other| told[*one].0 == told[*other].0) {
            let is_judged = here.iter().any(is_news);
            findings.extend(
                here.iter()
                    .filter(|at| !is_judged || is_news(at))
                    .map(|at| told[*at].1.clone()),
            );
        }
        findings
    }
}

/// Bytes of pointers for each byte of the body: a long key above very many faults would else fill
/// the memory.
const ROOM_TIMES: usize = 8;

/// Bytes of pointers for the smallest body, which lacks much and is told all of it.
const ROOM_BYTES_MIN: usize = 4_096;
