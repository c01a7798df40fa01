// A field for `sources`: a box for each sender; none ticked takes all of them.

import type { Key } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { showScalar } from "../lib/scalar";
import { SENDERS } from "../lib/senders";
import { titleOf } from "../state/engine";
import { change } from "../state/settings";
import { Fault, Field } from "./field";
import { valueAt } from "./inputs";

export function SendersField({ keys }: { keys: readonly Key[] }) {
  const value = valueAt(keys);
  const named = Array.isArray(value) ? value : [];
  // a name that is not known is shown, too, so that it can be taken out
  const unknown = named.map(showScalar).filter((name) => !SENDERS.includes(name));
  const toggle = (name: string, isTicked: boolean) => {
    const others = named.filter((each) => showScalar(each) !== name);
    const next = isTicked ? [...others, name] : others;
    change(keys, next.length === 0 ? undefined : next);
  };
  return (
    <Field keys={keys} isGroup>
      <div class="boxes">
        {[...SENDERS, ...new Set(unknown)].map((name) => (
          <label key={name} class="box">
            <input
              type="checkbox"
              checked={named.some((each) => showScalar(each) === name)}
              onChange={(event) => toggle(name, event.currentTarget.checked)}
            />
            <span>{titleOf(name)}</span>
          </label>
        ))}
      </div>
      {named.length === 0 && (
        <p class="empty-line">None ticked: events of all senders are taken.</p>
      )}
      {named.map((_, number) => (
        <Fault key={number} path={pathOf([...keys, number])} />
      ))}
    </Field>
  );
}
