// The `mapping` group: the paths of the event from which the fields of a call are filled.

import type { Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { schemaOf, namesBelow } from "../lib/schema";
import { openedMappings, openMapping } from "../state/settings-navigation";
import { Fault, faultsAt } from "./field";
import { valueAt } from "./inputs";
import { PairsField } from "./pairs";
import { Paths, PathsField } from "./paths";

const AT: readonly Key[] = ["mapping"];
const REQUIRED = ["kochava_device_id", "origination_ip"];
const ONE_OF = ["idfa", "idfv", "adid", "android_id"];
const OPTIONAL = namesBelow(AT).filter(
  (name) => ![...REQUIRED, ...ONE_OF, "custom_ids"].includes(name),
);

export function Mapping() {
  const isShown = (name: string) =>
    valueAt([...AT, name]) !== undefined ||
    openedMappings.value.has(name) ||
    faultsAt(pathOf([...AT, name])).length > 0;
  const hidden = OPTIONAL.filter((name) => !isShown(name));
  return (
    <>
      <p class="note">
        Each field takes a dotted path such as <code>user_properties.plan</code>, or several that
        are tried in order. A field without a path uses the sender's documented one.
      </p>
      <Fault path="mapping" />
      <h4>Required, unless every ticked sender documents it</h4>
      {REQUIRED.map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      <h4>Device ids: at least one, unless every ticked sender documents them</h4>
      {ONE_OF.map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      <PairsField keys={[...AT, "custom_ids"]} labels={["Kochava's id name", "Path"]}>
        {(keys, name) => <Paths keys={keys} name={name} />}
      </PairsField>
      <h4>Optional</h4>
      {OPTIONAL.filter(isShown).map((name) => (
        <PathsField key={name} keys={[...AT, name]} />
      ))}
      {hidden.length > 0 && <More names={hidden} onChoose={openMapping} />}
    </>
  );
}

function More({ names, onChoose }: { names: readonly string[]; onChoose(name: string): void }) {
  return (
    <select
      class="input"
      aria-label="Add a mapping"
      value=""
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">Add a mapping…</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {schemaOf([...AT, name]).title}
        </option>
      ))}
    </select>
  );
}
