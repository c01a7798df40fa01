//! How is a document of choices walked, so that every fault is told at once?

use super::SettingsFault;
use crate::json::{Members, Spelling, Value, write_number};
use crate::limits::SETTING_CHARS_MAX;
use crate::source::Path;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// A place in the document: perhaps a value, and the way to it.
#[derive(Clone, Debug)]
pub(super) struct SettingPlace<'v> {
    pub(super) value: Option<Value<'v>>,
    pub(super) path: String,
}

impl<'v> SettingPlace<'v> {
    pub(super) fn root(value: Value<'v>) -> Self {
        SettingPlace {
            value: Some(value),
            path: String::new(),
        }
    }

    /// The member `key`, there or not.
    pub(super) fn member(&self, key: &str) -> SettingPlace<'v> {
        let members = self.value.into_iter().flat_map(Value::members);
        self.below(
            key,
            members
                .filter(|(name, _)| name.is(key))
                .last()
                .map(|(_, value)| value),
        )
    }

    fn below(&self, key: &str, value: Option<Value<'v>>) -> SettingPlace<'v> {
        let path = if self.path.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.path)
        };
        SettingPlace { value, path }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Some(Value::Null)
    }
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<SettingsFault>);

impl Faults {
    pub(super) fn tell(
        &mut self,
        place: &SettingPlace<'_>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(SettingsFault {
            path: place.path.clone(),
            code,
            message: message.into(),
        });
    }

    pub(super) fn missing(&mut self, place: &SettingPlace<'_>) {
        self.tell(place, "missing", "is required");
    }

    /// Makes sure that here is an object with these keys and no others.
    pub(super) fn object(&mut self, place: &SettingPlace<'_>, known: &[&str]) -> Option<()> {
        for (key, member) in self
            .members(place)?
            .into_iter()
            .filter(|(key, _)| !known.contains(&key.as_ref()))
        {
            let message = match nearest(&key, known) {
                Some(near) => format!("is not a setting; did you mean `{near}`?"),
                None => "is not a setting".to_string(),
            };
            self.tell(&member, "unknown-key", message);
        }
        Some(())
    }

    /// The members of an object with any keys, in their order.
    pub(super) fn members<'v>(
        &mut self,
        place: &SettingPlace<'v>,
    ) -> Option<Vec<(Cow<'v, str>, SettingPlace<'v>)>> {
        let Some(object @ Value::Object(_)) = place.value else {
            return if place.is_absent() {
                None
            } else {
                self.wrong_type(place, "must be an object")
            };
        };
        let distinct = object
            .members()
            .collect::<Members<'_>>()
            .distinct()
            .into_iter()
            .map(|(key, value)| (key.decode(), value));
        Some(
            distinct
                .map(|(key, value)| (key.clone(), place.below(&key, Some(value))))
                .collect(),
        )
    }

    pub(super) fn array<'v>(
        &mut self,
        place: &SettingPlace<'v>,
        may_be_empty: bool,
    ) -> Option<Vec<SettingPlace<'v>>> {
        let array @ Value::Array(_) = place.value? else {
            return self.wrong_type(place, "must be a list");
        };
        let elements: Vec<_> = array
            .elements()
            .enumerate()
            .map(|(index, value)| SettingPlace {
                value: Some(value),
                path: format!("{}[{index}]", place.path),
            })
            .collect();
        if elements.is_empty() && !may_be_empty {
            self.tell(place, "empty", "must not be empty; leave it out instead");
            return None;
        }
        Some(elements)
    }

    pub(super) fn flag(&mut self, place: &SettingPlace<'_>, default: bool) -> bool {
        match place.value {
            None => default,
            Some(Value::Bool(word)) => word == "true",
            Some(_) => self
                .wrong_type(place, "must be true or false")
                .unwrap_or(default),
        }
    }

    /// A text that `fits`, of at most `SETTING_CHARS_MAX` characters.
    pub(super) fn text<'v>(
        &mut self,
        place: &SettingPlace<'v>,
        want: &'static str,
        fits: impl Fn(&str) -> bool,
    ) -> Option<Cow<'v, str>> {
        let Value::String(text) = place.value? else {
            return self.wrong_type(place, "must be a text");
        };
        let text = text.decode();
        let fault = match text.chars().count() {
            0 => ("empty", "must not be empty"),
            1..=SETTING_CHARS_MAX if fits(&text) => return Some(text),
            1..=SETTING_CHARS_MAX => ("invalid", want),
            _ => ("out-of-range", "is too long"),
        };
        self.tell(place, fault.0, fault.1);
        None
    }

    pub(super) fn path(&mut self, place: &SettingPlace<'_>) -> Option<Path> {
        let want =
            "must be a dotted path without empty parts, or a JSON Pointer that begins with `/`";
        Path::parse(&self.text(place, want, |text| Path::parse(text).is_some())?)
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        place: &SettingPlace<'_>,
        choices: &[(&'static str, T)],
        default: T,
    ) -> T {
        let Some(value) = place.value else {
            return default;
        };
        let Value::String(word) = value else {
            return self.wrong_type(place, "must be a text").unwrap_or(default);
        };
        if let Some(&(_, choice)) = choices.iter().find(|(name, _)| word.is(name)) {
            return choice;
        }
        let names: Vec<_> = choices
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        self.tell(
            place,
            "not-a-choice",
            format!("must be one of {}", names.join(", ")),
        );
        default
    }

    pub(super) fn integer(
        &mut self,
        place: &SettingPlace<'_>,
        range: RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let Some(value) = place.value else {
            return default;
        };
        let Value::Number(number) = value else {
            return self
                .wrong_type(place, "must be a number")
                .unwrap_or(default);
        };
        let mut spelled = String::new();
        write_number(&mut spelled, number, Spelling::Native);
        let whole = spelled.parse().ok().filter(|whole| range.contains(whole));
        whole.unwrap_or_else(|| {
            self.tell(
                place,
                "out-of-range",
                format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            );
            default
        })
    }

    pub(super) fn wrong_type<T>(
        &mut self,
        place: &SettingPlace<'_>,
        want: &'static str,
    ) -> Option<T> {
        self.tell(place, "wrong-type", want);
        None
    }
}

/// The known key that differs least, if it differs little; capitals are no difference.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = key.to_ascii_lowercase();
    let distances = known.iter().map(|near| (edits(&key, near), *near));
    distances
        .min()
        .filter(|&(distance, near)| distance <= 1 + near.len() / 4)
        .map(|(_, near)| near)
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
