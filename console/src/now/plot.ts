// Draws lines over time with uPlot, and behind them the times during which Kochava was not called.

import uPlot from "uplot";
import type { Incident } from "../api/types";
import { STATE_OF_BREAKER, STATES } from "../lib/words";

export interface Line {
  label: string;
  /** A custom property of tokens.css. */
  color: string;
  isFilled?: boolean;
  values: (number | null)[];
}

export interface Drawing {
  /** Seconds since 1970. */
  at: number[];
  lines: Line[];
  incidents: readonly Incident[];
  /** The whole period, in seconds since 1970, so that silence is shown as well. */
  range: [start: number, end: number];
  /** The highest value of the axis; left out where the values give it. */
  max?: number;
  /** The distances that the lines of the axis may have. */
  steps?: number[];
  /** For the axis. */
  format(value: number): string;
  /** For the legend; as for the axis if it is left out. */
  exact?(value: number): string;
}

const HEIGHT = 260;

export function plot(place: HTMLElement, drawing: Drawing): uPlot {
  const style = getComputedStyle(place);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: Math.max(place.clientWidth, 240),
      height: HEIGHT,
      scales: {
        x: { time: true, range: () => drawing.range },
        // space for the names of incidents
        y: {
          range: (_, __, most) => [
            0,
            drawing.max ?? Math.max(5 * (drawing.steps?.[0] ?? 0.2), most * 1.2),
          ],
        },
      },
      axes: [
        { ...axis, values: TIMES },
        {
          ...axis,
          size: 56,
          values: (_, splits) => splits.map(drawing.format),
          ...(drawing.steps !== undefined && { incrs: drawing.steps }),
        },
      ],
      series: [
        { value: (_, at) => (at === null ? "" : LEGEND.format(new Date(at * 1_000))) },
        ...drawing.lines.map((line) => seriesOf(line, color, drawing.exact ?? drawing.format)),
      ],
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { live: true },
      hooks: { drawClear: [(chart) => shade(chart, drawing, color)] },
    },
    [drawing.at, ...drawing.lines.map(({ values }) => values)] as uPlot.AlignedData,
    place,
  );
}

/** 24 hours, as everywhere on the page. */
const TIMES: uPlot.Axis.Values = [
  [86_400, "{D} {MMM}", null, null, null, null, null, null, 1],
  [3_600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
] as uPlot.Axis.Values;

const LEGEND = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

function seriesOf(
  { label, color: name, isFilled }: Line,
  color: (name: string) => string,
  format: (value: number) => string,
): uPlot.Series {
  const stroke = color(name);
  return {
    label,
    stroke,
    width: 1.75,
    // the colours of tokens.css have six digits: with two more, they are translucent
    fill: isFilled ? `${stroke}18` : undefined,
    paths: uPlot.paths.stepped?.({ align: 1 }),
    points: { show: false },
    value: (_, value, __, step) => (step === null ? "" : value === null ? "–" : format(value)),
  };
}

/** A band for each incident, with its name where that fits. */
function shade(
  chart: uPlot,
  { incidents, range: [start, end] }: Drawing,
  color: (name: string) => string,
): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const incident of incidents) {
    const from = Math.max(start, Date.parse(incident.since) / 1_000);
    const until = incident.until === null ? end : Date.parse(incident.until) / 1_000;
    if (until < start || from > end) continue;
    const left = chart.valToPos(from, "x", true);
    const width = Math.max(
      2 * devicePixelRatio,
      chart.valToPos(Math.min(until, end), "x", true) - left,
    );
    ctx.fillStyle = `${color("--warn")}16`;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.fillStyle = color("--warn");
    ctx.fillRect(left, bbox.top, width, 3 * devicePixelRatio);
    const name = stateTitle(incident);
    ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    if (ctx.measureText(name).width + 8 * devicePixelRatio < width)
      ctx.fillText(name, left + 5 * devicePixelRatio, bbox.top + 7 * devicePixelRatio);
  }
  ctx.restore();
}

export const stateTitle = ({ code }: { code: string }): string =>
  STATES[STATE_OF_BREAKER[code] ?? "paused"];
