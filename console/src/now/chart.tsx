// The course of the numbers over the period: a chart, what it shows in words, and as a table.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { SegmentedControl } from "../../../ui/components/segmented-control";
import { count } from "../../../ui/lib/format";
import type { Incident, Series } from "../api/types";
import { number, percent, seconds, short } from "../lib/number";
import { clock, duration, STEP_MS } from "../lib/time";
import { syncTitle } from "../lib/words";
import { Time } from "../parts/time";
import { plot, stateTitle, type Drawing, type Line } from "./plot";

type Metric = "events" | "rate" | "latency";
const METRICS = [
  ["events", "Events"],
  ["rate", "Delivery rate"],
  ["latency", "Latency"],
] as const;

export function Chart({ series }: { series: Series }) {
  const metric = useSignal<Metric>("events");
  return (
    <section class="card chart" aria-labelledby="chart-title">
      <header class="card-head">
        <h3 id="chart-title">Over time</h3>
        <span class="muted">each {series.step}, the last one so far</span>
        <span class="grow" />
        <SegmentedControl
          label="What is drawn"
          value={metric.value}
          choices={METRICS}
          onChoose={(value) => (metric.value = value)}
        />
      </header>
      <Canvas series={series} metric={metric.value} />
      <Incidents incidents={series.incidents} />
      <Table series={series} />
    </section>
  );
}

function Canvas({ series, metric }: { series: Series; metric: Metric }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let chart = plot(element, drawingOf(series, metric));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => {
      chart.destroy();
      chart = plot(element, drawingOf(series, metric));
    };
    const size = new ResizeObserver(() =>
      chart.setSize({ width: Math.max(element.clientWidth, 240), height: chart.height }),
    );
    size.observe(element);
    dark.addEventListener("change", redraw);
    return () => {
      size.disconnect();
      dark.removeEventListener("change", redraw);
      chart.destroy();
    };
  }, [series, metric]);
  return <div class="plot" ref={place} role="img" aria-label={summaryOf(series)} />;
}

function summaryOf({ points, incidents }: Series): string {
  const sum = (name: "eventsDelivered" | "eventsNotDelivered" | "skipped") =>
    number(points.reduce((total, point) => total + point[name], 0));
  const ends = `${sum("eventsDelivered")} delivered, ${sum("eventsNotDelivered")} not delivered, ${sum("skipped")} skipped`;
  return `Chart: ${ends}; ${count(incidents.length, "incident")}.`;
}

/** Steps without a point are zeros: nothing was counted in them. */
function drawingOf(series: Series, metric: Metric): Drawing {
  const step = STEP_MS[series.step];
  const [start, end] = [Date.parse(series.timePeriodStart), Date.parse(series.timePeriodEnd)];
  const known = pointsByStep(series, step);
  const steps: number[] = [];
  for (let at = Math.floor(start / step); at * step < end; at += 1) steps.push(at);
  // the last step is drawn up to the end of the period
  const all = [...steps.map((at) => known.get(at)), known.get(steps.at(-1) ?? 0)];
  return {
    at: [...steps.map((at) => (at * step) / 1_000), end / 1_000],
    range: [start / 1_000, end / 1_000],
    incidents: series.incidents,
    ...shapeOf(metric, all),
  };
}

type Point = Series["points"][number] | undefined;

/** A point that was folded into its hour is spread over the minutes of the hour. */
function pointsByStep({ points }: Series, step: number): Map<number, Point> {
  const known = new Map<number, Point>();
  for (const point of points) {
    const first = Math.floor(Date.parse(point.at) / step);
    const length = Math.max(1, Math.round(((point.minutes ?? 1) * 60_000) / step));
    const part = {
      ...point,
      eventsDelivered: point.eventsDelivered / length,
      eventsNotDelivered: point.eventsNotDelivered / length,
      skipped: point.skipped / length,
    };
    for (let each = first; each < first + length; each += 1) known.set(each, part);
  }
  return known;
}

/** 1, 2, 5, 10 and so on. */
const COUNTS = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((each) => each * 10 ** power),
);
/** Seconds, minutes, hours and days that people count in. */
const SECONDS = [
  [0.1, 0.2, 0.5, 1, 2, 5, 10, 20],
  [30, 60, 120, 300, 600, 1_200],
  [1_800, 3_600, 7_200, 21_600, 43_200],
  [86_400, 172_800, 432_000],
];

function shapeOf(
  metric: Metric,
  all: readonly Point[],
): Pick<Drawing, "lines" | "format" | "exact" | "max" | "steps"> {
  const line = (
    label: string,
    color: string,
    value: (point: Point) => number | null,
    isFilled = false,
  ): Line => ({ label, color, isFilled, values: all.map(value) });
  if (metric === "rate")
    return {
      lines: [line("Delivery rate", "--ready", (point) => point?.deliveryRate ?? null, true)],
      format: percent,
      max: 100,
    };
  if (metric === "latency")
    return {
      lines: [
        line("95th percentile", "--accent", (point) => point?.latencyInSeconds ?? null, true),
        line("Median", "--word", (point) => point?.latencyMedianInSeconds ?? null),
      ],
      format: seconds,
      steps: SECONDS.flat(),
    };
  return {
    lines: [
      line("Delivered", "--accent", (point) => point?.eventsDelivered ?? 0, true),
      line("Not delivered", "--refused", (point) => point?.eventsNotDelivered ?? 0),
      line("Skipped", "--muted", (point) => point?.skipped ?? 0),
    ],
    format: short,
    exact: (value) => number(Math.round(value)),
    steps: COUNTS.flat(),
  };
}

function Incidents({ incidents }: { incidents: readonly Incident[] }) {
  if (incidents.length === 0) return null;
  return (
    <ul class="rows incidents" aria-label="Incidents">
      {incidents.map((incident) => (
        <li
          key={`${incident.since} ${incident.kind} ${incident.code} ${incident.app_guid}`}
          class="row"
        >
          <b>{stateTitle(incident)}</b> from <Time at={incident.since} />{" "}
          {incident.until === null ? (
            <b class="bad">until now</b>
          ) : (
            <>
              to <Time at={incident.until} /> (
              {duration(Date.parse(incident.until) - Date.parse(incident.since))})
            </>
          )}{" "}
          <span class="muted">
            <code>{incident.code}</code>
            {incident.status != null && ` ${incident.status}`}, {incident.kind} calls
            {incident.app_guid && ` to ${incident.app_guid}`}
            {incident.sync && `, sync ${syncTitle(incident.sync)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Table({ series }: { series: Series }) {
  return (
    <details class="numbers">
      <summary>As a table</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of the chart">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Delivered</th>
              <th scope="col">Not delivered</th>
              <th scope="col">Skipped</th>
              <th scope="col">Rate</th>
              <th scope="col">Latency (95th)</th>
            </tr>
          </thead>
          <tbody>
            {series.points.toReversed().map((point) => (
              <tr key={point.at}>
                <th scope="row">{clock(point.at)}</th>
                <td>{number(point.eventsDelivered)}</td>
                <td>{number(point.eventsNotDelivered)}</td>
                <td>{number(point.skipped)}</td>
                <td>{percent(point.deliveryRate)}</td>
                <td>{seconds(point.latencyInSeconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
