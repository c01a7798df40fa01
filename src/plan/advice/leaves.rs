//! Walks over the values of an event that a path can reach.
//!
//! In: an event whose members are listed. Out: every value that is no object, with the keys that
//! lead to it. Lists are values of their own: which of their elements holds what may change from
//! event to event.

use crate::json::{Members, Text, Value};
use crate::source::{Container, Event, Path};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Values of one event that are looked at.
const LEAVES_MAX: usize = 1_000;

/// Levels of objects that are looked into.
const LEVELS_MAX: usize = 8;

/// Calls `each` with every value and the keys that lead to it.
pub(super) fn each_value<'a>(event: &Event<'a>, each: &mut dyn FnMut(&[Cow<'a, str>], Value<'a>)) {
    let mut walk = Walk {
        event,
        keys: Vec::new(),
        left: LEAVES_MAX,
        each,
    };
    for (key, value) in event.root.distinct() {
        walk.member(key, value);
    }
}

struct Walk<'e, 'a, 'f> {
    event: &'e Event<'a>,
    keys: Vec<Cow<'a, str>>,
    left: usize,
    each: &'f mut dyn FnMut(&[Cow<'a, str>], Value<'a>),
}

impl<'a> Walk<'_, 'a, '_> {
    fn member(&mut self, key: Text<'a>, value: Value<'a>) {
        if self.left == 0 || value.is_null() {
            return;
        }
        self.keys.push(key.decode());
        if let Value::Object(_) = value {
            if self.keys.len() < LEVELS_MAX {
                for (key, value) in self.members_of(value) {
                    self.member(key, value);
                }
            }
        } else {
            self.left -= 1;
            (self.each)(&self.keys, value);
        }
        self.keys.pop();
    }

    /// The members of an object as the event has them: of the user's properties after operators.
    fn members_of(&self, object: Value<'a>) -> Vec<(Text<'a>, Value<'a>)> {
        let schema = self.event.schema;
        let path = self.keys.join(".");
        let objects = (0_u8..).take(schema.objects.len()).map(Container::Object);
        let mut containers = [Container::Properties, Container::UserProperties]
            .into_iter()
            .chain(objects);
        match containers.find(|container| schema.path_of(*container) == path) {
            Some(container) => self.event.members(container).distinct(),
            None => object.members().collect::<Members<'_>>().distinct(),
        }
    }
}

/// The path of a value as the settings write it: dotted where that reaches it, otherwise a JSON
/// Pointer; `None` where neither does.
pub(super) fn path_of(
    event: &Event<'_>,
    keys: &[Cow<'_, str>],
    value: Value<'_>,
) -> Option<String> {
    let reaches = |path: &str| {
        let found = Path::parse(path).and_then(|path| event.at(&path));
        found == Some(value)
    };
    let dotted = keys.join(".");
    if reaches(&dotted) {
        return Some(dotted);
    }
    let mut pointer = String::new();
    for key in keys {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    }
    reaches(&pointer).then_some(pointer)
}
