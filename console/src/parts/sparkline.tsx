// A small line of percentages. What it shows is also said in words beside it.

const WIDTH = 120;
const HEIGHT = 24;

export function Sparkline({
  points,
  isBad,
}: {
  points: readonly (number | null)[];
  isBad: boolean;
}) {
  return (
    <svg
      class="sparkline"
      data-bad={isBad}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="sparkline-area" d={areaOf(points)} />
      <path d={pathOf(points)} />
    </svg>
  );
}

type Point = readonly [x: number, y: number];

/** A line through the points; a step without a value is a gap. */
export const pathOf = (points: readonly (number | null)[]): string =>
  // a point of its own is drawn as a dot
  runsOf(points)
    .map((run) => `M${run.map(place).join("L")}${run.length === 1 ? "h0.01" : ""}`)
    .join("");

/** What lies between the line and 0 %, so that a share can be read without a scale. */
export const areaOf = (points: readonly (number | null)[]): string =>
  runsOf(points)
    .map((run) => {
      const [first, last] = [run[0]?.[0] ?? 0, run.at(-1)?.[0] ?? 0];
      return `M${place([first, BOTTOM])}L${run.map(place).join("L")}L${place([last, BOTTOM])}Z`;
    })
    .join("");

const BOTTOM = HEIGHT - 2;

const place = ([x, y]: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** The places of the values, divided where one is missing. */
function runsOf(points: readonly (number | null)[]): Point[][] {
  const step = points.length > 1 ? (WIDTH - 2) / (points.length - 1) : 0;
  const runs: Point[][] = [];
  let isDrawing = false;
  points.forEach((value, index) => {
    if (value !== null) {
      if (!isDrawing) runs.push([]);
      runs.at(-1)?.push([1 + index * step, BOTTOM - (value / 100) * (HEIGHT - 4)]);
    }
    isDrawing = value !== null;
  });
  return runs;
}
