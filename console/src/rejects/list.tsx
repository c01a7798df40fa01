// One page of rejects, the latest first, to look at or to check.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pathOf } from "../api/client";
import { useQuery } from "../api/query";
import type { Reject, RejectPage } from "../api/types";
import { number } from "../lib/number";
import { reasonTitle, syncTitle } from "../lib/words";
import { Answered, Nothing } from "../parts/answered";
import { Time } from "../parts/time";
import { linkTo } from "../state/route";
import { Actions } from "./mend";
import { changes, check, checked, type Filter } from "./selection";

const PAGE = 50;

export function List({ filter }: { filter: Filter }) {
  const { sync, reason, event, search } = filter;
  // the cursors of the pages so far; the last one is that of the page that is shown
  const cursors = useSignal<string[]>([]);
  useEffect(() => {
    cursors.value = [];
    checked.value = new Set();
  }, [sync, reason, event, search]);
  const query = useQuery<RejectPage>(
    pathOf("/rejects", {
      sync,
      reason,
      event,
      search,
      limit: `${PAGE}`,
      cursor: cursors.value.at(-1),
    }),
  );
  useEffect(() => {
    if (changes.value === 0) return;
    cursors.value = [];
    query.refresh();
  }, [changes.value]);
  return (
    <Answered query={query} what="the rejects">
      {({ rejects, next }) =>
        rejects.length === 0 ? (
          <Nothing title="No event matches">Choose another reason or another event.</Nothing>
        ) : (
          <section class="card" aria-label="Rejects">
            <Rows rejects={rejects} />
            {checked.value.size > 0 && (
              <div class="selected">
                <Actions
                  selection={{ ids: [...checked.value] }}
                  of={`${number(checked.value.size)} selected`}
                />
                <button
                  type="button"
                  class="text-button"
                  onClick={() => check([...checked.value], false)}
                >
                  Select none
                </button>
              </div>
            )}
            <footer class="card-foot">
              <span class="muted">Page {number(cursors.value.length + 1)}</span>
              <span class="grow" />
              <button
                type="button"
                class="button"
                disabled={cursors.value.length === 0}
                onClick={() => (cursors.value = cursors.value.slice(0, -1))}
              >
                Newer
              </button>
              <button
                type="button"
                class="button"
                disabled={next === null}
                onClick={() => next !== null && (cursors.value = [...cursors.value, next])}
              >
                Older
              </button>
            </footer>
          </section>
        )
      }
    </Answered>
  );
}

function Rows({ rejects }: { rejects: Reject[] }) {
  const ids = rejects.map(({ id }) => id);
  const hasSyncs = rejects.some(({ sync }) => sync != null);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="List of rejects">
      <table class="rejects">
        <thead>
          <tr>
            <th scope="col">
              <input
                type="checkbox"
                aria-label="Select this page"
                checked={ids.every((id) => checked.value.has(id))}
                onChange={(event) => check(ids, event.currentTarget.checked)}
              />
            </th>
            <th scope="col">Event</th>
            <th scope="col">Reason</th>
            {hasSyncs && <th scope="col">Sync</th>}
            <th scope="col">Last</th>
            <th scope="col">Times</th>
          </tr>
        </thead>
        <tbody>
          {rejects.map((reject) => (
            <Row key={reject.id} reject={reject} hasSyncs={hasSyncs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ reject, hasSyncs }: { reject: Reject; hasSyncs: boolean }) {
  const { id, event, code, reasons, last_at, times, sync, status } = reject;
  const name = event ?? (reject.is_user ? "(a user)" : "(no name)");
  const more = reasons.length > 1 ? ` and ${reasons.length - 1} more` : "";
  return (
    <tr aria-selected={checked.value.has(id)}>
      <td>
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          checked={checked.value.has(id)}
          onChange={(change) => check([id], change.currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <a href={linkTo("rejects", {}, id)}>{name}</a>
      </th>
      <td>
        {reasonTitle(code)}
        {status !== null && ` (${status})`}
        {more}
      </td>
      {hasSyncs && <td>{syncTitle(sync)}</td>}
      <td>
        <Time at={last_at} />
      </td>
      <td>{number(times)}</td>
    </tr>
  );
}
