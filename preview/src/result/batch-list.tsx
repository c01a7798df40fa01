// The list of a batch: counts by fate and reason, filters, and a row for each event.
//
// Only the visible rows are drawn, since a file may have many thousands.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Fate } from "kochava-edge";
import { count } from "../../../ui/lib/format";
import { Icon } from "../../../ui/components/icons";
import { selected } from "../state/event";
import { pinned, pointed, revealed } from "../state/highlight";
import {
  chooseFilter,
  chosen,
  filter,
  planResult,
  shown,
  summary,
  type Item,
} from "../state/plan-result";
import { nameOfItem } from "../state/event-names";

export function BatchList() {
  const { counts, reasons } = summary.value;
  const all = counts.ready + counts.skipped + counts.refused;
  return (
    <section class="card batch" aria-labelledby="batch-title">
      <header class="card-head">
        <h3 id="batch-title">{count(all, "event")}</h3>
        <span class="grow" />
        {filter.value !== null && (
          <button type="button" class="text-button" onClick={() => chooseFilter(null)}>
            Show all
          </button>
        )}
      </header>
      <Bar counts={counts} all={all} />
      <div class="chips" role="group" aria-label="Filter">
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
      onClick={() => chooseFilter(isOn ? null : { fate, code })}
    >
      {code ?? fate} <b>{number.toLocaleString("en")}</b>
    </button>
  );
}

const ROW_PX = 30;
/** Rows drawn above and below the visible ones. */
const OVERSCAN = 8;

function Rows() {
  const top = useSignal(0);
  const frame = useRef<HTMLDivElement>(null);
  const rows = shown.value;
  const now = planResult.value;
  const items = now.kind === "batch" ? now.items : [];
  const height = frame.current?.clientHeight ?? 10 * ROW_PX;
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - OVERSCAN);
  const drawn = rows.slice(first, first + Math.ceil(height / ROW_PX) + 2 * OVERSCAN);
  const place = rows.indexOf(chosen.value);
  useEffect(() => keepInView(frame.current, place), [place]);
  return (
    <div
      class="rows"
      ref={frame}
      role="listbox"
      aria-label="Events"
      tabIndex={0}
      aria-activedescendant={place >= 0 ? `event-row-${chosen.value}` : undefined}
      onScroll={(event) => (top.value = event.currentTarget.scrollTop)}
      onKeyDown={(event) => moveSelection(event, rows, place)}
    >
      <div class="rows-all" role="presentation" style={{ height: `${rows.length * ROW_PX}px` }}>
        <div
          class="rows-drawn"
          role="presentation"
          style={{ transform: `translateY(${first * ROW_PX}px)` }}
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
      aria-selected={number === chosen.value}
      aria-posinset={place}
      aria-setsize={of}
      onClick={() => select(number)}
    >
      <span class="event-number">{number + 1}</span>
      <span class={`sign sign-${item.fate}`}>
        <Icon name={item.fate} />
        <span class="visually-hidden">{item.fate}</span>
      </span>
      <span class="event-name">{nameOfItem(item, number)}</span>
      <span class="event-codes">{item.codes.join(", ")}</span>
    </div>
  );
}

function select(number: number): void {
  selected.value = number;
  pinned.value = null;
  pointed.value = null;
  const now = planResult.peek();
  const at = now.kind === "batch" ? now.items[number]?.at : undefined;
  if (at !== undefined) revealed.value = { at, isFocused: false };
}

const PAGE_ROWS = 10;

function moveSelection(event: KeyboardEvent, rows: readonly number[], place: number): void {
  const last = rows.length - 1;
  const next = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + PAGE_ROWS,
    PageUp: place - PAGE_ROWS,
    Home: 0,
    End: last,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const number = rows[Math.max(0, Math.min(next, last))];
  if (number !== undefined) select(number);
}

function keepInView(frame: HTMLElement | null, place: number): void {
  if (frame === null || place < 0) return;
  const at = place * ROW_PX;
  if (at < frame.scrollTop) frame.scrollTop = at;
  else if (at + ROW_PX > frame.scrollTop + frame.clientHeight)
    frame.scrollTop = at + ROW_PX - frame.clientHeight;
}
