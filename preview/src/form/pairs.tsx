// Names and what belongs to each.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { isObject, type Key } from "../lib/json";
import { nameOf, withKey } from "../lib/keys";
import { change } from "../state/settings";
import { Describing, Fault, faultsAt, Field, fieldId } from "./field";
import { valueAt } from "./inputs";
import { IconButton } from "./paths";

interface Props {
  keys: readonly Key[];
  /** What a name and its value are called. */
  words: readonly [name: string, value: string];
  children(keys: readonly Key[], name: string): ComponentChildren;
}

export function PairsField({ keys, words, children }: Props) {
  const value = valueAt(keys);
  const members = isObject(value) ? value : {};
  const names = Object.keys(members);
  const rename = (from: string, to: string) => {
    if (to !== "" && !names.includes(to)) change(keys, withKey(members, from, to));
  };
  return (
    <Field keys={keys} isGroup>
      {names.map((name) => (
        <div class="pair" key={name} id={fieldId(nameOf([...keys, name]))}>
          <input
            class="input mono"
            aria-label={words[0]}
            value={name}
            spellcheck={false}
            autocomplete="off"
            onChange={(event) => rename(name, event.currentTarget.value)}
          />
          <span class="pair-arrow" aria-hidden="true">
            →
          </span>
          <div class="pair-value">
            <Value keys={[...keys, name]} name={`${words[1]} of ${name}`}>
              {children}
            </Value>
          </div>
          <IconButton
            icon="remove"
            label={`Remove ${name}`}
            onClick={() => change([...keys, name], undefined)}
          />
          <Fault path={nameOf([...keys, name])} />
        </div>
      ))}
      <NewPair words={words} onAdd={(name, text) => change([...keys, name], text)} />
    </Field>
  );
}

/** A control that is known by the name of its pair. */
function Value({ keys, name, children }: Pick<Props, "keys" | "children"> & { name: string }) {
  const path = nameOf(keys);
  const described = {
    "aria-label": name,
    "aria-describedby": `${fieldId(path)}-fault`,
    "aria-invalid": faultsAt(path).length > 0,
  };
  return <Describing.Provider value={described}>{children(keys, name)}</Describing.Provider>;
}

interface NewProps {
  words: Props["words"];
  onAdd(name: string, text: string): void;
}

/** A pair is taken over once it is whole. */
function NewPair({ words, onAdd }: NewProps) {
  const [[name, text], setPair] = useState(["", ""] as [string, string]);
  const take = () => {
    if (name === "" || text === "") return;
    onAdd(name, text);
    setPair(["", ""]);
  };
  const press = (event: KeyboardEvent) => event.key === "Enter" && take();
  return (
    <div class="pair">
      <input
        class="input mono"
        aria-label={`New: ${words[0]}`}
        placeholder={words[0]}
        value={name}
        onInput={(event) => setPair([event.currentTarget.value, text])}
        onKeyDown={press}
        onBlur={take}
      />
      <span class="pair-arrow" aria-hidden="true">
        →
      </span>
      <div class="pair-value">
        <input
          class="input mono"
          aria-label={`New: ${words[1]}`}
          placeholder={words[1]}
          value={text}
          onInput={(event) => setPair([name, event.currentTarget.value])}
          onKeyDown={press}
          onBlur={take}
        />
      </div>
    </div>
  );
}
