//! What do bindings, variables and secrets say?
//!
//! Read once an isolate: a change of any of them is a new version of the Worker, and that is a new
//! isolate.

use crate::authenticate::{self, TokenDigest};
use crate::limits::SUBREQUESTS_DEFAULT;
use crate::object::Object;
use js_sys::{JSON, Reflect};
use kochava_edge::limits::SETTINGS_VAR_BYTES_MAX;
use kochava_edge::{
    Digest, Endpoint, Planner, Reader, Settings, SettingsFault, ShapeCache, Value, write_plain_str,
};
use std::cell::{OnceCell, RefCell};
use wasm_bindgen::JsValue;
use worker::Env;

/// Everything that is set up, and whole.
pub(crate) struct Config {
    pub(crate) planner: Planner,
    /// The key order of the events planned last.
    pub(crate) shapes: RefCell<ShapeCache>,
    pub(crate) tokens: Vec<TokenDigest>,
    /// The operator's own.
    pub(crate) admin: Option<TokenDigest>,
    /// Whether events go through the queue.
    pub(crate) is_durable: bool,
    /// The version of the settings, by their text.
    pub(crate) settings: Digest,
    pub(crate) subrequests_max: usize,
    pub(crate) bindings: Object,
}

impl Config {
    /// The configuration, or everything that is wrong with it.
    pub(crate) fn of(env: &Env) -> Result<&'static Self, &'static [SettingsFault]> {
        thread_local! {
            static READ: OnceCell<&'static Result<Config, Vec<SettingsFault>>> = const { OnceCell::new() };
        }
        // kept as long as the isolate, as a static would be
        let read = READ.with(|read| *read.get_or_init(|| Box::leak(Box::new(Config::read(env)))));
        read.as_ref().map_err(Vec::as_slice)
    }

    fn read(env: &Env) -> Result<Self, Vec<SettingsFault>> {
        let mut faults = Vec::new();
        let document = document(env, &mut faults);
        let endpoint = endpoint(env, &mut faults);
        let subrequests_max = subrequests_max(env, &mut faults);
        let tokens = authenticate::tokens(env);
        if tokens.is_empty() {
            faults.push(fault(
                "INGEST_TOKEN",
                "missing",
                "is a secret that must be set: `wrangler secret put INGEST_TOKEN`",
            ));
        }
        let admin = authenticate::token(env, "ADMIN_TOKEN");
        if admin.is_some_and(|admin| tokens.contains(&admin)) {
            faults.push(fault(
                "ADMIN_TOKEN",
                "invalid",
                "must differ from the ingest token: a sender is no operator",
            ));
        }
        let is_durable = is_durable(env, &mut faults);
        match Settings::read(&document) {
            Ok(settings) if faults.is_empty() => {
                let planner = Planner::with_endpoint(endpoint, settings);
                Ok(Config {
                    planner,
                    shapes: RefCell::default(),
                    tokens,
                    admin,
                    is_durable,
                    settings: version(env, &document),
                    subrequests_max,
                    bindings: bindings(env),
                })
            }
            Ok(_) => Err(faults),
            Err(more) => {
                faults.extend(more);
                Err(faults)
            }
        }
    }
}

/// Which bindings are there; never what is in them.
pub(crate) fn bindings(env: &Env) -> Object {
    const NAMES: [&str; 12] = [
        "INGEST_TOKEN",
        "INGEST_TOKEN_NEXT",
        "ADMIN_TOKEN",
        "KOCHAVA_API_KEY",
        "KOCHAVA_SECRET",
        "KOCHAVA_URL",
        "ASSETS",
        "QUEUE",
        "DB",
        "DEDUPE",
        "JOURNAL",
        "BREAKER",
    ];
    NAMES.into_iter().fold(Object::new(), |bindings, name| {
        bindings.flag(name, binding(env, name).is_some())
    })
}

/// Whether a queue is bound, and with it all that a durable delivery needs.
fn is_durable(env: &Env, faults: &mut Vec<SettingsFault>) -> bool {
    let is_durable = binding(env, "QUEUE").is_some();
    for name in ["DB", "DEDUPE", "JOURNAL", "BREAKER"] {
        if is_durable && binding(env, name).is_none() {
            faults.push(fault(
                name,
                "missing",
                "must be bound where QUEUE is: wrangler.toml has all of them",
            ));
        }
    }
    is_durable
}

/// The name of these settings; credentials are none of it.
fn version(env: &Env, document: &str) -> Digest {
    let url = text(env, "KOCHAVA_URL").unwrap_or_default();
    let members = Reader::new(document).value().map(|document| {
        document
            .members()
            .filter(|(key, _)| !key.is("authentication"))
            .collect::<Vec<_>>()
    });
    let words: Vec<String> = members
        .unwrap_or_default()
        .iter()
        .map(|(key, value)| format!("{key:?} {value:?}"))
        .collect();
    Digest::of(&[&url, &words.join("\n")])
}

/// The settings as one object: `SETTINGS`, then `SETTINGS_MAPPING` and so on over it, credentials
/// from secrets.
fn document(env: &Env, faults: &mut Vec<SettingsFault>) -> String {
    let whole = variable(env, "SETTINGS", faults).unwrap_or_else(|| "{}".to_owned());
    let value = Reader::new(&whole).value().unwrap_or(Value::Null);
    if !matches!(value, Value::Object(_)) {
        faults.push(fault("SETTINGS", "wrong-type", "must be an object"));
    }
    let (mut document, mut has_secrets) = (Object::new(), false);
    for (key, value) in value.members() {
        if key.is("authentication") {
            has_secrets = true;
        } else {
            document = member(document, &key.decode(), value);
        }
    }
    // of two members of one name the later counts
    for key in PARTS {
        if let Some(part) = variable(
            env,
            &format!("SETTINGS_{}", key.to_ascii_uppercase()),
            faults,
        ) {
            document = document.raw(key, &part);
        }
    }
    for name in Reflect::own_keys(env)
        .iter()
        .flat_map(js_sys::Array::iter)
        .filter_map(|name| name.as_string())
    {
        let part = name.strip_prefix("SETTINGS_").map(str::to_ascii_lowercase);
        if part.as_deref().is_some_and(|part| !PARTS.contains(&part)) {
            faults.push(fault(&name, "unknown-key", "names no part of the settings"));
        }
    }
    if has_secrets {
        faults.push(fault(
            "authentication",
            "secret-in-settings",
            "does not belong here: set the secrets KOCHAVA_API_KEY and KOCHAVA_SECRET",
        ));
    }
    let credentials = credentials(env);
    if credentials.is_empty() {
        document
    } else {
        document.object("authentication", &credentials)
    }
    .finish()
}

fn credentials(env: &Env) -> Object {
    [("api_key", "KOCHAVA_API_KEY"), ("secret", "KOCHAVA_SECRET")]
        .into_iter()
        .fold(Object::new(), |credentials, (key, name)| {
            if let Some(secret) = text(env, name) {
                credentials.text(key, &secret)
            } else {
                credentials
            }
        })
}

fn member(object: Object, name: &str, value: Value<'_>) -> Object {
    match value {
        Value::Null => object.raw(name, "null"),
        Value::Bool(json) | Value::Number(json) | Value::Array(json) | Value::Object(json) => {
            object.raw(name, json)
        }
        Value::String(text) => object.text(name, &text.decode()),
    }
}

/// A variable that holds JSON, as its text: an object from `wrangler.toml`, a text from the
/// dashboard.
fn variable(env: &Env, name: &str, faults: &mut Vec<SettingsFault>) -> Option<String> {
    let value = binding(env, name)?;
    let json = written(&value)?;
    if json.len() > SETTINGS_VAR_BYTES_MAX {
        faults.push(fault(
            name,
            "too-large",
            "is larger than the 5 KB that a variable may hold: split it into SETTINGS_MAPPING, SETTINGS_EVENTS and so on",
        ));
    }
    // the core's reader forgives a comma too much, as senders write it; an operator is told
    if JSON::parse(&json).is_ok() {
        return Some(json);
    }
    // a part may be a bare text: an App GUID
    if name.ends_with("APP_GUID") && value.is_string() {
        let mut quoted = String::new();
        write_plain_str(&mut quoted, &json);
        return Some(quoted);
    }
    faults.push(fault(name, "wrong-type", "is not JSON"));
    None
}

fn endpoint(env: &Env, faults: &mut Vec<SettingsFault>) -> Endpoint {
    let Some(value) = binding(env, "KOCHAVA_URL") else {
        return Endpoint::default();
    };
    Endpoint::parse(&value.as_string().unwrap_or_default()).unwrap_or_else(|reason| {
        faults.push(fault("KOCHAVA_URL", "invalid", &reason.to_string()));
        Endpoint::default()
    })
}

fn subrequests_max(env: &Env, faults: &mut Vec<SettingsFault>) -> usize {
    let Some(value) = binding(env, "SUBREQUESTS_MAX") else {
        return SUBREQUESTS_DEFAULT;
    };
    written(&value)
        .and_then(|text| text.parse().ok())
        .filter(|&most| most > 0)
        .unwrap_or_else(|| {
            faults.push(fault(
                "SUBREQUESTS_MAX",
                "invalid",
                "must be a whole number above 0",
            ));
            SUBREQUESTS_DEFAULT
        })
}

/// A text as it stands, anything else as JSON.
fn written(value: &JsValue) -> Option<String> {
    value
        .as_string()
        .or_else(|| JSON::stringify(value).ok()?.as_string())
}

fn text(env: &Env, name: &str) -> Option<String> {
    binding(env, name)?
        .as_string()
        .filter(|text| !text.is_empty())
}

fn binding(env: &Env, name: &str) -> Option<JsValue> {
    Reflect::get(env, &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

fn fault(path: &str, code: &'static str, message: &str) -> SettingsFault {
    SettingsFault {
        path: path.to_owned(),
        code,
        message: message.to_owned().into(),
    }
}

/// The top-level keys that may be variables of their own.
const PARTS: [&str; 10] = [
    "app_guid",
    "test_app_guid",
    "test",
    "enabled",
    "events",
    "users",
    "mapping",
    "wire",
    "delivery",
    "rejects",
];
