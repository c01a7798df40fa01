// Rejects grouped by reason; each reason by event and app; with who can mend it, and how.

import { count } from "../../../ui/lib/format";
import type { RejectGroup } from "../api/types";
import { number } from "../lib/number";
import { reasonTitle, syncTitle } from "../lib/words";
import { Time } from "../parts/time";
import { linkTo } from "../state/route";
import { byReason, type ReasonGroup } from "./by-reason";
import { HowToMend, ReplayOrDelete } from "./mend";

/** More events of one reason than that are found by the filters. */
const EVENTS_SHOWN_MAX = 50;

export function Groups({ groups, sync }: { groups: RejectGroup[]; sync: string | undefined }) {
  return (
    <ul class="reasons" aria-label="Reasons">
      {byReason(groups).map((reason) => (
        <Reason key={reason.reason} reason={reason} sync={sync} />
      ))}
    </ul>
  );
}

function Reason({ reason: group, sync }: { reason: ReasonGroup; sync: string | undefined }) {
  const { reason } = group;
  const fix = group.groups[0]?.fix ?? null;
  const selection = { filter: { sync, reason } };
  return (
    <li class="card reason">
      <div class="reason-head">
        <h3>
          <a href={linkTo("rejects", { reason })}>{reasonTitle(reason)}</a>
        </h3>
        <span class="reason-count">{count(group.count, "event")}</span>
        <span class="grow" />
        <ReplayOrDelete selection={selection} />
      </div>
      <p class="muted">
        <code>{reason}</code>, first <Time at={group.first_at} />, last <Time at={group.last_at} />
      </p>
      <HowToMend fix={fix} />
      <Events group={group} />
    </li>
  );
}

function Events({ group: { groups, reason } }: { group: ReasonGroup }) {
  const shown = groups.toSorted((one, other) => other.count - one.count).slice(0, EVENTS_SHOWN_MAX);
  const hasSyncs = groups.some(({ sync }) => sync != null);
  const hasApps = groups.some(({ app }) => app !== null);
  return (
    <details>
      <summary>
        By event and app <span class="muted">({number(groups.length)})</span>
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Events: ${reasonTitle(reason)}`}>
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">Event</th>
              {hasApps && <th scope="col">App</th>}
              {hasSyncs && <th scope="col">Sync</th>}
              <th scope="col">Events</th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr key={`${each.sync} ${each.app} ${each.event}`}>
                <th scope="row">
                  <a href={linkTo("rejects", { reason, event: each.event ?? "" })}>
                    {each.event ?? "(no name)"}
                  </a>
                </th>
                {hasApps && (
                  <td class="mono" data-label="App">
                    {each.app ?? "–"}
                  </td>
                )}
                {hasSyncs && <td data-label="Sync">{syncTitle(each.sync)}</td>}
                <td data-label="Events">{number(each.count)}</td>
                <td data-label="First">
                  <Time at={each.first_at} />
                </td>
                <td data-label="Last">
                  <Time at={each.last_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {groups.length > shown.length && (
        <p class="muted">The {shown.length} most frequent. Search below for the others.</p>
      )}
    </details>
  );
}
