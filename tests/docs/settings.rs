//! The parts of `docs/settings.md`, from `settings.schema.json`.

use super::table;
use serde_json::{Map, Value};

/// One heading for each setting, sections first.
pub(crate) fn settings() -> String {
    let schema = schema();
    let settings = members(&schema).filter(|(key, _)| *key != "$schema");
    let entries: Vec<_> = settings
        .map(|(key, setting)| entries("##", key, setting, is_required(&schema, key)))
        .collect();
    format!("{}\n", entries.concat().trim_end())
}

/// The members of a block and of a condition.
pub(crate) fn conditions() -> String {
    let schema = schema();
    let rows = ["block", "row"].into_iter().flat_map(|definition| {
        members(&schema["$defs"][definition]).map(|(key, member)| {
            let example = example(member).unwrap_or_default();
            vec![
                format!("`{key}`"),
                description(member).into(),
                kind(member),
                example,
            ]
        })
    });
    table(&["member", "what it says", "type", "example"], rows)
}

/// A setting, and the settings within it a level deeper.
fn entries(level: &str, path: &str, setting: &Value, is_required: bool) -> String {
    let is_section = level == "##" && members(setting).next().is_some();
    let facts = if is_section {
        String::new()
    } else {
        facts(path, setting, is_required)
    };
    let heading = format!("{level} `{path}`\n\n{}\n\n{facts}", description(setting));
    let within = members(setting).map(|(key, inner)| {
        let is_required = self::is_required(setting, key);
        entries(
            &format!("{level}#"),
            &format!("{path}.{key}"),
            inner,
            is_required,
        )
    });
    [heading].into_iter().chain(within).collect()
}

/// Type, default and example.
fn facts(path: &str, setting: &Value, is_required: bool) -> String {
    let default = default(path, setting, is_required);
    let example =
        example(setting).map_or(String::new(), |example| format!("- Example: {example}\n"));
    format!("- Type: {}\n- {default}\n{example}\n", kind(setting))
}

fn default(path: &str, setting: &Value, is_required: bool) -> String {
    let definition = definition(setting);
    match setting.get("default").or_else(|| definition.get("default")) {
        Some(default) => format!("Default: `{default}`"),
        None if is_required => "Required".to_owned(),
        None if path.starts_with("mapping.") && path != "mapping.custom_ids" => {
            "Default: the sender's documented field, if it has one".to_owned()
        }
        None if path.starts_with("events.revenue") => {
            "Default: the sender's documented fields".to_owned()
        }
        None => "Default: none".to_owned(),
    }
}

/// The type of a setting, in words.
fn kind(setting: &Value) -> String {
    if let Some(name) = setting["$ref"].as_str() {
        return match name.rsplit('/').next().unwrap_or_default() {
            "app_guids" => "App GUID, or object of App GUIDs by `ios`, `ipados`, `tvos`, `android`, `fire`, `roku`, `web`, `default`",
            "path" => "[path](#paths)",
            "paths" => "[path](#paths), or list of paths",
            "selection" => "list of names, or `\"*\"`",
            "steps" => "list of 1 to 32 whole numbers from 1 to 43200",
            "text" | "name" | "visible" => "text",
            other => panic!("the type {other} has no words"),
        }
        .to_owned();
    }
    if let Some(choices) = setting["enum"].as_array() {
        return choices
            .iter()
            .map(|choice| format!("`{choice}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(alternatives) = setting["anyOf"].as_array() {
        return alternatives
            .iter()
            .map(kind)
            .collect::<Vec<_>>()
            .join(", or ");
    }
    match (setting["type"].as_str(), setting["items"]["$ref"].as_str()) {
        (Some("array"), Some("#/$defs/block")) => "list of [blocks](#blocks)".to_owned(),
        (Some("array"), Some("#/$defs/row")) => "list of conditions".to_owned(),
        (Some("array"), _) => "list of texts".to_owned(),
        (Some("boolean"), _) => "`true` or `false`".to_owned(),
        (Some("null"), _) => "`null`".to_owned(),
        (Some("integer"), _) => {
            format!(
                "whole number from {} to {}",
                setting["minimum"], setting["maximum"]
            )
        }
        (Some("object"), _) => object(setting),
        (None, _) if setting["type"][0] == "integer" => format!(
            "whole number from {} to {}, or `null`",
            setting["minimum"], setting["maximum"]
        ),
        (None, _) if setting["type"].is_array() => "object, or `null`".to_owned(),
        (None, _) => {
            "text, number, `true` or `false`; a list of them for `in` and `not in`".to_owned()
        }
        (Some(other), _) => panic!("the type {other} has no words"),
    }
}

fn object(setting: &Value) -> String {
    let values = &setting["additionalProperties"];
    if values.is_object() {
        format!("object; each value: {}", kind(values))
    } else {
        "object".to_owned()
    }
}

fn example(setting: &Value) -> Option<String> {
    Some(format!("`{}`", setting["examples"].get(0)?))
}

fn is_required(schema: &Value, key: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|keys| keys.iter().any(|name| name == key))
}

/// The members of an object; what only a choice between alternatives names is not one of them.
fn members(schema: &Value) -> impl Iterator<Item = (&String, &Value)> + use<'_> {
    schema["properties"].as_object().into_iter().flatten()
}

fn definition(setting: &Value) -> Value {
    let name = setting["$ref"]
        .as_str()
        .and_then(|name| name.rsplit('/').next());
    name.map_or(Value::Null, |name| schema()["$defs"][name].clone())
}

fn description(setting: &Value) -> &str {
    setting["description"]
        .as_str()
        .expect("every setting is described")
}

fn schema() -> Value {
    let text = include_str!("../../settings.schema.json");
    serde_json::from_str::<Map<_, _>>(text)
        .expect("the schema is JSON")
        .into()
}
