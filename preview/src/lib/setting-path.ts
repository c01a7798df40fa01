// Names, reads and changes a setting by its keys.

import { isObject, type Json, type JsonObject, type Key } from "../../../ui/lib/json";

/** Returns the path as faults write it, e.g. `events.select[0].names`. */
export function pathOf(keys: readonly Key[]): string {
  return keys.reduce<string>(
    (name, key) =>
      typeof key === "number" ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`,
    "",
  );
}

/** Returns the value at `keys`; undefined if there is none. */
export function at(root: Json, keys: readonly Key[]): Json | undefined {
  let value: Json | undefined = root;
  for (const key of keys) {
    if (typeof key === "number") value = Array.isArray(value) ? value[key] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/**
 * Returns `root` with another value at `keys`; undefined removes it, together with objects and
 * lists that become empty.
 */
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

/** Returns `members` with one key renamed, at the same position. */
export function withKey(members: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => [key === from ? to : key, value]),
  );
}

/** Returns the keys of a path as faults write it: `events.select[0].names`. */
export const keysOf = (path: string): Key[] =>
  path
    .split(/\.|(?=\[)/)
    .map((part) => (/^\[\d+\]$/.test(part) ? Number(part.slice(1, -1)) : part));
