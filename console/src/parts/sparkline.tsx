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
      <path d={pathOf(points)} />
    </svg>
  );
}

/** A line through the points; a step without a value is a gap. */
export function pathOf(points: readonly (number | null)[]): string {
  const step = points.length > 1 ? (WIDTH - 2) / (points.length - 1) : 0;
  let isDrawing = false;
  return points
    .map((value, index) => {
      if (value === null) {
        isDrawing = false;
        return "";
      }
      const [x, y] = [1 + index * step, HEIGHT - 2 - (value / 100) * (HEIGHT - 4)];
      const command = isDrawing ? "L" : "M";
      isDrawing = true;
      // a point of its own is drawn as a dot
      const isAlone = command === "M" && typeof points[index + 1] !== "number";
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}${isAlone ? "h0.01" : ""}`;
    })
    .join("");
}
