// A field for `events.select` and `test`: an event matches if any block matches; a block matches if
// one of its names and all of its conditions match.

import { isObject, type Json, type Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { readScalar, showScalar } from "../lib/scalar";
import { schemaOf } from "../lib/schema";
import { Icon } from "../../../ui/components/icons";
import { eventName } from "../state/event-names";
import { apply, change } from "../state/settings";
import { Fault, Field, fieldId } from "./field";
import { textAt, valueAt } from "./inputs";
import { IconButton } from "./paths";
import { Tokens } from "./tokens";

interface Props {
  keys: readonly Key[];
}

export function BlocksField({ keys, empty }: Props & { empty: string }) {
  const value = valueAt(keys);
  const blocks = Array.isArray(value) ? value : [];
  const add = () => addBlock(keys, eventName.value);
  return (
    <Field keys={keys} isGroup>
      {blocks.length === 0 && <p class="empty-line">{empty}</p>}
      {blocks.map((_, number) => (
        <div key={number}>
          {number > 0 && <p class="or">or</p>}
          <Block keys={[...keys, number]} number={number + 1} />
        </div>
      ))}
      <button type="button" class="text-button add" onClick={add}>
        <Icon name="add" /> Add a block
      </button>
    </Field>
  );
}

/** Appends a block that matches events of one name. */
export function addBlock(keys: readonly Key[], name: string): void {
  const value = valueAt(keys);
  change(keys, [...(Array.isArray(value) ? value : []), { names: [name] }]);
}

function Block({ keys, number }: Props & { number: number }) {
  const path = pathOf(keys);
  const rows = valueAt([...keys, "where"]);
  const list = Array.isArray(rows) ? rows : [];
  const add = () =>
    change([...keys, "where"], [...list, { property: "event_properties.", is: "exists" }]);
  return (
    <fieldset class="block" id={fieldId(path)}>
      <legend>Block {number}</legend>
      <IconButton
        icon="remove"
        label={`Remove block ${number}`}
        onClick={() => apply(keys, undefined, `Block ${number} is removed.`)}
      />
      <div id={fieldId(`${path}.names`)}>
        <Tokens
          keys={[...keys, "names"]}
          placeholder="Any name, or Level *"
          label={`Block ${number}: add a name`}
        />
        <Fault path={`${path}.names`} />
      </div>
      {list.map((_, row) => (
        <Row key={row} keys={[...keys, "where", row]} block={number} number={row + 1} />
      ))}
      <button type="button" class="text-button add" onClick={add}>
        <Icon name="add" /> Add a condition
      </button>
      <Fault path={path} />
    </fieldset>
  );
}

interface RowProps extends Props {
  block: number;
  number: number;
}

function Row({ keys, block, number }: RowProps) {
  const name = `Block ${block}, condition ${number}`;
  const path = pathOf(keys);
  const is = textAt([...keys, "is"]);
  return (
    <div class="row" id={fieldId(path)}>
      <input
        class="input mono"
        id={fieldId(`${path}.property`)}
        aria-label={`${name}: property`}
        value={textAt([...keys, "property"])}
        list="event-paths"
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => change([...keys, "property"], event.currentTarget.value)}
      />
      <select
        class="input"
        id={fieldId(`${path}.is`)}
        aria-label={`${name}: operator`}
        value={is}
        onChange={(event) => change(keys, withOperator(valueAt(keys), event.currentTarget.value))}
      >
        {schemaOf([...keys, "is"]).choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
      <div class="row-value" id={fieldId(`${path}.value`)}>
        <Value keys={[...keys, "value"]} is={is} name={`${name}: value`} />
      </div>
      <IconButton
        icon="remove"
        label={`Remove condition ${number} of block ${block}`}
        onClick={() => apply(keys, undefined, `Condition ${number} is removed.`)}
      />
      {["", ".property", ".is", ".value"].map((part) => (
        <Fault key={part} path={path + part} />
      ))}
    </div>
  );
}

function Value({ keys, is, name }: { keys: readonly Key[]; is: string; name: string }) {
  if (NEEDS_NONE.has(is)) return null;
  if (NEEDS_LIST.has(is))
    return <Tokens keys={keys} placeholder="One or more" isScalar label={name} />;
  return (
    <input
      class="input mono"
      aria-label={name}
      title={'5 is a number, true is a boolean, "5" is a string'}
      value={showScalar(valueAt(keys))}
      spellcheck={false}
      autocomplete="off"
      onChange={(event) =>
        change(
          keys,
          NEEDS_TEXT.has(is) ? event.currentTarget.value : readScalar(event.currentTarget.value),
        )
      }
    />
  );
}

const NEEDS_NONE = new Set(["exists", "does not exist"]);
const NEEDS_LIST = new Set(["in", "not in"]);
const NEEDS_TEXT = new Set(["contains", "does not contain", "starts with", "ends with"]);

/** Changes the operator of a row and converts its value to the type that the new operator takes. */
function withOperator(row: Json | undefined, is: string): Json {
  const { value, ...rest } = isObject(row) ? row : {};
  if (NEEDS_NONE.has(is)) return { ...rest, is };
  const [first] = Array.isArray(value) ? value : [value];
  if (NEEDS_LIST.has(is))
    return {
      ...rest,
      is,
      value: first === undefined ? [""] : Array.isArray(value) ? value : [first],
    };
  return { ...rest, is, value: NEEDS_TEXT.has(is) ? String(first ?? "") : (first ?? "") };
}
