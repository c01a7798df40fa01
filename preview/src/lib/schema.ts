// Looks up titles, descriptions, choices and defaults in settings.schema.json.

import schema from "../../../settings.schema.json";
import { isObject, type Json, type JsonObject, type Key } from "../../../ui/lib/json";

interface SettingSchema {
  title: string;
  description: string;
  /** Without null. */
  choices: string[];
  default: Json | undefined;
}

const ROOT = schema as unknown as JsonObject;

export function schemaOf(keys: readonly Key[]): SettingSchema {
  let node = ROOT;
  for (const key of keys) node = below(node, key);
  const full = { ...resolved(node), ...node };
  const choices = full["enum"];
  return {
    title: text(full["title"]) || String(keys.at(-1) ?? ""),
    description: text(full["description"]),
    choices: Array.isArray(choices) ? choices.filter((choice) => choice !== null).map(String) : [],
    default: full["default"],
  };
}

/** Returns the names of the settings below `keys`, in the order of the schema. */
export function namesBelow(keys: readonly Key[]): string[] {
  let node = ROOT;
  for (const key of keys) node = below(node, key);
  return Object.keys(object(resolved(node)["properties"]));
}

function below(node: JsonObject, key: Key): JsonObject {
  const full = resolved(node);
  if (typeof key === "number") return object(full["items"]);
  return object(object(full["properties"])[key] ?? full["additionalProperties"]);
}

/** Follows a `$ref`, and picks the alternative of an `anyOf` that describes an object. */
function resolved(node: JsonObject): JsonObject {
  const ref = text(node["$ref"]);
  const target = ref === "" ? node : object(object(ROOT["$defs"])[ref.replace("#/$defs/", "")]);
  const choices = target["anyOf"];
  if (!Array.isArray(choices) || isObject(target["properties"])) return target;
  const inner = choices
    .map((choice) => resolved(object(choice)))
    .find((choice) => isObject(choice["properties"]));
  return inner ?? target;
}

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
