// The top of the console: state, choice of sync and period, lock, and the views.

import { useEffect, useRef } from "preact/hooks";
import { Brand } from "../../ui/components/brand";
import { Icon } from "../../ui/components/icons";
import { token } from "./api/client";
import type { Health } from "./api/types";
import { situationOf } from "./lib/situation";
import { STATES, syncTitle } from "./lib/words";
import { factsOf, type Overview } from "./now/overview";
import { choose, linkTo, period, periodChoices, route, syncQuery, VIEWS } from "./state/route";
import { lock } from "./state/session";

export function Header({ overview }: { overview: Overview }) {
  return (
    <header class="top">
      <div class="top-row">
        <Brand version={overview.health.value?.version} />
        <StatePill overview={overview} />
        <span class="grow" />
        <SyncChoice health={overview.health.value} />
        <PeriodChoice />
        {token.value !== null && (
          <button type="button" class="button" title="Forget the token" onClick={lock}>
            <Icon name="lock" />
            Lock
          </button>
        )}
      </div>
      <Navigation />
    </header>
  );
}

function Navigation() {
  const list = useRef<HTMLElement>(null);
  const { view } = route.value;
  useEffect(() => {
    // on a phone the list is wider than the screen
    const shown = list.current?.querySelector<HTMLElement>("[aria-current]");
    list.current?.scrollTo({ left: (shown?.offsetLeft ?? 0) - 80 });
  }, [view]);
  return (
    <nav class="nav" aria-label="Views" ref={list}>
      {VIEWS.map(([name, title]) => (
        <a key={name} href={linkTo(name)} aria-current={view === name ? "page" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}

function StatePill({ overview }: { overview: Overview }) {
  const facts = factsOf(overview, null);
  if (facts === null) return null;
  const { state } = situationOf(facts);
  return (
    <span role="status">
      <a class={`pill pill-${state}`} href={linkTo("now")}>
        <span class="visually-hidden">State: </span>
        {STATES[state]}
      </a>
    </span>
  );
}

function PeriodChoice() {
  const choices = periodChoices(route.value.view);
  if (choices.length === 0) return null;
  return (
    <>
      <label class="visually-hidden" for="period">
        Period
      </label>
      <select
        id="period"
        class="input top-select"
        value={period().name}
        onChange={(event) => choose({ period: event.currentTarget.value })}
      >
        {choices.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </>
  );
}

/** Shown where there is more than one sync. */
function SyncChoice({ health }: { health: Health | undefined }) {
  const syncs = health?.syncs ?? [];
  if (syncs.length < 2) return null;
  return (
    <>
      <label class="visually-hidden" for="sync">
        Sync
      </label>
      <select
        id="sync"
        class="input top-select"
        value={syncQuery() ?? ""}
        onChange={(event) => choose({ sync: event.currentTarget.value })}
      >
        <option value="">All syncs</option>
        {syncs.map(({ sync }) => (
          <option key={sync} value={syncTitle(sync)}>
            {syncTitle(sync)}
          </option>
        ))}
      </select>
    </>
  );
}
