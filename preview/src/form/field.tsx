// A form field: label, help, control and errors of one setting.

import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { schemaOf } from "../lib/schema";
import { InlineCode } from "../../../ui/components/inline-code";
import { faults } from "../state/settings";

export const fieldId = (path: string): string => `field-${path}`;

interface Props {
  keys: readonly Key[];
  children: ComponentChildren;
  /** Replaces the title of the schema. */
  label?: string;
  help?: string;
  /** Places the control beside the label instead of below it. */
  isInline?: boolean;
  /** Shows the help to screen readers only. */
  isCompact?: boolean;
  /** The field has several controls, each with a label of its own. */
  isGroup?: boolean;
  /** Placed beside the label. */
  aside?: ComponentChildren;
}

/** Attributes that connect a control with its field's label, help and errors. */
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
  const path = pathOf(keys);
  const id = fieldId(path);
  const known = schemaOf(keys);
  const name = label ?? known.title;
  // repeats the label, since some screen readers ignore a label that is scrolled out of view
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
        <span class={isCompact ? "visually-hidden" : "field-help"} id={`${id}-help`}>
          <InlineCode text={help ?? known.description} />
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

/** The errors of one setting. */
export function Fault({ path }: { path: string }) {
  return (
    <div class="field-fault" id={`${fieldId(path)}-fault`}>
      {faultsAt(path).map(({ code, message }) => (
        <p key={code}>
          <InlineCode text={message} />
        </p>
      ))}
    </div>
  );
}
