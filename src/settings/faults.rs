//! A fault of the settings, and the reader of single values that collects faults.
//!
//! A method that finds a fault adds it and returns `None` or the default, so that reading goes on
//! and every fault is found.

use super::setting::Setting;
use crate::json::{Members, Spelling, Value, write_number};
use crate::limits::SETTING_CHARS_MAX;
use crate::source::Path;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

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
    pub(super) fn of_document(message: &'static str) -> Self {
        SettingsFault {
            path: String::new(),
            code: "wrong-type",
            message: Cow::Borrowed(message),
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

/// The faults so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<SettingsFault>);

impl Faults {
    /// Fails with the faults, if there are any.
    pub(super) fn into_result(self) -> Result<(), Vec<SettingsFault>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }

    #[inline(never)]
    pub(super) fn add(
        &mut self,
        setting: &Setting<'_, '_>,
        code: &'static str,
        message: &'static str,
    ) {
        self.add_text(setting, code, Cow::Borrowed(message));
    }

    /// Adds a fault whose message is made for it.
    #[inline(never)]
    pub(super) fn add_text(
        &mut self,
        setting: &Setting<'_, '_>,
        code: &'static str,
        message: Cow<'static, str>,
    ) {
        self.0.push(SettingsFault {
            path: setting.path(),
            code,
            message,
        });
    }

    /// Adds the fault of a required setting that is absent.
    pub(super) fn add_missing(&mut self, setting: &Setting<'_, '_>) {
        self.add(setting, "missing", "is required");
    }

    /// Adds the fault of a value of the wrong type.
    pub(super) fn wrong_type<T>(
        &mut self,
        setting: &Setting<'_, '_>,
        wanted: &'static str,
    ) -> Option<T> {
        self.add(setting, "wrong-type", wanted);
        None
    }

    /// Checks that a setting is an object with these keys and no others.
    #[inline(never)]
    pub(super) fn object(&mut self, setting: &Setting<'_, '_>, known: &[&str]) -> Option<()> {
        for (key, value) in self.members(setting)? {
            if known.contains(&key.as_ref()) {
                continue;
            }
            let message = match nearest(&key, known) {
                Some(near) => Cow::Owned(["is not a setting; did you mean `", near, "`?"].concat()),
                None => Cow::Borrowed("is not a setting"),
            };
            let member = setting.child(&key, Some(value));
            self.add_text(&member, "unknown-key", message);
        }
        Some(())
    }

    /// Reads an object with any keys; of members with the same key the last one counts.
    #[inline(never)]
    pub(super) fn members<'v>(
        &mut self,
        setting: &Setting<'_, 'v>,
    ) -> Option<Vec<(Cow<'v, str>, Value<'v>)>> {
        let object @ Value::Object(_) = setting.value? else {
            return self.wrong_type(setting, "must be an object");
        };
        let distinct = object.members().collect::<Members<'_>>().distinct();
        let members = distinct.into_iter();
        Some(members.map(|(key, value)| (key.decode(), value)).collect())
    }

    #[inline(never)]
    pub(super) fn list<'s, 'v>(
        &mut self,
        setting: &'s Setting<'_, 'v>,
        may_be_empty: bool,
    ) -> Option<Vec<Setting<'s, 'v>>> {
        let list @ Value::Array(_) = setting.value? else {
            return self.wrong_type(setting, "must be a list");
        };
        let elements: Vec<_> = list
            .elements()
            .enumerate()
            .map(|(index, value)| setting.element(index, value))
            .collect();
        if elements.is_empty() && !may_be_empty {
            self.add(setting, "empty", "must not be empty; leave it out instead");
            return None;
        }
        Some(elements)
    }

    /// Reads a list with at least one element, of a setting that may not be left out; `empty` says so.
    pub(super) fn some<'s, 'v>(
        &mut self,
        setting: &'s Setting<'_, 'v>,
        empty: &'static str,
    ) -> Option<Vec<Setting<'s, 'v>>> {
        let elements = self.list(setting, true)?;
        if elements.is_empty() {
            self.add(setting, "empty", empty);
            return None;
        }
        Some(elements)
    }

    #[inline(never)]
    pub(super) fn flag(&mut self, setting: &Setting<'_, '_>, default: bool) -> bool {
        match setting.value {
            None => default,
            Some(Value::Bool(word)) => word == "true",
            Some(_) => self
                .wrong_type(setting, "must be true or false")
                .unwrap_or(default),
        }
    }

    /// Reads a string of 1 to [`SETTING_CHARS_MAX`] characters that `is_valid`; `wanted` describes
    /// a valid one.
    #[inline(never)]
    pub(super) fn string<'v>(
        &mut self,
        setting: &Setting<'_, 'v>,
        wanted: &'static str,
        is_valid: &dyn Fn(&str) -> bool,
    ) -> Option<Cow<'v, str>> {
        let Value::String(text) = setting.value? else {
            return self.wrong_type(setting, "must be a string");
        };
        let text = text.decode();
        match text.chars().count() {
            0 => self.add(setting, "empty", "must not be empty"),
            1..=SETTING_CHARS_MAX if is_valid(&text) => return Some(text),
            1..=SETTING_CHARS_MAX => self.add(setting, "invalid", wanted),
            _ => self.add_text(
                setting,
                "out-of-range",
                Cow::Owned(format!("must have at most {SETTING_CHARS_MAX} characters")),
            ),
        }
        None
    }

    /// Reads a name that people see: any string that is not blank and has no control characters.
    #[inline(never)]
    pub(super) fn name(&mut self, setting: &Setting<'_, '_>) -> Option<String> {
        let wanted = "must not be blank or contain control characters";
        let is_valid = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        self.string(setting, wanted, &is_valid).map(Cow::into_owned)
    }

    /// Reads a string that is sent in a header or names an app.
    pub(super) fn visible_ascii<'v>(&mut self, setting: &Setting<'_, 'v>) -> Option<Cow<'v, str>> {
        let wanted = "must be visible ASCII characters without spaces";
        let is_valid = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        self.string(setting, wanted, &is_valid)
    }

    #[inline(never)]
    pub(super) fn path(&mut self, setting: &Setting<'_, '_>) -> Option<Path> {
        let wanted =
            "must be a dotted path without empty parts, or a JSON Pointer that begins with `/`";
        let is_valid = |text: &str| Path::parse(text).is_some();
        Path::parse(&self.string(setting, wanted, &is_valid)?)
    }

    /// Reads a path, or a list of paths that are tried in order.
    #[inline(never)]
    pub(super) fn paths(&mut self, setting: &Setting<'_, '_>) -> Option<Vec<Path>> {
        match setting.value? {
            Value::String(_) => self.path(setting).map(|path| alloc::vec![path]),
            Value::Array(_) => {
                let elements = self.some(setting, "must name at least one path")?;
                let paths = elements.iter().filter_map(|element| self.path(element));
                Some(paths.collect())
            }
            _ => self.wrong_type(setting, "must be a path or a list of paths"),
        }
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        setting: &Setting<'_, '_>,
        choices: &[(&'static str, T)],
        default: T,
    ) -> T {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let chosen = self.choice_among(setting, &names);
        chosen.map_or(default, |at| choices[at].1)
    }

    /// The number of the chosen name.
    fn choice_among(&mut self, setting: &Setting<'_, '_>, names: &[&str]) -> Option<usize> {
        let Value::String(word) = setting.value? else {
            return self.wrong_type(setting, "must be a string");
        };
        if let Some(at) = names.iter().position(|name| word.is(name)) {
            return Some(at);
        }
        let all = names.join("`, `");
        let message = match nearest_choice(&word.decode(), names) {
            Some(near) => ["must be one of `", &all, "`; did you mean `", near, "`?"].concat(),
            None => ["must be one of `", &all, "`"].concat(),
        };
        self.add_text(setting, "not-a-choice", Cow::Owned(message));
        None
    }

    pub(super) fn integer(
        &mut self,
        setting: &Setting<'_, '_>,
        range: RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let Some(value) = setting.value else {
            return default;
        };
        let Value::Number(number) = value else {
            return self
                .wrong_type(setting, "must be a number")
                .unwrap_or(default);
        };
        // `1e3` and `1000.0` are whole numbers, too
        let mut canonical = String::new();
        write_number(&mut canonical, number, Spelling::Native);
        if let Some(whole) = canonical.parse().ok().filter(|whole| range.contains(whole)) {
            return whole;
        }
        let (start, end) = range.into_inner();
        let message = format!("must be a whole number from {start} to {end}");
        self.add_text(setting, "out-of-range", Cow::Owned(message));
        default
    }
}

/// Returns the known key with the smallest edit distance, if that is small; case does not count.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    nearest_within(&key.to_ascii_lowercase(), known, |length| 1 + length / 4)
}

/// Returns the choice that a word is meant to be. There are few choices, so that a greater distance
/// still tells them apart (`less than or equal` is `less or equal`); and a word may be a beginning.
fn nearest_choice<'k>(word: &str, choices: &[&'k str]) -> Option<&'k str> {
    let word = word.trim().to_ascii_lowercase();
    let is_begun = |choice: &&&str| word.len() > 2 && choice.starts_with(&word);
    nearest_within(&word, choices, |length| 1 + length / 3)
        .or_else(|| choices.iter().find(is_begun).copied())
}

/// Returns the known name with the smallest edit distance, if that is at most what `distance_max`
/// allows for a name of this length.
fn nearest_within<'k>(
    name: &str,
    known: &[&'k str],
    distance_max: impl Fn(usize) -> usize,
) -> Option<&'k str> {
    let distances = known.iter().map(|near| (edit_distance(name, near), *near));
    distances
        .min()
        .filter(|&(distance, near)| distance <= distance_max(near.len()))
        .map(|(_, near)| near)
}

/// Returns Levenshtein's distance; of `from` only the first 64 characters are compared, and each
/// further one counts as an edit, which bounds the work.
fn edit_distance(from: &str, to: &str) -> usize {
    const COMPARED_CHARS_MAX: usize = 64;
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().take(COMPARED_CHARS_MAX).enumerate() {
        let mut diagonal = core::mem::replace(&mut row[0], line + 1);
        for (column, &b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()] + from.chars().count().saturating_sub(COMPARED_CHARS_MAX)
}
