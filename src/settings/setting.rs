//! A value of the settings, or its absence, with its path.

use crate::json::Value;
use alloc::format;
use alloc::string::String;

/// A value of the settings, or its absence, below the settings `'s` that contain it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'s, 'v> {
    pub(super) value: Option<Value<'v>>,
    /// The object or list that contains it, and its place there; `None` for the whole document.
    place: Option<(&'s Setting<'s, 'v>, PathPart<'s>)>,
}

#[derive(Clone, Copy, Debug)]
enum PathPart<'s> {
    Key(&'s str),
    Index(usize),
}

impl<'v> Setting<'_, 'v> {
    /// Returns the whole document.
    pub(super) fn root(value: Value<'v>) -> Self {
        Setting {
            value: Some(value),
            place: None,
        }
    }

    /// Returns the member `key`, absent if there is none or this is no object.
    #[inline(never)]
    pub(super) fn member<'s>(&'s self, key: &'s str) -> Setting<'s, 'v> {
        let members = self.value.into_iter().flat_map(Value::members);
        let member = members.filter(|(name, _)| name.is(key)).last();
        self.child(key, member.map(|(_, value)| value))
    }

    /// Returns the member `key` with this value.
    pub(super) fn child<'s>(&'s self, key: &'s str, value: Option<Value<'v>>) -> Setting<'s, 'v> {
        Setting {
            value,
            place: Some((self, PathPart::Key(key))),
        }
    }

    /// Returns the element `index` with this value.
    pub(super) fn element<'s>(&'s self, index: usize, value: Value<'v>) -> Setting<'s, 'v> {
        Setting {
            value: Some(value),
            place: Some((self, PathPart::Index(index))),
        }
    }

    /// Returns the path: dotted, with `[0]` for elements; empty for the whole document.
    pub(super) fn path(&self) -> String {
        let Some((parent, place)) = self.place else {
            return String::new();
        };
        let path = parent.path();
        match place {
            PathPart::Key(key) if path.is_empty() => String::from(key),
            PathPart::Key(key) => format!("{path}.{key}"),
            PathPart::Index(index) => format!("{path}[{index}]"),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Some(Value::Null)
    }
}
