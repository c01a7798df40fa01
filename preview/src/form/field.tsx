// A setting of the form: its name, its help, its control, and what is wrong with it.

import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { Key } from "../lib/json";
import { nameOf } from "../lib/keys";
import { about } from "../lib/schema";
import { Prose } from "../parts/prose";
import { faults } from "../state/settings";

export const fieldId = (path: string): string => `field-${path}`;

interface Props {
  keys: readonly Key[];
  children: ComponentChildren;
  /** In place of the schema's own. */
  label?: string;
  help?: string;
  /** The control stands beside its name, not below. */
  isInline?: boolean;
  /** The help is for screen readers alone. */
  isCompact?: boolean;
  /** Several controls, each with a name of its own. */
  isGroup?: boolean;
  /** Stands beside the name. */
  aside?: ComponentChildren;
}

/** What a control takes to be known by its field's name, help and fault. */
interface Described {
  id?: string;
  "aria-label": string;
  "aria-describedby": string;
  "aria-invalid": boolean;
}

export const Describing = createContext<Described>({
  "aria-label": "",
  "aria-describedby": "",
  "aria-invalid": false,
});
export const useDescribed = (): Described => useContext(Describing);

export function Field({
  keys,
  children,
  label,
  help,
  aside,
  isInline = false,
  isCompact = false,
  isGroup = false,
}: Props) {
  const path = nameOf(keys);
  const id = fieldId(path);
  const known = about(keys);
  const name = label ?? known.title;
  // the name again, since a label that is scrolled out of view is none to some readers
  const described = {
    id: `${id}-control`,
    "aria-label": name,
    "aria-describedby": `${id}-help ${id}-fault`,
    "aria-invalid": faultsAt(path).length > 0,
  };
  return (
    <div
      class={isInline ? "field field-inline" : aside === undefined ? "field" : "field field-aside"}
      id={id}
      data-faulty={described["aria-invalid"]}
      {...(isGroup ? { role: "group", "aria-label": name } : {})}
    >
      <div class="field-text">
        {isGroup ? (
          <span class="field-name">{name}</span>
        ) : (
          <label class="field-name" for={described.id}>
            {name}
          </label>
        )}
        <span class={isCompact ? "unseen" : "field-help"} id={`${id}-help`}>
          <Prose text={help ?? known.description} />
        </span>
      </div>
      {aside}
      <div class="field-control">
        <Describing.Provider value={described}>{children}</Describing.Provider>
      </div>
      <Fault path={path} />
    </div>
  );
}

export const faultsAt = (path: string) => faults.value.filter((fault) => fault.path === path);

/** The faults of one place, beside it. */
export function Fault({ path }: { path: string }) {
  return (
    <div class="field-fault" id={`${fieldId(path)}-fault`}>
      {faultsAt(path).map(({ code, message }) => (
        <p key={code}>
          <Prose text={message} />
        </p>
      ))}
    </div>
  );
}
