//! Writes settings with proposed paths in them: every other member stays as it was written.

use super::gather::Field;
use super::{Source, String, Vec};
use crate::json::{Members, Reader, Value, write_strict};
use crate::plan::advice::{put, write_member, write_paths};

/// Settings as they were given, and what is added to them.
pub(super) struct SettingsText<'s> {
    given: Value<'s>,
    sources: Vec<Source>,
    /// An App GUID for settings without one.
    pub(super) app_guid: Option<&'static str>,
}

impl<'s> SettingsText<'s> {
    /// The settings in a text. What is no JSON stays unreadable: nothing is added to it.
    pub(super) fn of(text: &'s str) -> Self {
        SettingsText {
            given: Reader::new(text).value().unwrap_or(Value::Null),
            sources: Vec::new(),
            app_guid: None,
        }
    }

    /// Has events of these senders alone sent.
    pub(super) fn set_sources(&mut self, sources: &[Source]) {
        self.sources = sources.to_vec();
    }

    /// The settings with the paths of `fields`.
    pub(super) fn written(&self, fields: &[Field]) -> String {
        let mut out = String::new();
        if !matches!(self.given, Value::Object(_)) {
            put(&mut out, "null");
            return out;
        }
        put(&mut out, "{");
        if let Some(app_guid) = self.app_guid {
            write_member(&mut out, "\"app_guid\":", Some(app_guid));
        }
        for (place, source) in self.sources.iter().enumerate() {
            if place == 0 {
                write_key(&mut out, "sources");
            }
            let start = if place == 0 { "[" } else { "," };
            write_member(&mut out, start, Some(source.name()));
        }
        put(&mut out, if self.sources.is_empty() { "" } else { "]" });
        self.merge(&mut out, Some(self.given), "", fields);
        put(&mut out, "}");
        out
    }

    /// Writes the members of an object of the settings at `path`, with the fields below it.
    fn merge(&self, out: &mut String, given: Option<Value<'_>>, path: &str, fields: &[Field]) {
        let mut written: Vec<String> = Vec::new();
        let given = given.unwrap_or(Value::Null).members();
        for (key, value) in given.collect::<Members<'_>>().distinct() {
            let key: String = key.decode().into();
            if !(path.is_empty() && key == "app_guid" && self.app_guid.is_some()) {
                write_key(out, &key);
                self.write_value(out, Some(value), &joined(path, &key), fields);
            }
            written.push(key);
        }
        for field in fields.iter().filter(|field| !field.added.is_empty()) {
            let Some(rest) = below(field.look.setting, path) else {
                continue;
            };
            let key = rest.split_once('.').map_or(rest, |(key, _)| key);
            if written.iter().all(|known| known != key) {
                written.push(key.into());
                write_key(out, key);
                self.write_value(out, None, &joined(path, key), fields);
            }
        }
    }

    /// Writes the value of the setting at `place`.
    fn write_value(
        &self,
        out: &mut String,
        given: Option<Value<'_>>,
        place: &str,
        fields: &[Field],
    ) {
        let mut changed = fields.iter().filter(|field| !field.added.is_empty());
        let own = changed.clone().find(|field| field.look.setting == place);
        let is_object = matches!(given, None | Some(Value::Object(_)));
        if let Some(field) = own {
            write_paths(out, &field.value());
        } else if is_object && changed.any(|field| below(field.look.setting, place).is_some()) {
            put(out, "{");
            self.merge(out, given, place, fields);
            put(out, "}");
        } else {
            write_strict(out, given.unwrap_or(Value::Null));
        }
    }
}

/// Begins a member of an object.
fn write_key(out: &mut String, key: &str) {
    let comma = if out.ends_with('{') { "" } else { "," };
    write_member(out, comma, Some(key));
    put(out, ":");
}

fn joined(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    [path, dot, key].concat()
}

/// The rest of a setting's path below an object of the settings.
fn below<'p>(setting: &'p str, path: &str) -> Option<&'p str> {
    if path.is_empty() {
        return Some(setting);
    }
    setting.strip_prefix(path)?.strip_prefix('.')
}
