//! The objects of a body, with the place of each member.

use crate::json::{NameIndex, Reader, Value};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The value of a member of the object `'o`, and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyField<'o, 'a> {
    pub(super) value: Value<'a>,
    /// The byte of the body where the value begins.
    pub(super) start: usize,
    object: &'o Object<'a>,
    key: &'o str,
}

impl BodyField<'_, '_> {
    /// Returns the JSON Pointer.
    pub(super) fn pointer(&self) -> String {
        self.object.pointer_to(self.key)
    }
}

/// An object and its members. Of members with the same key only the last one is kept, as in PHP.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pub(super) pointer: String,
    pub(super) start: usize,
    members: Vec<ObjectMember<'a>>,
}

/// A member; `start` and `end` are the bytes of its value in the body.
#[derive(Clone, Debug)]
pub(super) struct ObjectMember<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
    start: usize,
    pub(super) end: usize,
}

impl<'a> Object<'a> {
    /// Reads the object that a valid JSON text consists of.
    pub(super) fn root(text: &'a str) -> Self {
        Object {
            pointer: String::new(),
            start: 0,
            members: members(text, 0),
        }
    }

    /// Reads the object of a field; `None` if its value is no object.
    #[inline(never)]
    pub(super) fn of(field: &BodyField<'_, 'a>) -> Option<Self> {
        let Value::Object(text) = field.value else {
            return None;
        };
        Some(Object {
            pointer: field.pointer(),
            start: field.start,
            members: members(text, field.start),
        })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    #[inline(never)]
    pub(super) fn get(&self, key: &str) -> Option<BodyField<'_, 'a>> {
        self.member(key).map(|member| self.field(member))
    }

    #[inline(never)]
    pub(super) fn members(&self) -> &[ObjectMember<'a>] {
        &self.members
    }

    #[inline(never)]
    pub(super) fn member(&self, key: &str) -> Option<&ObjectMember<'a>> {
        self.members.iter().find(|member| member.key == key)
    }

    /// Returns a member of this object with its place.
    #[inline(never)]
    pub(super) fn field<'o>(&'o self, member: &'o ObjectMember<'a>) -> BodyField<'o, 'a> {
        BodyField {
            value: member.value,
            start: member.start,
            object: self,
            key: &member.key,
        }
    }

    /// Returns the pointer of a member, whether it exists or not.
    pub(super) fn pointer_to(&self, key: &str) -> String {
        let mut pointer = String::with_capacity(self.pointer.len() + 1 + key.len());
        pointer.push_str(&self.pointer);
        push_token(&mut pointer, key);
        pointer
    }
}

/// Reads the members of a valid object that begins at byte `start` of the body.
fn members(text: &str, start: usize) -> Vec<ObjectMember<'_>> {
    let mut reader = Reader::new(text);
    let mut members: Vec<ObjectMember<'_>> = Vec::new();
    let mut indexes = NameIndex::default();
    let mut is_first = reader.enter(b'{').is_ok();
    while let Ok(Some(key)) = reader.member(core::mem::take(&mut is_first)) {
        reader.peek();
        let from = reader.position();
        let Ok(value) = reader.value() else { break };
        let key = key.decode();
        let index = indexes.get_or_insert(key.clone(), members.len());
        let member = ObjectMember {
            key,
            value,
            start: start + from,
            end: start + reader.position(),
        };
        match members.get_mut(index) {
            Some(previous) => *previous = member,
            None => members.push(member),
        }
    }
    members
}

/// Appends a token to a JSON Pointer (RFC 6901, section 3).
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
