// How is a place in the settings named, read and changed?

import { isObject, type Json, type JsonObject, type Key } from "./json";

/** As the settings' faults write it: `events.select[0].names`. */
export function nameOf(keys: readonly Key[]): string {
  return keys.reduce<string>(
    (name, key) =>
      typeof key === "number" ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`,
    "",
  );
}

/** The value at `keys`, if there is one. */
export function at(root: Json, keys: readonly Key[]): Json | undefined {
  let value: Json | undefined = root;
  for (const key of keys) {
    if (typeof key === "number") value = Array.isArray(value) ? value[key] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** `root` with another value at `keys`; undefined takes it away, and an object or list that it leaves empty with it. */
export function withAt(
  root: JsonObject,
  keys: readonly Key[],
  value: Json | undefined,
): JsonObject {
  const changed = replace(root, keys, value);
  return isObject(changed) ? changed : {};
}

function replace(
  holder: Json | undefined,
  [key, ...rest]: readonly Key[],
  value: Json | undefined,
): Json | undefined {
  if (key === undefined) return value;
  if (typeof key === "number") {
    const list = Array.isArray(holder) ? [...holder] : [];
    const inner = replace(list[key], rest, value);
    if (inner === undefined) list.splice(key, 1);
    else list[key] = inner;
    return list.length === 0 ? undefined : list;
  }
  const members = isObject(holder) ? { ...holder } : {};
  const inner = replace(members[key], rest, value);
  if (inner === undefined) delete members[key];
  else members[key] = inner;
  return Object.keys(members).length === 0 ? undefined : members;
}

/** `members` with one key spelled anew, in its place. */
export function withKey(members: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key === from ? to : key, value]),
  );
}
