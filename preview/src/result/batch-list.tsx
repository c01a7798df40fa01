// Several events: how many of each fate, why, and each of them to choose.
//
// Only the rows in view are drawn: a file may have many thousands.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Fate } from "kochava-edge";
import { count } from "../lib/words";
import { Icon } from "../parts/icons";
import { selected } from "../state/event";
import { pinned, pointed, revealed } from "../state/light";
import { filter, nameOfItem, outcome, shown, summary, type Item } from "../state/outcome";

export function BatchList() {
  const { counts, reasons } = summary.value;
  const all = counts.ready + counts.skipped + counts.refused;
  return (
    <section class="card batch" aria-labelledby="batch-title">
      <header class="card-head">
        <h3 id="batch-title">{count(all, "event")}</h3>
        <span class="grow" />
        {filter.value !== null && (
          <button type="button" class="text-button" onClick={() => (filter.value = null)}>
            Show all
          </button>
        )}
      </header>
      <Bar counts={counts} all={all} />
      <div class="chips" role="group" aria-label="Show only">
        {(["ready", "skipped", "refused"] as const).map(
          (fate) =>
            counts[fate] > 0 && <Chip key={fate} fate={fate} code={null} number={counts[fate]} />,
        )}
        {reasons.map(({ fate, code, count: number }) => (
          <Chip key={`${fate} ${code}`} fate={fate} code={code} number={number} />
        ))}
      </div>
      <Rows />
    </section>
  );
}

function Bar({ counts, all }: { counts: Record<Fate["fate"], number>; all: number }) {
  return (
    <div class="bar" aria-hidden="true">
      {(["ready", "skipped", "refused"] as const).map((fate) => (
        <span key={fate} class={`bar-${fate}`} style={{ flexGrow: counts[fate] / all }} />
      ))}
    </div>
  );
}

function Chip({ fate, code, number }: { fate: Fate["fate"]; code: string | null; number: number }) {
  const isOn = filter.value?.fate === fate && filter.value.code === code;
  return (
    <button
      type="button"
      class={`chip chip-${fate === "ready" && code !== null ? "warning" : fate}`}
      aria-pressed={isOn}
      onClick={() => (filter.value = isOn ? null : { fate, code })}
    >
      {code ?? fate} <b>{number.toLocaleString("en")}</b>
    </button>
  );
}

const ROW = 30;
const AROUND = 8;

function Rows() {
  const top = useSignal(0);
  const frame = useRef<HTMLDivElement>(null);
  const rows = shown.value;
  const now = outcome.value;
  const items = now.kind === "batch" ? now.items : [];
  const height = frame.current?.clientHeight ?? 10 * ROW;
  const first = Math.max(0, Math.floor(top.value / ROW) - AROUND);
  const drawn = rows.slice(first, first + Math.ceil(height / ROW) + 2 * AROUND);
  const place = rows.indexOf(selected.value);
  useEffect(() => keepInView(frame.current, place), [place]);
  return (
    <div
      class="rows"
      ref={frame}
      role="listbox"
      aria-label="Events"
      tabIndex={0}
      aria-activedescendant={place >= 0 ? `event-row-${selected.value}` : undefined}
      onScroll={(event) => (top.value = event.currentTarget.scrollTop)}
      onKeyDown={(event) => move(event, rows, place)}
    >
      <div class="rows-all" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
        <div
          class="rows-drawn"
          role="presentation"
          style={{ transform: `translateY(${first * ROW}px)` }}
        >
          {drawn.map((number, index) => {
            const item = items[number];
            return (
              item && (
                <Row
                  key={number}
                  item={item}
                  number={number}
                  place={first + index + 1}
                  of={rows.length}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Row({
  item,
  number,
  place,
  of,
}: {
  item: Item;
  number: number;
  place: number;
  of: number;
}) {
  return (
    <div
      class="event-row"
      role="option"
      id={`event-row-${number}`}
      aria-selected={number === selected.value}
      aria-posinset={place}
      aria-setsize={of}
      onClick={() => choose(number)}
    >
      <span class="event-number">{number + 1}</span>
      <span class={`sign sign-${item.fate}`}>
        <Icon name={item.fate} />
        <span class="unseen">{item.fate}</span>
      </span>
      <span class="event-name">{nameOfItem(item)}</span>
      <span class="event-codes">{item.codes.join(", ")}</span>
    </div>
  );
}

function choose(number: number): void {
  selected.value = number;
  pinned.value = null;
  pointed.value = null;
  const now = outcome.peek();
  const at = now.kind === "batch" ? now.items[number]?.at : undefined;
  if (at !== undefined) revealed.value = { at, isFocused: false };
}

const PAGE = 10;

function move(event: KeyboardEvent, rows: readonly number[], place: number): void {
  const last = rows.length - 1;
  const next = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + PAGE,
    PageUp: place - PAGE,
    Home: 0,
    End: last,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const number = rows[Math.max(0, Math.min(next, last))];
  if (number !== undefined) choose(number);
}

function keepInView(frame: HTMLElement | null, place: number): void {
  if (frame === null || place < 0) return;
  const at = place * ROW;
  if (at < frame.scrollTop) frame.scrollTop = at;
  else if (at + ROW > frame.scrollTop + frame.clientHeight)
    frame.scrollTop = at + ROW - frame.clientHeight;
}
