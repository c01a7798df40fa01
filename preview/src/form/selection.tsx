// A field for a selection of properties: a list of names, or all of them (`*`).

import type { Key } from "../../../ui/lib/json";
import { schemaOf } from "../lib/schema";
import { propertiesOf } from "../state/suggestions";
import { change } from "../state/settings";
import { Field } from "./field";
import { Kind, valueAt } from "./inputs";
import { Tokens } from "./tokens";

export function SelectionField({
  keys,
  of,
}: {
  keys: readonly Key[];
  of: "event_properties" | "user_properties";
}) {
  const isAll = valueAt(keys) === "*";
  const choose = (kind: string) => change(keys, kind === "all" ? "*" : []);
  return (
    <Field
      keys={keys}
      aside={
        <Kind
          keys={keys}
          label="selection"
          value={isAll ? "all" : "named"}
          choices={[
            ["named", "Selected"],
            ["all", "All"],
          ]}
          onChoose={choose}
        />
      }
    >
      {!isAll && (
        <Tokens
          keys={keys}
          placeholder="None"
          suggestions={propertiesOf.value[of]}
          label={`${schemaOf(keys).title}: add a name`}
        />
      )}
    </Field>
  );
}
