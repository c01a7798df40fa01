//! Writes settings with proposed paths in them: every other member stays as it was written.

use super::gather::Field;
use super::{Source, String, Vec};
use crate::json::{Members, Reader, Value, append, write_plain_str};
use crate::plan::advice::{write_paths, write_strings};

/// Settings as they were given, and what is added to them.
pub(super) struct SettingsText<'s> {
    given: Value<'s>,
    sources: Option<Vec<Source>>,
    /// An App GUID for settings without one.
    pub(super) app_guid: Option<&'static str>,
}

impl<'s> SettingsText<'s> {
    /// The settings in a text. What is no JSON stays unreadable: nothing is added to it.
    pub(super) fn of(text: &'s str) -> Self {
        SettingsText {
            given: Reader::new(text).value().unwrap_or(Value::Null),
            sources: None,
            app_guid: None,
        }
    }

    /// Has events of these senders alone sent.
    pub(super) fn set_sources(&mut self, sources: &[Source]) {
        self.sources = (!sources.is_empty()).then(|| sources.to_vec());
    }

    /// The settings with the paths of `fields`.
    pub(super) fn written(&self, fields: &[Field]) -> String {
        let mut out = String::new();
        let Value::Object(_) = self.given else {
            append(&mut out, "null");
            return out;
        };
        let mut object = ObjectWriter::begin(&mut out);
        if let Some(app_guid) = self.app_guid {
            write_plain_str(object.key("app_guid"), app_guid);
        }
        if let Some(sources) = &self.sources {
            write_strings(
                object.key("sources"),
                sources.iter().map(|source| source.name()),
            );
        }
        self.merge(&mut object, self.given, "", fields);
        object.end();
        out
    }

    /// Writes the members of an object of the settings at `path`, with the fields below it.
    fn merge(&self, object: &mut ObjectWriter<'_>, given: Value<'_>, path: &str, fields: &[Field]) {
        let members = given.members().collect::<Members<'_>>().distinct();
        for (key, value) in &members {
            let key = key.decode();
            let place = joined(path, &key);
            if place == "app_guid" && self.app_guid.is_some() {
                continue;
            }
            let out = object.key(&key);
            match paths_at(fields, &place) {
                Some(paths) => write_paths(out, &paths),
                None if has_below(fields, &place) && !matches!(value, Value::Null) => {
                    let mut inner = ObjectWriter::begin(out);
                    self.merge(&mut inner, *value, &place, fields);
                    inner.end();
                }
                None => append(out, raw(*value).as_ref()),
            }
        }
        self.append_missing(
            object,
            &members
                .iter()
                .map(|(key, _)| key.decode())
                .collect::<Vec<_>>(),
            path,
            fields,
        );
    }

    /// Writes the fields below `path` whose member the object does not have.
    fn append_missing(
        &self,
        object: &mut ObjectWriter<'_>,
        keys: &[alloc::borrow::Cow<'_, str>],
        path: &str,
        fields: &[Field],
    ) {
        let mut written: Vec<&str> = Vec::new();
        for field in fields.iter().filter(|field| !field.added.is_empty()) {
            let Some(rest) = below(field.look.setting, path) else {
                continue;
            };
            let key = rest.split_once('.').map_or(rest, |(key, _)| key);
            if written.contains(&key) || keys.iter().any(|own| own == key) {
                continue;
            }
            written.push(key);
            let place = joined(path, key);
            let out = object.key(key);
            if let Some(paths) = paths_at(fields, &place) {
                write_paths(out, &paths);
            } else {
                let mut inner = ObjectWriter::begin(out);
                self.append_missing(&mut inner, &[], &place, fields);
                inner.end();
            }
        }
    }
}

/// The text of a value as it was written.
fn raw(value: Value<'_>) -> String {
    let mut out = String::new();
    crate::json::write_strict(&mut out, value);
    out
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

/// The paths of the field whose setting this is, if some are added.
fn paths_at(fields: &[Field], setting: &str) -> Option<Vec<String>> {
    let is_changed = |field: &&Field| field.look.setting == setting && !field.added.is_empty();
    Some(fields.iter().find(is_changed)?.value())
}

fn has_below(fields: &[Field], path: &str) -> bool {
    let mut changed = fields.iter().filter(|field| !field.added.is_empty());
    changed.any(|field| below(field.look.setting, path).is_some())
}

/// Writes an object member by member.
struct ObjectWriter<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl<'o> ObjectWriter<'o> {
    fn begin(out: &'o mut String) -> Self {
        out.push('{');
        ObjectWriter {
            out,
            is_first: true,
        }
    }

    /// Begins a member; its value is to be appended to what is returned.
    fn key(&mut self, key: &str) -> &mut String {
        append(self.out, if self.is_first { "" } else { "," });
        self.is_first = false;
        write_plain_str(self.out, key);
        self.out.push(':');
        self.out
    }

    fn end(self) {
        self.out.push('}');
    }
}
