//! How is a document of choices walked, so that every fault is told at once?

use super::SettingsFault;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use serde_json::{Map, Value};

/// A place in the document: perhaps a value, and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Place<'v> {
    pub(super) value: Option<&'v Value>,
    pub(super) path: String,
}

impl<'v> Place<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Place { value: Some(value), path: String::new() }
    }

    /// The member `key`, there or not.
    pub(super) fn member(&self, key: &str) -> Place<'v> {
        let path = if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) };
        Place { value: self.value.and_then(|value| value.get(key)), path }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Some(&Value::Null)
    }
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<SettingsFault>);

impl Faults {
    pub(super) fn tell(&mut self, place: &Place<'_>, code: &'static str, message: impl Into<Cow<'static, str>>) {
        self.0.push(SettingsFault { path: place.path.clone(), code, message: message.into() });
    }

    pub(super) fn missing(&mut self, place: &Place<'_>) {
        self.tell(place, "missing", "is required");
    }

    /// The members of an object with these keys and no others.
    pub(super) fn object<'v>(&mut self, place: &Place<'v>, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let members = self.open_object(place)?;
        for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
            let message = match nearest(key, known) {
                Some(near) => format!("is not a setting; did you mean `{near}`?"),
                None => "is not a setting".to_string(),
            };
            self.tell(&place.member(key), "unknown-key", message);
        }
        Some(members)
    }

    /// The members of an object with any keys.
    pub(super) fn open_object<'v>(&mut self, place: &Place<'v>) -> Option<&'v Map<String, Value>> {
        match place.value? {
            Value::Object(members) => Some(members),
            _ => self.wrong_type(place, "must be an object"),
        }
    }

    pub(super) fn array<'v>(&mut self, place: &Place<'v>, may_be_empty: bool) -> Option<Vec<Place<'v>>> {
        match place.value? {
            Value::Array(elements) if elements.is_empty() && !may_be_empty => {
                self.tell(place, "empty", "must not be empty; leave it out instead");
                None
            }
            Value::Array(elements) => Some(
                elements.iter().enumerate().map(|(index, value)| Place { value: Some(value), path: format!("{}[{index}]", place.path) }).collect(),
            ),
            _ => self.wrong_type(place, "must be a list"),
        }
    }

    pub(super) fn flag(&mut self, place: &Place<'_>, default: bool) -> bool {
        match place.value {
            None => default,
            Some(&Value::Bool(flag)) => flag,
            Some(_) => self.wrong_type(place, "must be true or false").unwrap_or(default),
        }
    }

    /// A text that `fits`, of at most `SETTING_BYTES_MAX` characters.
    pub(super) fn text<'v>(&mut self, place: &Place<'v>, want: &'static str, fits: impl Fn(&str) -> bool) -> Option<&'v str> {
        match place.value? {
            Value::String(text) if text.is_empty() => {
                self.tell(place, "empty", "must not be empty");
                None
            }
            Value::String(text) if text.chars().count() > crate::limits::SETTING_BYTES_MAX => {
                self.tell(place, "out-of-range", "is too long");
                None
            }
            Value::String(text) if fits(text) => Some(text),
            Value::String(_) => {
                self.tell(place, "invalid", want);
                None
            }
            _ => self.wrong_type(place, "must be a text"),
        }
    }

    pub(super) fn choice<T: Copy>(&mut self, place: &Place<'_>, choices: &[(&'static str, T)], default: T) -> T {
        let Some(value) = place.value else { return default };
        let Value::String(word) = value else { return self.wrong_type(place, "must be a text").unwrap_or(default) };
        if let Some(&(_, choice)) = choices.iter().find(|(name, _)| name == word) {
            return choice;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        self.tell(place, "not-a-choice", format!("must be one of {}", names.join(", ")));
        default
    }

    pub(super) fn integer(&mut self, place: &Place<'_>, range: RangeInclusive<u32>, default: u32) -> u32 {
        let Some(value) = place.value else { return default };
        let Value::Number(number) = value else { return self.wrong_type(place, "must be a number").unwrap_or(default) };
        let whole = number.as_f64().and_then(|float| range.clone().find(|&whole| f64::from(whole).total_cmp(&float).is_eq()));
        whole.unwrap_or_else(|| {
            self.tell(place, "out-of-range", format!("must be a whole number from {} to {}", range.start(), range.end()));
            default
        })
    }

    pub(super) fn wrong_type<T>(&mut self, place: &Place<'_>, want: &'static str) -> Option<T> {
        self.tell(place, "wrong-type", want);
        None
    }
}

/// The known key that differs least, if it differs little.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|near| (edits(key, near), *near));
    distances.min().filter(|&(distance, near)| distance <= 1 + near.len() / 4).map(|(_, near)| near)
}

/// Levenshtein's distance.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    // far keys need no exact distance: what is looked at stays short
    for (line, a) in from.chars().take(64).enumerate() {
        let mut diagonal = core::mem::replace(&mut row[0], line + 1);
        for (column, &b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()] + from.chars().count().saturating_sub(64)
}
