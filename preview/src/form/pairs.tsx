// A field for an object with free keys: one row for each name and its value.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { isObject, type Key } from "../../../ui/lib/json";
import { pathOf, withKey } from "../lib/setting-path";
import { apply, change } from "../state/settings";
import { Describing, Fault, faultsAt, Field, fieldId } from "./field";
import { valueAt } from "./inputs";
import { IconButton } from "./paths";

interface Props {
  keys: readonly Key[];
  /** Labels of the name and the value. */
  labels: readonly [name: string, value: string];
  children(keys: readonly Key[], name: string): ComponentChildren;
}

export function PairsField({ keys, labels, children }: Props) {
  const value = valueAt(keys);
  const members = isObject(value) ? value : {};
  const names = Object.keys(members);
  const rename = (from: string, to: string) => {
    if (to !== "" && !names.includes(to)) change(keys, withKey(members, from, to));
  };
  return (
    <Field keys={keys} isGroup>
      {names.map((name) => (
        <div class="pair" key={name} id={fieldId(pathOf([...keys, name]))}>
          <input
            class="input mono"
            aria-label={labels[0]}
            value={name}
            spellcheck={false}
            autocomplete="off"
            onChange={(event) => rename(name, event.currentTarget.value)}
          />
          <span class="pair-arrow" aria-hidden="true">
            →
          </span>
          <div class="pair-value">
            <Value keys={[...keys, name]} name={`${labels[1]} of ${name}`}>
              {children}
            </Value>
          </div>
          <IconButton
            icon="remove"
            label={`Remove ${name}`}
            onClick={() => apply([...keys, name], undefined, `${name} is removed.`)}
          />
          <Fault path={pathOf([...keys, name])} />
        </div>
      ))}
      <NewPair labels={labels} onAdd={(name, text) => change([...keys, name], text)} />
    </Field>
  );
}

/** The value's control, labelled with the name of its pair. */
function Value({ keys, name, children }: Pick<Props, "keys" | "children"> & { name: string }) {
  const path = pathOf(keys);
  const described = {
    "aria-label": name,
    "aria-describedby": `${fieldId(path)}-fault`,
    "aria-invalid": faultsAt(path).length > 0,
  };
  return <Describing.Provider value={described}>{children(keys, name)}</Describing.Provider>;
}

interface NewProps {
  labels: Props["labels"];
  onAdd(name: string, text: string): void;
}

/** An empty row; its pair is added once both inputs are filled. */
function NewPair({ labels, onAdd }: NewProps) {
  const [[name, text], setPair] = useState(["", ""] as [string, string]);
  const addPair = () => {
    if (name === "" || text === "") return;
    onAdd(name, text);
    setPair(["", ""]);
  };
  const press = (event: KeyboardEvent) => event.key === "Enter" && addPair();
  return (
    <div class="pair">
      <input
        class="input mono"
        aria-label={`New: ${labels[0]}`}
        placeholder={labels[0]}
        value={name}
        onInput={(event) => setPair([event.currentTarget.value, text])}
        onKeyDown={press}
        onBlur={addPair}
      />
      <span class="pair-arrow" aria-hidden="true">
        →
      </span>
      <div class="pair-value">
        <input
          class="input mono"
          aria-label={`New: ${labels[1]}`}
          placeholder={labels[1]}
          value={text}
          onInput={(event) => setPair([name, event.currentTarget.value])}
          onKeyDown={press}
          onBlur={addPair}
        />
      </div>
    </div>
  );
}
