// Names of properties, or all of them.

import type { Key } from "../lib/json";
import { about } from "../lib/schema";
import { propertiesOf } from "../state/hints";
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
          label="which"
          value={isAll ? "all" : "named"}
          choices={[
            ["named", "These"],
            ["all", "All"],
          ]}
          onChoose={choose}
        />
      }
    >
      {!isAll && (
        <Tokens
          keys={keys}
          placeholder="None yet"
          suggestions={propertiesOf.value[of]}
          label={`${about(keys).title}: add a name`}
        />
      )}
    </Field>
  );
}
