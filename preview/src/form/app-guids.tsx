// A field for one App GUID, or one for each platform.

import { isObject, type Key } from "../../../ui/lib/json";
import { namesBelow } from "../lib/schema";
import { change } from "../state/settings";
import { Field } from "./field";
import { Kind, Text, TextField, valueAt } from "./inputs";

export function AppGuidsField({
  keys,
  isOptional = false,
}: {
  keys: readonly Key[];
  isOptional?: boolean;
}) {
  const value = valueAt(keys);
  const kind = isObject(value) ? "each" : isOptional && value == null ? "none" : "one";
  const choose = (next: string) => {
    const first = isObject(value) ? Object.values(value)[0] : value;
    const guid = typeof first === "string" && first !== "" ? first : "koexample";
    change(keys, next === "none" ? undefined : next === "each" ? { default: guid } : guid);
  };
  const choices = [
    ["one", "One for all"],
    ["each", "By platform"],
  ] as const;
  return (
    <>
      <Field
        keys={keys}
        aside={
          <Kind
            keys={keys}
            label="one or by platform"
            value={kind}
            choices={isOptional ? [["none", "None"], ...choices] : choices}
            onChoose={choose}
          />
        }
      >
        {kind === "one" && <Text keys={keys} placeholder="koexample" whenEmpty="" />}
      </Field>
      {kind === "each" && (
        <div class="nested grid">
          {namesBelow(keys).map((platform) => (
            <TextField
              key={platform}
              keys={[...keys, platform]}
              isCompact
              whenEmpty={isObject(value) && Object.keys(value).length === 1 ? "" : undefined}
            />
          ))}
        </div>
      )}
    </>
  );
}
