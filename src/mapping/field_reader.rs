//! Looks up values for the fields of a body.
//!
//! In: a field and the paths of its value. Out: the first usable value, or the first rule that a
//! value breaks. Every look-up is recorded.

use super::read::Reading;
use super::{AttributePaths, DATA, FieldKey};
use crate::json::{Text, Value};
use crate::kochava::{Resolved, Rule, Violation};
use crate::mapping::{FieldPath, LookupResult, Trace};
use crate::settings::Settings;
use crate::source::{Attribute, Event, Path};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The path in an explanation that stands for the preset of standard events.
pub(super) const PRESET: FieldPath<'static> = FieldPath::constant("preset");

/// Looks up the paths of one event, and records each look-up.
pub(super) struct FieldReader<'e, 'a, 'r> {
    pub(super) event: &'e Event<'a>,
    pub(super) settings: &'a Settings,
    pub(super) paths: &'a AttributePaths,
    /// Where look-ups are recorded, if anywhere.
    pub(super) trace: Option<&'r mut Trace<'a>>,
}

impl<'a> FieldReader<'_, 'a, '_> {
    /// Records a look-up.
    pub(super) fn record(
        &mut self,
        field: FieldPath<'a>,
        path: FieldPath<'a>,
        result: LookupResult,
        value: Option<Value<'a>>,
    ) {
        if let Some(trace) = &mut self.trace {
            trace.record(field, path, result, value);
        }
    }

    /// The first usable value of an attribute.
    pub(super) fn attribute<T>(
        &mut self,
        field: FieldKey<'a>,
        attribute: Attribute,
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Resolved<'a, T> {
        self.first_usable(field, &self.paths.attributes[attribute as usize], read)
    }

    /// The first usable text of an attribute. One copy of the loop for all `read`: each adds half a
    /// kilobyte to a wasm file.
    #[inline(never)]
    pub(super) fn text(
        &mut self,
        field: FieldKey<'a>,
        attribute: Attribute,
        read: fn(&Value<'a>) -> Reading<Cow<'a, str>>,
    ) -> Resolved<'a, Cow<'a, str>> {
        self.attribute(field, attribute, read)
    }

    /// The first usable value at `paths`; otherwise the first rule that a value there breaks.
    pub(super) fn first_usable<T>(
        &mut self,
        field: FieldKey<'a>,
        paths: &'a [Path],
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Resolved<'a, T> {
        // not a `Resolved`, which would have to be dropped
        let mut fault = None;
        for path in paths {
            let searched;
            let value = if let Some(slots) = path.slots() {
                self.event.at_slots(slots)
            } else {
                searched = self.event.search(path).unwrap_or(Value::Null);
                &searched
            };
            let reading = if value.is_null() {
                Reading::Nothing
            } else {
                read(value)
            };
            if let Some(trace) = &mut self.trace {
                trace.record(
                    field.name(),
                    FieldPath::undivided(path.as_str()),
                    match &reading {
                        Reading::Value(_) => LookupResult::Used,
                        Reading::Unusable(rule) => LookupResult::Unusable(Some(*rule)),
                        Reading::Nothing => LookupResult::Missing,
                    },
                    Some(*value).filter(|value| !value.is_null()),
                );
            }
            match reading {
                Reading::Value(value) => return Resolved::Value(value, path.as_str()),
                Reading::Unusable(rule) => {
                    fault.get_or_insert((rule, path.as_str()));
                }
                Reading::Nothing => {}
            }
        }
        match fault {
            Some((rule, path)) => Resolved::Unusable(rule, path),
            None => Resolved::Missing(paths.first().map(Path::as_str)),
        }
    }

    /// The name of Kochava's standard event where the preset has one for this name.
    fn standard_name(&mut self, name: Cow<'a, str>) -> Cow<'a, str> {
        let event = self.event;
        let mut rows = event.schema.standard_events.iter();
        let row = rows.find(|row| self.settings.events.has_preset && row.is_for(&name, event));
        let Some(row) = row else {
            return name;
        };
        self.record(
            DATA.of("event_name").name(),
            PRESET,
            LookupResult::Used,
            None,
        );
        Cow::Borrowed(row.to)
    }

    /// The currency of an amount that is documented to be in US dollars.
    pub(super) fn dollars(&mut self) -> Resolved<'a, Cow<'a, str>> {
        let path = self.paths.dollars.first().map_or("", Path::as_str);
        self.record(
            DATA.of("currency").name(),
            FieldPath::undivided(path),
            LookupResult::Used,
            None,
        );
        Resolved::Value(Cow::Borrowed("USD"), path)
    }

    /// The event's name, or what the operator renames it to.
    pub(super) fn name(&mut self, notes: &mut Vec<Violation>) -> Resolved<'a, Cow<'a, str>> {
        let (event, settings) = (self.event, self.settings);
        let path = settings.name_path(event);
        let text = settings.name_text(event);
        let name = settings
            .event_name(event)
            .filter(|name| name.chars().any(|character| !character.is_whitespace()));
        self.record(
            DATA.of("event_name").name(),
            FieldPath::undivided(path),
            if name.is_some() {
                LookupResult::Used
            } else {
                LookupResult::Missing
            },
            text.map(Value::String),
        );
        let Some(name) = name else {
            return Resolved::Missing(Some(path).filter(|path| !path.is_empty()));
        };
        if text.is_some_and(Text::has_lone_surrogate) {
            notes.push(Violation::new(Rule::TextRepaired, "data.event_name").from_path(Some(path)));
        }
        let rename = &self.settings.events.rename;
        let renamed = rename.iter().find(|(from, _)| *from == name);
        let name = match renamed {
            Some((_, to)) => Cow::Borrowed(to.as_str()),
            None => self.standard_name(name),
        };
        Resolved::Value(name, path)
    }
}
