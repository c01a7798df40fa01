// Where the parts of a call lie in an event.

import { useSignal } from "@preact/signals";
import type { Key } from "../lib/json";
import { about, namesBelow } from "../lib/schema";
import { Fault } from "./field";
import { valueAt } from "./inputs";
import { PairsField } from "./pairs";
import { Paths, PathsField } from "./paths";

const AT: readonly Key[] = ["mapping"];
const REQUIRED = ["kochava_device_id", "origination_ip"];
const ONE_OF = ["idfa", "idfv", "adid", "android_id"];
const FURTHER = namesBelow(AT).filter(
  (name) => ![...REQUIRED, ...ONE_OF, "custom_ids"].includes(name),
);

export function Mapping() {
  const added = useSignal<string[]>([]);
  const isShown = (name: string) =>
    valueAt([...AT, name]) !== undefined || added.value.includes(name);
  const hidden = FURTHER.filter((name) => !isShown(name));
  return (
    <>
      <p class="note">
        A dotted path such as <code>user_properties.plan</code>, or several that are tried in order.
        What is not mapped comes from the sender's own documented field.
      </p>
      <Fault path="mapping" />
      <h4>Required</h4>
      {REQUIRED.map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      <h4>Device ids: at least one</h4>
      {ONE_OF.map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      <PairsField keys={[...AT, "custom_ids"]} words={["Kochava's id name", "Path"]}>
        {(keys, name) => <Paths keys={keys} name={name} />}
      </PairsField>
      <h4>Further</h4>
      {FURTHER.filter(isShown).map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      {hidden.length > 0 && (
        <More names={hidden} onChoose={(name) => (added.value = [...added.value, name])} />
      )}
    </>
  );
}

function More({ names, onChoose }: { names: readonly string[]; onChoose(name: string): void }) {
  return (
    <select
      class="input"
      aria-label="Map something else"
      value=""
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">Map something else…</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {about([...AT, name]).title}
        </option>
      ))}
    </select>
  );
}
