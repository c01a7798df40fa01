//! The settings document, joined from the variables.
//!
//! `SETTINGS` is the whole document, `SYNC_US` that of the sync `us`; `SETTINGS_MAPPING` and so on
//! replace its members. Credentials come from secrets only. The names of the parts are derived from
//! [`Settings::KEYS`].

use super::fault;
use super::variables::{Variable, Variables};
use crate::json::Json;
use crate::members::Members;
use crate::rejects::to_json;
use crate::sorted::{map_of, object_of};
use kochava_edge::limits::SETTINGS_VAR_BYTES_MAX;
use kochava_edge::{Digest, Rejects, Settings, SettingsFault, Source};
use litemap::LiteMap;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;

/// The members of the settings without credentials, each as its JSON text.
#[derive(Debug)]
pub(super) struct Document {
    /// The variable of the whole: `SETTINGS`, `SYNC_US`.
    whole: String,
    members: LiteMap<String, Box<RawValue>>,
}

impl Document {
    /// Joins the variables of a sync; adds a fault for each that cannot be part of the settings.
    pub(super) fn read(variables: &Variables, sync: &str, faults: &mut Vec<SettingsFault>) -> Self {
        let whole = variable_of(sync);
        let mut members = read_whole(variables, &whole, faults);
        for (key, name) in parts(&whole) {
            if let Some(part) = json(variables, &name, faults) {
                members.insert(key.to_owned(), part);
            }
        }
        if sync.is_empty() {
            faults.extend(variables.names().filter_map(unknown_name));
        }
        if members.remove("authentication").is_some() {
            faults.push(fault(
                &in_sync(sync, "authentication"),
                "secret-in-settings",
                "does not belong here: set the secrets KOCHAVA_API_KEY and KOCHAVA_SECRET",
            ));
        }
        Document { whole, members }
    }

    /// Returns the settings as JSON text, with the credentials from the secrets: those with the name
    /// of the sync before those without.
    pub(super) fn text(&self, variables: &Variables) -> String {
        let suffix = self.whole.strip_prefix(SYNC_PREFIX);
        let secret = |name: &str| {
            let own = suffix.and_then(|suffix| variables.text(&[name, "_", suffix].concat()));
            own.or_else(|| variables.text(name))
        };
        let (api_key, secret) = (secret("KOCHAVA_API_KEY"), secret("KOCHAVA_SECRET"));
        let mut json = self.begin();
        if api_key.is_some() || secret.is_some() {
            json.open_member("authentication", '{');
            for (key, value) in [("api_key", api_key), ("secret", secret)] {
                if value.is_some() {
                    json.text(key, value);
                }
            }
            json.close('}');
        }
        json.close('}');
        json.finish()
    }

    /// Returns the settings as JSON text, without credentials.
    pub(super) fn shown(&self) -> String {
        let mut json = self.begin();
        json.close('}');
        json.finish()
    }

    /// Begins the settings as JSON text.
    fn begin(&self) -> Json {
        let mut json = Json::default();
        json.open('{');
        for (key, value) in self.members.iter() {
            json.raw(key, value.get());
        }
        json
    }

    /// Returns the version of the settings: a digest of `KOCHAVA_URL` and of the canonical JSON
    /// text of the members without credentials.
    ///
    /// Canonical: keys in ascending order of their bytes at every depth, no white space, strings
    /// and numbers as `serde_json` writes them, and the last of several members with one name.
    /// Stored rejects and queued messages contain the version, so equal settings must keep it.
    pub(super) fn version(&self, url: &str) -> Digest {
        let members = self.members.iter().map(|(key, value)| {
            let value = serde_json::from_str(value.get()).unwrap_or(Value::Null);
            (key.clone(), canonical(value))
        });
        let document = object_of(members);
        Digest::of(&[url, &to_json(&document)])
    }

    /// Returns the setting `rejects`, whatever faults the other settings have. The longest retention
    /// where it cannot be known: a setting is misspelt, a variable is not JSON, or the setting has a
    /// fault.
    pub(super) fn rejects(&self, faults: &[SettingsFault]) -> Rejects {
        let mut keys = self.members.keys();
        let is_misspelt = keys.any(|key| !Settings::KEYS.contains(&key.as_str()));
        let setting = self.members.get("rejects");
        match Rejects::read(setting.map_or("{}", |json| json.get())) {
            Ok(rejects)
                if !is_misspelt && !faults.iter().any(|fault| self.hides_rejects(fault)) =>
            {
                rejects
            }
            Ok(_) | Err(_) => Rejects::LONGEST,
        }
    }

    /// Returns whether the setting `rejects` may be meant by what has this fault.
    fn hides_rejects(&self, fault: &SettingsFault) -> bool {
        let path = fault.path.as_str();
        match fault.code {
            "wrong-type" => {
                path == self.whole || path.strip_prefix(&self.whole) == Some("_REJECTS")
            }
            "unknown-key" => true,
            _ => false,
        }
    }

    /// Returns whether `enabled` is false, whatever faults the settings have.
    pub(super) fn is_disabled(&self) -> bool {
        let enabled = self.members.get("enabled");
        enabled.is_some_and(|json| json.get() == "false")
    }

    /// Returns the senders of settings with faults; `None` where all may be meant.
    pub(super) fn sources(&self) -> Option<Vec<Source>> {
        let names: Vec<String> = serde_json::from_str(self.members.get("sources")?.get()).ok()?;
        names.iter().map(|name| Source::from_name(name)).collect()
    }
}

/// Returns the names of the syncs, the empty one first, and a fault for each variable that begins as
/// one of a sync and is none.
pub(super) fn syncs(variables: &Variables) -> (Vec<String>, Vec<SettingsFault>) {
    let (mut names, mut faults) = (Vec::new(), Vec::new());
    for variable in variables.names().filter(|name| is_of_sync(name)) {
        match sync_of(variable) {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(message) => faults.push(fault(variable, "unknown-key", message)),
        }
    }
    let is_unnamed =
        |name: &str| name == WHOLE || name.starts_with(PREFIX) || unknown_name(name).is_some();
    if names.is_empty() || variables.names().any(is_unnamed) {
        names.insert(0, String::new());
    }
    (names, faults)
}

fn is_of_sync(variable: &str) -> bool {
    let prefix = variable.get(..SYNC_PREFIX.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(SYNC_PREFIX))
}

/// Returns the sync that a variable is of: `us` for `SYNC_US` and for `SYNC_US_MAPPING`.
fn sync_of(variable: &str) -> Result<String, Cow<'static, str>> {
    let upper = variable.to_ascii_uppercase();
    let is_char = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
    if !upper.chars().all(is_char) {
        return Err("the name of a sync has letters, digits and `_` only".into());
    }
    if upper != variable {
        return Err(format!("is not a variable of a sync; did you mean `{upper}`?").into());
    }
    let name = upper.strip_prefix(SYNC_PREFIX).unwrap_or_default();
    let ends = || parts("").map(|(_, end)| end);
    let is_key = ends().any(|end| end.strip_prefix('_') == Some(name));
    // `_TEST_APP_GUID` before `_APP_GUID`
    let of_part = ends().fold(None, |shortest: Option<&str>, end| {
        let part = name
            .strip_suffix(end.as_str())
            .filter(|part| !part.is_empty());
        match (shortest, part) {
            (Some(known), Some(part)) if part.len() >= known.len() => shortest,
            (_, None) => shortest,
            (_, part) => part,
        }
    });
    let name = match of_part {
        Some(name) => name,
        None if is_key => return Err("a sync cannot be called like a setting".into()),
        None => name,
    };
    match name {
        "" => Err("the name of a sync is missing: SYNC_US is that of `us`".into()),
        "DEFAULT" => Err("no sync can be called `default`, as the one of SETTINGS is".into()),
        _ => Ok(name.to_ascii_lowercase()),
    }
}

/// Returns the variable that holds all settings of a sync.
pub(crate) fn variable_of(sync: &str) -> String {
    match sync {
        "" => WHOLE.to_owned(),
        _ => [SYNC_PREFIX, &sync.to_ascii_uppercase()].concat(),
    }
}

/// Returns the path of a setting of a sync: `SYNC_US.mapping.idfa`.
pub(super) fn in_sync(sync: &str, path: &str) -> String {
    match (sync, path) {
        ("", _) => path.to_owned(),
        (_, "") => variable_of(sync),
        _ => [&variable_of(sync), ".", path].concat(),
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
fn parts(whole: &str) -> impl Iterator<Item = (&'static str, String)> {
    Settings::KEYS
        .into_iter()
        .filter(|key| !matches!(*key, "$schema" | "authentication"))
        .map(move |key| (key, [whole, "_", &key.to_ascii_uppercase()].concat()))
}

fn read_whole(
    variables: &Variables,
    whole: &str,
    faults: &mut Vec<SettingsFault>,
) -> LiteMap<String, Box<RawValue>> {
    let mut members = LiteMap::new();
    let Some(text) = json(variables, whole, faults) else {
        return members;
    };
    match serde_json::from_str::<Members<'_>>(text.get()) {
        Ok(read) => {
            for (key, value) in read.iter() {
                members.insert(key.to_owned(), value.to_owned());
            }
        }
        Err(_) => faults.push(fault(whole, "wrong-type", "must be an object")),
    }
    members
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
    let is_known = |name: &str| name == WHOLE || parts(WHOLE).any(|(_, known)| known == name);
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
const SYNC_PREFIX: &str = "SYNC_";
