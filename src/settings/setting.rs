//! A value of the settings, or its absence, with its path.

use crate::json::Value;
use alloc::format;
use alloc::string::{String, ToString};

/// A value of the settings, or its absence, with its path.
#[derive(Clone, Debug)]
pub(super) struct Setting<'v> {
    pub(super) value: Option<Value<'v>>,
    pub(super) path: String,
}

impl<'v> Setting<'v> {
    /// Returns the whole document.
    pub(super) fn root(value: Value<'v>) -> Self {
        Setting {
            value: Some(value),
            path: String::new(),
        }
    }

    /// Returns the member `key`, absent if there is none or this is no object.
    #[inline(never)]
    pub(super) fn member(&self, key: &str) -> Setting<'v> {
        let members = self.value.into_iter().flat_map(Value::members);
        let member = members.filter(|(name, _)| name.is(key)).last();
        self.child(key, member.map(|(_, value)| value))
    }

    /// Returns the member `key` with this value.
    #[inline(never)]
    pub(super) fn child(&self, key: &str, value: Option<Value<'v>>) -> Setting<'v> {
        let path = if self.path.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.path)
        };
        Setting { value, path }
    }

    /// Returns the element `index` with this value.
    pub(super) fn element(&self, index: usize, value: Value<'v>) -> Setting<'v> {
        Setting {
            value: Some(value),
            path: format!("{}[{index}]", self.path),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Some(Value::Null)
    }
}
