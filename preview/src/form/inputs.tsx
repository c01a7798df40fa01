// The basic controls: text, number, list of numbers, switch and choice.

import type { Json, Key } from "../../../ui/lib/json";
import { at, pathOf } from "../lib/setting-path";
import { schemaOf } from "../lib/schema";
import { change, settings } from "../state/settings";
import { Fault, Field, fieldId, useDescribed } from "./field";

interface Props {
  keys: readonly Key[];
}

export const valueAt = (keys: readonly Key[]): Json | undefined => at(settings.value, keys);
export const textAt = (keys: readonly Key[]): string => {
  const value = valueAt(keys);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

interface TextProps extends Props {
  placeholder?: string;
  isSecret?: boolean;
  /**
   * Written when the input is emptied: undefined removes the setting, "" keeps it with an error
   * until more is typed.
   */
  whenEmpty?: "";
  isCompact?: boolean;
}

export function Text({ keys, placeholder, isSecret = false, whenEmpty }: TextProps) {
  return (
    <input
      {...useDescribed()}
      class="input mono"
      type={isSecret ? "password" : "text"}
      value={textAt(keys)}
      placeholder={placeholder}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => change(keys, event.currentTarget.value || whenEmpty)}
    />
  );
}

export function TextField(props: TextProps) {
  return (
    <Field keys={props.keys} isCompact={props.isCompact}>
      <Text {...props} />
    </Field>
  );
}

function NumberInput({ keys }: Props) {
  const write = (text: string) => change(keys, text === "" ? undefined : Number(text));
  return (
    <input
      {...useDescribed()}
      class="input number"
      type="number"
      value={textAt(keys)}
      placeholder={String(schemaOf(keys).default ?? "")}
      onInput={(event) => write(event.currentTarget.value)}
    />
  );
}

export function NumberField({ keys }: Props) {
  return (
    <Field keys={keys} isInline>
      <NumberInput keys={keys} />
    </Field>
  );
}

/** A field for a number or null, which turns off what the number is for. */
export function NumberOrOffField({ keys }: Props) {
  const isOff = valueAt(keys) === null;
  return (
    <Field
      keys={keys}
      aside={
        <Kind
          keys={keys}
          label="on or off"
          value={isOff ? "off" : "on"}
          choices={[
            ["on", "On"],
            ["off", "Off"],
          ]}
          onChoose={(next) => change(keys, next === "off" ? null : undefined)}
        />
      }
    >
      {!isOff && <NumberInput keys={keys} />}
    </Field>
  );
}

function NumbersInput({ keys }: Props) {
  const joined = (value: unknown) =>
    Array.isArray(value) ? value.map(String).join(", ") : undefined;
  // a word that is not a number is kept, so that the settings report it
  const number = (word: string) => (Number.isNaN(Number(word)) ? word : Number(word));
  const write = (text: string) =>
    change(
      keys,
      text.trim() === "" ? undefined : text.split(",").map((word) => number(word.trim())),
    );
  return (
    <input
      {...useDescribed()}
      class="input mono"
      type="text"
      value={joined(valueAt(keys)) ?? textAt(keys)}
      placeholder={joined(schemaOf(keys).default)}
      spellcheck={false}
      autocomplete="off"
      onChange={(event) => write(event.currentTarget.value)}
    />
  );
}

/** A field for a list of numbers, separated by commas. */
export function NumbersField({ keys }: Props) {
  const value = valueAt(keys);
  const numbers = Array.isArray(value) ? value : [];
  return (
    <Field keys={keys}>
      <NumbersInput keys={keys} />
      {numbers.map((_, index) => (
        <Fault key={index} path={pathOf([...keys, index])} />
      ))}
    </Field>
  );
}

function Switch({ keys }: Props) {
  const value = valueAt(keys) ?? schemaOf(keys).default;
  return (
    <input
      {...useDescribed()}
      class="switch"
      type="checkbox"
      role="switch"
      checked={value === true}
      onChange={(event) => change(keys, event.currentTarget.checked)}
    />
  );
}

export function SwitchField({ keys }: Props) {
  return (
    <Field keys={keys} isInline>
      <Switch keys={keys} />
    </Field>
  );
}

function Choice({ keys }: Props) {
  const { choices, default: usual } = schemaOf(keys);
  const value = String(valueAt(keys) ?? usual ?? "");
  // null is the same as no setting
  const offered = usual === null ? ["", ...choices] : choices;
  const known = offered.includes(value) ? offered : [value, ...offered];
  return (
    <select
      {...useDescribed()}
      class="input"
      value={value}
      onChange={(event) => change(keys, event.currentTarget.value || undefined)}
    >
      {known.map((choice) => (
        <option key={choice} value={choice}>
          {choice === "" ? "none" : choice.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}

export function ChoiceField({ keys }: Props) {
  return (
    <Field keys={keys} isInline>
      <Choice keys={keys} />
    </Field>
  );
}

interface KindProps {
  keys: readonly Key[];
  label: string;
  value: string;
  choices: readonly (readonly [value: string, label: string])[];
  onChoose(value: string): void;
}

/**
 * A choice between the forms that a setting can have; shown beside the control of the current form.
 */
export function Kind({ keys, label, value, choices, onChoose }: KindProps) {
  return (
    <select
      class="input kind"
      aria-label={`${schemaOf(keys).title}: ${label}`}
      id={`${fieldId(pathOf(keys))}-kind`}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      {choices.map(([choice, text]) => (
        <option key={choice} value={choice}>
          {text}
        </option>
      ))}
    </select>
  );
}
