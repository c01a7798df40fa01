// The console of an operator who was let in: header, banners, navigation and the chosen view.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { isOnline, pathOf } from "./api/client";
import { useQuery } from "./api/query";
import type { Alerts, Health, Stats } from "./api/types";
import { CoverageView } from "./coverage/coverage";
import { DeliveryView } from "./delivery/delivery";
import { Header } from "./header";
import { clock } from "./lib/time";
import { LiveView } from "./live/live";
import { NowView } from "./now/now";
import type { Overview } from "./now/overview";
import { RejectsView } from "./rejects/rejects";
import { RejectView } from "./rejects/reject";
import { SettingsView } from "./settings/settings";
import { period, periodChoices, route, syncQuery, VIEWS, type View } from "./state/route";
import { deployed, watchDeployment } from "./state/session";

const REFRESH_S = 15;

export function Console() {
  const health = useQuery<Health>("/health", { every: REFRESH_S, isHealth: true });
  const query = { period: statsPeriod(), sync: syncQuery() };
  const stats = useQuery<Stats>(pathOf("/stats", query), { every: REFRESH_S });
  const alerts = useQuery<Alerts>("/alerts", { every: 60 });
  useEffect(() => {
    if (health.value !== undefined) watchDeployment(health.value);
  }, [health.value]);
  const overview: Overview = { health, stats, alerts };
  const { view } = route.value;
  useEffect(() => {
    document.title = `${titleOf(view)} · kochava-edge console`;
  }, [view]);
  return (
    <>
      <a class="skip" href="#view" onClick={focusView}>
        Skip to the view
      </a>
      <Header overview={overview} />
      <Banners at={stats.at} />
      <main id="view" class="view" tabIndex={-1}>
        <Chosen overview={overview} />
      </main>
    </>
  );
}

/** The header tells the state in every view, also where the view's period is another. */
const statsPeriod = () =>
  periodChoices(route.value.view).length > 0 && route.value.view !== "coverage"
    ? period().name
    : "ONE_HOUR";

/** The fragment is the route, so the browser cannot follow the skip link by itself. */
function focusView(event: Event): void {
  event.preventDefault();
  document.getElementById("view")?.focus();
}

const titleOf = (view: View) => VIEWS.find(([name]) => name === view)?.[1] ?? "";

function Chosen({ overview }: { overview: Overview }): JSX.Element {
  const { view, id } = route.value;
  switch (view) {
    case "now":
      return <NowView overview={overview} />;
    case "coverage":
      return <CoverageView />;
    case "rejects":
      return id === "" ? <RejectsView /> : <RejectView id={id} />;
    case "delivery":
      return <DeliveryView overview={overview} />;
    case "settings":
      return <SettingsView />;
    case "live":
      return <LiveView />;
  }
}

function Banners({ at }: { at: number }) {
  return (
    <>
      {!isOnline.value && (
        <p class="banner banner-bad" role="alert">
          The Worker does not answer. {at > 0 && `What is shown is of ${clock(at)}. `}The page tries
          again by itself.
        </p>
      )}
      {deployed.value !== null && (
        <p class="banner banner-warn" role="status">
          {deployed.value === "release"
            ? "A deployment replaced the release that this page was loaded from. "
            : "A deployment changed the settings since this page was loaded. "}
          <button type="button" class="text-button" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
    </>
  );
}
