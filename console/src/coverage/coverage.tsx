// How many of the sent events had each field that Kochava finds an install by, by platform.

import { Icon } from "../../../ui/components/icons";
import { count } from "../../../ui/lib/format";
import { pathOf } from "../api/client";
import { useQuery } from "../api/query";
import type { Coverage, CoverageRow } from "../api/types";
import { sharesOf, type FieldShare } from "../lib/coverage";
import { percent } from "../lib/number";
import { duration } from "../lib/time";
import { fieldTitle, platformTitle, syncTitle } from "../lib/words";
import { Answered, Nothing } from "../parts/answered";
import { Sparkline } from "../parts/sparkline";
import { period, syncQuery } from "../state/route";

export function CoverageView() {
  const { name, minutes } = period();
  const step = minutes <= 1_440 ? "hour" : "day";
  const query = useQuery<Coverage>(
    pathOf("/stats/coverage", { period: name, step, sync: syncQuery() }),
    { every: 60 },
  );
  return (
    <>
      <h2>Coverage</h2>
      <p class="lead">
        Of the events that were sent to Kochava in the last {period().words}: how many had each
        field. Kochava finds the install of an event by its identifiers; a share that falls after a
        release of the app means that the app stopped sending the field.
      </p>
      <Answered query={query} what="the coverage">
        {(coverage) =>
          coverage.rows.length === 0 ? (
            <Nothing title="Nothing was sent">Choose a longer period.</Nothing>
          ) : (
            <div class="platforms">
              {coverage.rows.map((row) => (
                <Platform key={`${row.sync} ${row.platform}`} row={row} coverage={coverage} />
              ))}
            </div>
          )
        }
      </Answered>
    </>
  );
}

function Platform({ row, coverage }: { row: CoverageRow; coverage: Coverage }) {
  const span = {
    start: Date.parse(coverage.timePeriodStart),
    end: Date.parse(coverage.timePeriodEnd),
    step: coverage.step,
  };
  const title = platformTitle(row.platform);
  const hasSyncs = coverage.rows.some(({ sync }) => sync !== null);
  return (
    <section class="card" aria-label={title}>
      <header class="card-head">
        <h3>{title}</h3>
        {hasSyncs && <span class="tag">{syncTitle(row.sync)}</span>}
        <span class="grow" />
        <span class="muted">{count(row.sent, "event")}</span>
      </header>
      <table class="shares">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Course</th>
            <th scope="col">Share of the events</th>
          </tr>
        </thead>
        <tbody>
          {sharesOf(row, span).map((share) => (
            <Field key={share.field} share={share} recent={(span.end - span.start) / 6} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Field({
  share: { field, share, points, fell },
  recent,
}: {
  share: FieldShare;
  recent: number;
}) {
  return (
    <tr data-fell={fell !== null}>
      <th scope="row">
        {fieldTitle(field)}
        {fell !== null && (
          <span class="fell">
            <Icon name="warning" />
            <span>
              fell from <b>{percent(fell.from)}</b> to <b>{percent(fell.to)}</b> in the last{" "}
              <b>{duration(recent)}</b>
            </span>
          </span>
        )}
      </th>
      <td>
        <Sparkline points={points} isBad={fell !== null} />
      </td>
      <td class="share">{percent(share)}</td>
    </tr>
  );
}
