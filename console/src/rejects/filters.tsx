// Narrows the list to a reason and an event, and changes all that match.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../../../ui/components/icons";
import type { RejectGroup } from "../api/types";
import { number } from "../lib/number";
import { reasonTitle } from "../lib/words";
import { choose } from "../state/route";
import { byReason } from "./groups";
import { checked, dialog, type Filter, type Selection } from "./selection";

export function Filters({ groups, filter }: { groups: RejectGroup[]; filter: Filter }) {
  const { reason = "", event = "" } = filter;
  const isFiltered = reason !== "" || event !== "";
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
      <EventSearch groups={groups} event={event} />
      {isFiltered && (
        <button type="button" class="text-button" onClick={() => choose({ reason: "", event: "" })}>
          Show all
        </button>
      )}
      <span class="grow" />
      <Actions filter={filter} />
    </div>
  );
}

const SUGGESTIONS_MAX = 8;

/** Finds an event by a part of its name; the list has those of the chosen one. */
function EventSearch({ groups, event }: { groups: RejectGroup[]; event: string }) {
  const typed = useSignal(event);
  useEffect(() => {
    typed.value = event;
  }, [event]);
  const names = [
    ...new Set(groups.flatMap((group) => (group.event === null ? [] : [group.event]))),
  ];
  const part = typed.value.trim().toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(part)).sort();
  const isOpen = part !== "" && typed.value !== event;
  return (
    <form
      class="filter"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        choose({ event: typed.value.trim() });
      }}
    >
      <label for="event">Event</label>
      <div class="search">
        <input
          id="event"
          class="input"
          type="search"
          autocomplete="off"
          placeholder="Name of the event"
          value={typed.value}
          onInput={(change) => {
            typed.value = change.currentTarget.value;
            if (typed.value === "" && event !== "") choose({ event: "" });
          }}
        />
        {isOpen && (
          <ul class="found" aria-label="Events found">
            {found.slice(0, SUGGESTIONS_MAX).map((name) => (
              <li key={name}>
                <button type="button" class="found-name" onClick={() => choose({ event: name })}>
                  {name}
                </button>
              </li>
            ))}
            {found.length === 0 && <li class="muted found-note">No event with this in its name</li>}
            {found.length > SUGGESTIONS_MAX && (
              <li class="muted found-note">and {found.length - SUGGESTIONS_MAX} more</li>
            )}
          </ul>
        )}
      </div>
    </form>
  );
}

/** Changes what is checked; all that match, while nothing is. */
function Actions({ filter }: { filter: Filter }) {
  const ids = [...checked.value];
  const selection: Selection = ids.length > 0 ? { ids } : { filter };
  const of = ids.length > 0 ? `${number(ids.length)} selected` : "all that match";
  return (
    <div class="actions">
      <button
        type="button"
        class="button"
        onClick={() => (dialog.value = { kind: "replay", selection })}
      >
        <Icon name="arrow" /> Replay {of}…
      </button>
      <button
        type="button"
        class="button button-bad"
        onClick={() => (dialog.value = { kind: "delete", selection })}
      >
        Delete…
      </button>
    </div>
  );
}
