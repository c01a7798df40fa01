// A field for a path into the event, or for several that are tried in order.

import { useState } from "preact/hooks";
import type { Json, Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { schemaOf } from "../lib/schema";
import { Icon } from "../../../ui/components/icons";
import { change } from "../state/settings";
import { Fault, Field, useDescribed } from "./field";
import { valueAt } from "./inputs";

interface Props {
  keys: readonly Key[];
  label?: string;
}

export function PathsField({ keys, label }: Props) {
  return (
    <Field keys={keys} label={label}>
      <Paths keys={keys} name={label ?? schemaOf(keys).title} />
    </Field>
  );
}

export function Paths({ keys, name }: { keys: readonly Key[]; name: string }) {
  const [isAdding, setAdding] = useState(false);
  const value = valueAt(keys);
  const paths = pathsOf(value);
  const rows = isAdding || paths.length === 0 ? [...paths, ""] : paths;
  const write = (next: readonly string[]) =>
    change(keys, next.length === 0 ? undefined : next.length === 1 ? next[0] : [...next]);
  const put = (number: number, path: string) => {
    if (number === paths.length) setAdding(false);
    // an emptied path among several keeps its position, with an error until more is typed
    write(path === "" && rows.length === 1 ? [] : Object.assign([...paths], { [number]: path }));
  };
  const remove = (number: number) =>
    number === paths.length ? setAdding(false) : write(without(paths, number));
  return (
    <div class="paths">
      {rows.map((path, number) => (
        <div class="path" key={number}>
          <PathInput
            name={name}
            number={number}
            path={path}
            onInput={(text) => put(number, text)}
          />
          {number > 0 && path !== "" && (
            <IconButton
              icon="up"
              label={`Move ${path} up`}
              onClick={() => write(raised(paths, number))}
            />
          )}
          {rows.length > 1 && (
            <IconButton
              icon="remove"
              label={`Remove ${path || "the empty path"}`}
              onClick={() => remove(number)}
            />
          )}
          {number === rows.length - 1 && path !== "" && (
            <IconButton
              icon="add"
              label={`${name}: add a fallback path`}
              onClick={() => setAdding(true)}
            />
          )}
          {Array.isArray(value) && <Fault path={pathOf([...keys, number])} />}
        </div>
      ))}
    </div>
  );
}

/** The paths that a setting has. */
export const pathsAt = (keys: readonly Key[]): string[] => pathsOf(valueAt(keys));

function pathsOf(value: Json | undefined): string[] {
  const paths = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return paths.map((path) => (typeof path === "string" ? path : JSON.stringify(path)));
}

function PathInput({
  name,
  number,
  path,
  onInput,
}: {
  name: string;
  number: number;
  path: string;
  onInput(text: string): void;
}) {
  return (
    <input
      {...useDescribed()}
      {...(number === 0 ? {} : { id: undefined, "aria-label": `${name}, path ${number + 1}` })}
      class="input mono"
      value={path}
      placeholder="user_properties.…"
      list="event-paths"
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

const without = (paths: readonly string[], number: number) =>
  paths.filter((_, other) => other !== number);

function raised(paths: readonly string[], number: number): string[] {
  const next = without(paths, number);
  next.splice(number - 1, 0, paths[number] ?? "");
  return next;
}

export function IconButton({
  icon,
  label,
  onClick,
}: {
  icon: "up" | "remove" | "add";
  label: string;
  onClick(): void;
}) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
