//! The parts of `docs/settings.md`, from `settings.schema.json`.

use serde_json::{Map, Value};

/// One heading for each setting, sections first.
pub(crate) fn settings() -> String {
    let schema = schema();
    let mut out = String::new();
    for (key, setting) in members(&schema) {
        if key == "$schema" {
            continue;
        }
        let inner: Vec<_> = members(setting).collect();
        let is_section = !inner.is_empty();
        if is_section {
            out += &format!("## `{key}`\n\n{}\n\n", text(setting, "description"));
        } else {
            out += &entry("##", key, setting, is_required(&schema, key));
        }
        for (name, setting) in inner {
            let is_required = is_required(&schema["properties"][key], name);
            let path = format!("{key}.{name}");
            out += &entry("###", &path, setting, is_required);
            // of a pair of members, such as `events.revenue`
            for (last, inner) in members(setting) {
                let is_needed = self::is_required(setting, last);
                out += &entry("####", &format!("{path}.{last}"), inner, is_needed);
            }
        }
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// The members of a block and of a condition.
pub(crate) fn conditions() -> String {
    let schema = schema();
    let mut out =
        String::from("| member | what it says | type | example |\n| --- | --- | --- | --- |\n");
    for definition in ["block", "row"] {
        for (key, member) in members(&schema["$defs"][definition]) {
            let what = text(member, "description");
            out += &format!(
                "| `{key}` | {what} | {} | {} |\n",
                kind(member),
                example(member).unwrap_or_default()
            );
        }
    }
    out
}

fn entry(level: &str, path: &str, setting: &Value, is_required: bool) -> String {
    let mut out = format!("{level} `{path}`\n\n{}\n\n", text(setting, "description"));
    out += &format!("- Type: {}\n", kind(setting));
    let definition = definition(setting);
    out += &match setting.get("default").or_else(|| definition.get("default")) {
        Some(default) => format!("- Default: `{default}`\n"),
        None if is_required => "- Required\n".to_owned(),
        None if path.starts_with("mapping.") && path != "mapping.custom_ids" => {
            "- Default: the sender's documented field, if it has one\n".to_owned()
        }
        None if path.starts_with("events.revenue") => {
            "- Default: the sender's documented fields\n".to_owned()
        }
        None => "- Default: none\n".to_owned(),
    };
    if let Some(example) = example(setting) {
        out += &format!("- Example: {example}\n");
    }
    out + "\n"
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

fn text<'a>(setting: &'a Value, key: &str) -> &'a str {
    setting[key].as_str().expect("every setting is described")
}

fn schema() -> Value {
    let text = include_str!("../../settings.schema.json");
    serde_json::from_str::<Map<_, _>>(text)
        .expect("the schema is JSON")
        .into()
}
