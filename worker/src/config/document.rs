//! The settings document, joined from the variables.
//!
//! `SETTINGS` is the whole document; `SETTINGS_MAPPING` and so on replace its members. Credentials
//! come from secrets only. The names of the parts are derived from [`Settings::KEYS`].

use super::fault;
use super::variables::{Variable, Variables};
use crate::sorted::{map_of, object_of};
use kochava_edge::limits::SETTINGS_VAR_BYTES_MAX;
use kochava_edge::{Digest, Rejects, Settings, SettingsFault};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// The members of the settings without credentials, each as its JSON text.
#[derive(Debug)]
pub(super) struct Document(BTreeMap<String, Box<RawValue>>);

impl Document {
    /// Joins the variables; adds a fault for each that cannot be part of the settings.
    pub(super) fn read(variables: &Variables, faults: &mut Vec<SettingsFault>) -> Self {
        let mut members = whole(variables, faults);
        for (key, name) in parts() {
            if let Some(part) = json(variables, &name, faults) {
                members.insert(key.to_owned(), part);
            }
        }
        faults.extend(variables.names().filter_map(unknown_name));
        if members.remove("authentication").is_some() {
            faults.push(fault(
                "authentication",
                "secret-in-settings",
                "does not belong here: set the secrets KOCHAVA_API_KEY and KOCHAVA_SECRET",
            ));
        }
        Document(members)
    }

    /// Returns the settings as JSON text, with the credentials from the secrets.
    pub(super) fn text(&self, variables: &Variables) -> String {
        let credentials = map_of(
            [("api_key", "KOCHAVA_API_KEY"), ("secret", "KOCHAVA_SECRET")]
                .into_iter()
                .filter_map(|(key, name)| Some((key, variables.text(name)?))),
        );
        let credentials = to_raw_value(&credentials)
            .ok()
            .filter(|_| !credentials.is_empty());
        let members = self.0.iter().map(|(key, value)| (key.as_str(), &**value));
        let credentials = credentials.as_deref();
        let members = map_of(members.chain(credentials.map(|value| ("authentication", value))));
        serde_json::to_string(&members).expect("texts as keys, JSON as values")
    }

    /// Returns the settings as JSON text, without credentials.
    pub(super) fn shown(&self) -> String {
        serde_json::to_string(&self.0).expect("texts as keys, JSON as values")
    }

    /// Returns the version of the settings: a digest of `KOCHAVA_URL` and of the canonical JSON
    /// text of the members without credentials.
    ///
    /// Canonical: keys in ascending order of their bytes at every depth, no white space, strings
    /// and numbers as `serde_json` writes them, and the last of several members with one name.
    /// Stored rejects and queued messages contain the version, so equal settings must keep it.
    pub(super) fn version(&self, url: &str) -> Digest {
        let members = self.0.iter().map(|(key, value)| {
            let value = serde_json::from_str(value.get()).unwrap_or(Value::Null);
            (key.clone(), canonical(value))
        });
        let document = object_of(members);
        Digest::of(&[url, &document.to_string()])
    }
}

/// Reads the setting `rejects`, whatever faults the other settings have. The longest retention
/// where it cannot be known: a setting is misspelt, a variable is not JSON, or the setting has a
/// fault.
pub(super) fn rejects(variables: &Variables) -> Rejects {
    let mut faults = Vec::new();
    let document = Document::read(variables, &mut faults);
    let is_misspelt = document
        .0
        .keys()
        .any(|key| !Settings::KEYS.contains(&key.as_str()));
    let setting = document.0.get("rejects").map_or("{}", |json| json.get());
    match Rejects::read(setting) {
        Ok(rejects) if !is_misspelt && !faults.iter().any(hides_rejects) => rejects,
        Ok(_) | Err(_) => Rejects::LONGEST,
    }
}

/// Returns whether the setting `rejects` may be meant by what has this fault.
fn hides_rejects(fault: &SettingsFault) -> bool {
    match fault.code {
        "wrong-type" => [WHOLE, "SETTINGS_REJECTS"].contains(&fault.path.as_str()),
        "unknown-key" => true,
        _ => false,
    }
}

/// Sorts the keys of every object, independent of the features of `serde_json`.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted = map_of(members);
            let members = sorted
                .into_iter()
                .map(|(key, value)| (key, canonical(value)));
            object_of(members)
        }
        Value::Array(elements) => elements.into_iter().map(canonical).collect(),
        other => other,
    }
}

/// Returns the keys of the settings that may be separate variables, with the variables' names.
fn parts() -> impl Iterator<Item = (&'static str, String)> {
    Settings::KEYS
        .into_iter()
        .filter(|key| !matches!(*key, "$schema" | "authentication"))
        .map(|key| (key, [PREFIX, &key.to_ascii_uppercase()].concat()))
}

fn whole(
    variables: &Variables,
    faults: &mut Vec<SettingsFault>,
) -> BTreeMap<String, Box<RawValue>> {
    let Some(text) = json(variables, WHOLE, faults) else {
        return BTreeMap::new();
    };
    serde_json::from_str(text.get()).unwrap_or_else(|_| {
        faults.push(fault(WHOLE, "wrong-type", "must be an object"));
        BTreeMap::new()
    })
}

/// Reads a variable as JSON: an object from `wrangler.toml`, or text from the dashboard.
fn json(
    variables: &Variables,
    name: &str,
    faults: &mut Vec<SettingsFault>,
) -> Option<Box<RawValue>> {
    let (Variable::Text(text) | Variable::Json(text)) = variables.get(name)? else {
        faults.push(fault(name, "wrong-type", "is not JSON"));
        return None;
    };
    if text.len() > SETTINGS_VAR_BYTES_MAX {
        faults.push(fault(
            name,
            "too-large",
            "is larger than the 5 KB that a variable may hold: split it into SETTINGS_MAPPING, SETTINGS_EVENTS and so on",
        ));
    }
    // not with the core's reader: it accepts trailing commas, which are a fault in settings
    let json = serde_json::from_str(text).ok();
    // an App GUID may be written without quotes
    let bare_text = || {
        name.ends_with("APP_GUID")
            .then(|| to_raw_value(text).ok())
            .flatten()
    };
    let json = json.or_else(bare_text);
    if json.is_none() {
        faults.push(fault(name, "wrong-type", "is not JSON"));
    }
    json
}

/// Returns a fault for a variable that is named like a setting but is not one.
fn unknown_name(name: &str) -> Option<SettingsFault> {
    let is_known = |name: &str| name == WHOLE || parts().any(|(_, known)| known == name);
    let upper = name.to_ascii_uppercase();
    let message = if is_known(name) {
        return None;
    } else if is_known(&upper) {
        format!("is not a variable of the settings; did you mean `{upper}`?")
    } else if name.starts_with(PREFIX) {
        "is not a variable of the settings".to_owned()
    } else {
        return None;
    };
    Some(fault(name, "unknown-key", message))
}

const WHOLE: &str = "SETTINGS";
const PREFIX: &str = "SETTINGS_";
