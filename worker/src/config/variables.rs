//! The Worker's environment as plain data: variables, secrets, and the names of bindings.
//!
//! The modules that use it do not depend on the platform, so they are tested natively.

use crate::rate::{DEVICE_RATE, KEY_RATE};
use js_sys::{Array, JSON, Reflect};
use litemap::LiteMap;
use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;
use worker::Env;

/// The environment, by name.
#[derive(Debug, Default)]
pub(crate) struct Variables(LiteMap<String, Variable>);

/// One entry of the environment.
#[derive(Debug)]
pub(crate) enum Variable {
    /// A secret, or a variable that is text.
    Text(String),
    /// A variable of another type, as JSON text.
    Json(String),
    /// A queue, a database, an object, a rate limit or the assets.
    Binding,
}

impl Variables {
    pub(crate) fn of(env: &Env) -> Self {
        let names = Reflect::own_keys(env).unwrap_or_else(|_| Array::new());
        let entries = names.iter().filter_map(|name| {
            let value = Reflect::get(env, &name).ok()?;
            let name = name.as_string()?;
            let variable = read_value(&name, &value)?;
            Some((name, variable))
        });
        let mut variables = LiteMap::new();
        for (name, variable) in entries {
            variables.insert(name, variable);
        }
        Variables(variables)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Variable> {
        self.0.get(name)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns a variable that is text and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Variable::Text(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Variable::Json(_) | Variable::Binding => None,
        }
    }
}

#[cfg(test)]
impl Variables {
    pub(super) fn extend<const N: usize>(&mut self, entries: [(&str, Variable); N]) {
        let entries = entries.map(|(name, variable)| (name.to_owned(), variable));
        self.0.extend(entries);
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, Variable); N]> for Variables {
    fn from(entries: [(&str, Variable); N]) -> Self {
        let entries = entries.map(|(name, variable)| (name.to_owned(), variable));
        Variables(entries.into_iter().collect())
    }
}

fn read_value(name: &str, value: &JsValue) -> Option<Variable> {
    if value.is_undefined() || value.is_null() {
        return None;
    }
    if let Some(text) = value.as_string() {
        return Some(Variable::Text(text));
    }
    // bindings are not stringified: only these names may be JSON
    let may_be_json = ["SUBREQUESTS_MAX", "JOURNAL_SHARDS"].contains(&name)
        || ["SETTINGS", "SYNC_"]
            .iter()
            .any(|prefix| name.to_ascii_uppercase().starts_with(prefix));
    let json = may_be_json
        .then(|| JSON::stringify(value).ok()?.as_string())
        .flatten();
    Some(json.map_or(Variable::Binding, Variable::Json))
}

/// Whether each name that this Worker reads is set, without the values.
#[derive(Clone, Debug)]
pub(crate) struct Bindings(Vec<(&'static str, bool)>);

impl Bindings {
    pub(crate) fn of(variables: &Variables) -> Self {
        let names = ["INGEST_TOKEN", "INGEST_TOKEN_NEXT", "ADMIN_TOKEN"]
            .into_iter()
            .chain([
                "SDK_KEYS",
                "SEGMENT_SECRET",
                "TEE_AMPLITUDE",
                "ALERT_URL",
                "ACCESS_AUD",
                "ACCESS_TEAM",
                KEY_RATE,
                DEVICE_RATE,
            ])
            .chain(["KOCHAVA_API_KEY", "KOCHAVA_SECRET", "KOCHAVA_URL"])
            .chain(["ASSETS", QUEUE])
            .chain(STORES);
        Bindings(names.map(|name| (name, variables.contains(name))).collect())
    }

    /// Returns whether this name is set.
    pub(crate) fn contain(&self, name: &str) -> bool {
        self.0.contains(&(name, true))
    }
}

impl Serialize for Bindings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The binding that makes the delivery durable.
pub(super) const QUEUE: &str = "QUEUE";

/// The bindings that durable delivery needs besides the queue.
pub(super) const STORES: [&str; 2] = ["DB", "JOURNAL"];
