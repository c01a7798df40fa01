//! A fault in the settings.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A fault in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFault {
    /// The path: dotted, with `[0]` for elements; empty for the whole document.
    pub path: String,
    /// The stable code for machines.
    pub code: &'static str,
    /// What is wrong and what is wanted, for people; never contains a value of the settings.
    pub message: Cow<'static, str>,
}

impl SettingsFault {
    pub(super) fn new(
        path: &str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        SettingsFault {
            path: String::from(path),
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path, self.message)
        }
    }
}
