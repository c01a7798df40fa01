// The rows of the bench, in the order in which they are printed, with what they must hold.
//
// `floor` is what every build must hold, `goal` what we are after; `most` means that less is better.
// The ratio of such a row is our cost over the baseline's, of any other the baseline's over ours.
// Where a row has no baseline, the aims are of its value.

/** Processor time of workerd, against the naive Worker. */
const WORKER = {
  "ingest-1": { floor: 2, goal: 1.3, most: true },
  "ingest-100": { floor: 1.5, goal: 1, most: true },
  "consume-1": { floor: 2.2, goal: 1.4, most: true },
  "consume-35": { floor: 2, goal: 1.3, most: true },
  "dry-100": { floor: 1.2, goal: 1.5 },
};

/** Requests to Durable Objects. */
const OBJECTS = {
  "objects-ingest": { floor: 0, most: true },
  "objects-consume": { floor: 2, most: true },
};

/** The package in the Node.js version of package.json, against V8 alone. */
const PACKAGE = {
  ndjson: { floor: 2.8, goal: 4 },
  "ndjson-export": { floor: 3.6, goal: 5 },
  "ndjson-mixed": { floor: 5.6, goal: 7 },
  "ndjson-hard": { floor: 2, goal: 3 },
  "ndjson-signed": { floor: 1.6, goal: 2.5 },
  "ndjson-amplitude-sdk": {},
  "ndjson-segment": {},
  "ndjson-rudderstack": {},
  "ndjson-mparticle": {},
  "ndjson-revenuecat": {},
  "ndjson-cloudevents": {},
  "ndjson-generic": {},
  // of two processors
  "ndjson-cores": { floor: 1.7, goal: 1.9 },
  single: { floor: 1.5, goal: 2.5 },
  explain: { floor: 2.2, goal: 1.5, most: true },
};

/** The package in the newest Node.js, whose V8 prints JSON faster. */
const PACKAGE_NEWEST = {
  ndjson: { floor: 1.9 },
  "ndjson-export": { floor: 2.2 },
  "ndjson-mixed": {},
  "ndjson-hard": {},
  "ndjson-signed": {},
  single: {},
  explain: { floor: 2.2, goal: 1.5, most: true },
};

/** Memory, cold start and sizes: values without a baseline, or with that of the naive Worker. */
const OTHER = {
  "memory-20mb": { floor: 64, most: true },
  "cold-start": { most: true },
  "cold-start-worker": { most: true },
  "npm-wasm": { floor: 200, most: true },
  "worker-upload": { floor: 500, most: true },
};

/** `{ name, group, row, floor, goal, most }`: `row` is the name within its group. */
export const ROWS = [
  ...rowsOf("worker", WORKER),
  ...rowsOf("objects", OBJECTS),
  ...rowsOf("package", PACKAGE),
  ...rowsOf("package-newest", PACKAGE_NEWEST, (row) => `${row}-newest`),
  ...rowsOf("other", OTHER),
];

function rowsOf(group, aims, nameOf = (row) => row) {
  return Object.entries(aims).map(([row, aim]) => ({ name: nameOf(row), group, row, ...aim }));
}

/** Returns "goal", "floor", "missed", or "" where a row has no floor and misses its goal. */
export function verdict({ value, ratio, floor, goal, most = false }) {
  const figure = ratio ?? value;
  const keeps = (aim) => aim !== undefined && (most ? figure <= aim : figure >= aim);
  if (keeps(goal)) return "goal";
  if (floor === undefined) return "";
  return keeps(floor) ? "floor" : "missed";
}
