// A field for a list of texts, shown as removable tokens.

import { useState } from "preact/hooks";
import type { Json, Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { readScalar, showScalar } from "../lib/scalar";
import { Icon } from "../../../ui/components/icons";
import { change } from "../state/settings";
import { Fault, faultsAt, useDescribed } from "./field";
import { valueAt } from "./inputs";

interface Props {
  keys: readonly Key[];
  placeholder: string;
  /** Texts that can be added with one click. */
  suggestions?: readonly string[];
  /** Reads numbers and booleans as such, not as text. */
  isScalar?: boolean;
  label?: string;
}

export function Tokens({ keys, placeholder, suggestions = [], isScalar = false, label }: Props) {
  const [typed, setTyped] = useState("");
  const described = useDescribed();
  const value = valueAt(keys);
  const tokens: Json[] = Array.isArray(value) ? value : [];
  const add = (text: string) => {
    setTyped("");
    const added = isScalar ? readScalar(text) : text;
    if (text !== "" && !tokens.includes(added)) change(keys, [...tokens, added]);
  };
  const remove = (number: number) =>
    change(keys, tokens.length === 1 ? undefined : tokens.filter((_, other) => other !== number));
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") add(typed.trim());
    else if (event.key === "Backspace" && typed === "" && tokens.length > 0)
      remove(tokens.length - 1);
  };
  return (
    <>
      <div class="tokens">
        {tokens.map((token, number) => (
          <Token
            key={number}
            text={showScalar(token)}
            path={pathOf([...keys, number])}
            onRemove={() => remove(number)}
          />
        ))}
        <input
          {...described}
          {...(label === undefined ? {} : { "aria-label": label })}
          class="token-input mono"
          value={typed}
          placeholder={tokens.length === 0 ? placeholder : "Add…"}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={press}
          onBlur={() => add(typed.trim())}
        />
      </div>
      <Suggestions texts={suggestions.filter((text) => !tokens.includes(text))} onChoose={add} />
      {tokens.map((_, number) => (
        <Fault key={number} path={pathOf([...keys, number])} />
      ))}
    </>
  );
}

function Token({ text, path, onRemove }: { text: string; path: string; onRemove(): void }) {
  return (
    <span class="token" data-faulty={faultsAt(path).length > 0}>
      <code>{text}</code>
      <button type="button" aria-label={`Remove ${text}`} onClick={onRemove}>
        <Icon name="remove" />
      </button>
    </span>
  );
}

const SUGGESTIONS_MAX = 8;

function Suggestions({
  texts,
  onChoose,
}: {
  texts: readonly string[];
  onChoose(text: string): void;
}) {
  if (texts.length === 0) return null;
  return (
    <p class="suggestions">
      <span>In this event:</span>
      {texts.slice(0, SUGGESTIONS_MAX).map((text) => (
        <button type="button" key={text} aria-label={`Add ${text}`} onClick={() => onChoose(text)}>
          + {text}
        </button>
      ))}
    </p>
  );
}
