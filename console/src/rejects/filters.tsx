// Narrows the list to a reason and an event, and changes all that match.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RejectGroup } from "../api/types";
import { number } from "../lib/number";
import { reasonTitle } from "../lib/words";
import { choose } from "../state/route";
import { byReason } from "./by-reason";
import { Actions } from "./mend";
import { checked, type Filter } from "./selection";

export function Filters({ groups, filter }: { groups: RejectGroup[]; filter: Filter }) {
  const { reason = "", event = "", search = "" } = filter;
  const isFiltered = reason !== "" || event !== "" || search !== "";
  return (
    <div class="filters card" role="search" aria-label="Rejects">
      <div class="filter">
        <label for="reason">Reason</label>
        <select
          id="reason"
          class="input"
          value={reason}
          onChange={(change) => choose({ reason: change.currentTarget.value })}
        >
          <option value="">Every reason</option>
          {byReason(groups).map((group) => (
            <option key={group.reason} value={group.reason}>
              {reasonTitle(group.reason)} ({number(group.count)})
            </option>
          ))}
        </select>
      </div>
      {event === "" ? (
        <Search search={search} />
      ) : (
        <p class="filter-event">
          Event <b>{event}</b>
        </p>
      )}
      {isFiltered && (
        <button
          type="button"
          class="text-button"
          onClick={() => choose({ reason: "", event: "", search: "" })}
        >
          Show all
        </button>
      )}
      <span class="grow" />
      {checked.value.size === 0 && <Actions selection={{ filter }} of="all that match" />}
    </div>
  );
}

const PAUSE_MS = 300;

/** Finds events by a part of their name, while it is typed. */
function Search({ search }: { search: string }) {
  const typed = useSignal(search);
  const timer = useRef(0);
  useEffect(() => {
    typed.value = search;
  }, [search]);
  const type = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => choose({ search: text.trim() }, true), PAUSE_MS);
  };
  return (
    <div class="filter">
      <label for="search">Name of the event</label>
      <input
        id="search"
        class="input"
        type="search"
        autocomplete="off"
        placeholder="A part of it"
        value={typed.value}
        onInput={(change) => type(change.currentTarget.value)}
      />
    </div>
  );
}
