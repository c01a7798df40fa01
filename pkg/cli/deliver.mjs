// `deliver`: sends the requests of a plan, and prints what became of each, as NDJSON or as a table.

import { Run, parcelsOf } from "../deliver.js";
import { InputError } from "../node.js";
import * as wasm from "../wasm/kochava_edge.js";
import { valuesOf } from "./blocks.mjs";
import { escapeControls } from "./escape.mjs";
import { TOO_LONG } from "./fates.mjs";
import { cut, wrap } from "./layout.mjs";
import { DeliverySummary, formatted, isAccepted } from "./summary.mjs";
import { located, summaryLines } from "./table.mjs";

/** In the place of a line that is no fate. */
const NO_FATE = {
  fate: "refused",
  violations: [
    {
      code: "no-fate",
      field: "",
      origin: null,
      message: "the line is no fate of `kochava-edge plan -o ndjson`",
    },
  ],
};
const COLORS = { delivered: "green", unconfirmed: "yellow" };

/** Options of the command line that are out of bounds, as lines to print. */
export class PolicyFault extends Error {
  constructor(message) {
    super(message);
    this.lines = [`kochava-edge: ${message}`];
  }
}

/**
 * The run of one command: what stops sending on a route holds for all files.
 *
 * @param {{ attempts?: string, budgetMs?: string, timeoutMs?: string }} options
 * @throws {PolicyFault}
 */
export function deliveryRun({ attempts, budgetMs, timeoutMs }) {
  const given = { attempts, budget_ms: budgetMs, timeout_ms: timeoutMs };
  const policy = Object.fromEntries(
    Object.entries(given)
      .filter(([, text]) => text !== undefined)
      .map(([name, text]) => [name, text.trim() === "" ? null : Number(text)]),
  );
  try {
    return new Run(wasm, { policy });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new PolicyFault(
      error.message.replace(/policy\.(\w+)/g, (_, name) => `--${name.replace("_", "-")}`),
    );
  }
}

/** Prints the lines of the input with what became of their requests. */
export class DeliverNdjson {
  accepts = "events";
  summary = new DeliverySummary();
  #delivery;
  #output;

  constructor({ delivery, output }) {
    this.#delivery = delivery;
    this.#output = output;
  }

  async write(block) {
    const lines = [];
    for (const { fate } of await delivered(this.#delivery, block)) {
      this.summary.add(fate);
      lines.push(Buffer.from(`${JSON.stringify(fate)}\n`));
    }
    await this.#output.writeJson(Buffer.concat(lines));
  }

  async end() {
    this.#delivery.free();
  }
}

/** Prints a row for each event for people. */
export class DeliverTable {
  accepts = "events";
  summary = new DeliverySummary();
  #delivery;
  #output;

  constructor({ delivery, output }) {
    this.#delivery = delivery;
    this.#output = output;
  }

  async write(block, label) {
    const lines = [];
    for (const { fate, line } of await delivered(this.#delivery, block)) {
      this.summary.add(fate);
      const number = `${formatted(this.summary.total)}  `;
      const [first, ...rest] = wrap(told(fate), this.#output.width - 5);
      const file = cut(located(label, line), this.#output.width - number.length - 2 - first.length);
      lines.push(`${number}${file}  ${this.#output.paint(colorOf(fate), first)}`);
      for (const text of rest) lines.push(`     ${text}`);
    }
    await this.#output.print(lines);
  }

  async end() {
    this.#delivery.free();
    const lines =
      this.summary.total === 0 ? ["No events found."] : summaryLines(this.#output, this.summary);
    await this.#output.print(lines);
  }
}

/** `event delivered 200, identity rejected 400`, or the codes of what was not sent. */
function told(fate) {
  if (fate.fate === "skipped") return escapeControls(`skipped ${fate.code}`);
  if (fate.fate === "refused")
    return escapeControls(`refused ${fate.violations.map(({ code }) => code).join(", ")}`);
  const calls = fate.requests.map(({ kind }, index) => {
    const { outcome, status } = fate.deliveries[index];
    return [kind, outcome, status].filter((word) => word !== null).join(" ");
  });
  return calls.join(", ");
}

function colorOf({ fate, deliveries }) {
  if (fate === "skipped") return "dim";
  const bad = deliveries?.find((delivery) => delivery.outcome !== "delivered");
  if (fate === "ready" && bad === undefined) return "green";
  return COLORS[bad?.outcome] ?? "red";
}

/** Sends the ready fates of a block; answers each fate with the line where it is. */
async function delivered(run, block) {
  const fates = fatesOf(block);
  const ready = fates.filter(({ fate }) => fate.fate === "ready");
  const parcels = ready.map(({ parcel }) => parcel);
  const before = ready.map(({ fate }) => acceptedBefore(fate));
  const outcomes = await run.deliver(
    parcels,
    before.map((deliveries) => deliveries.length),
  );
  for (const [index, { fate }] of ready.entries())
    fate.deliveries = [...before[index], ...outcomes[index].slice(before[index].length)];
  return fates;
}

function fatesOf(block) {
  if (block.isTooLong) return [{ fate: TOO_LONG, line: block.places[0].line }];
  return [...valuesOf(block)].flatMap(({ bytes, place }) => {
    const line = place.isAlone ? undefined : place.line;
    return valuesIn(bytes).map((value) => ({ ...fateOf(value), line }));
  });
}

/** The value of a line; of an array its elements. */
function valuesIn(bytes) {
  try {
    return [JSON.parse(Buffer.from(bytes).toString())].flat();
  } catch {
    return [undefined];
  }
}

/** A fate with the parcel of its requests. */
function fateOf(value) {
  if (value?.fate === "skipped" && typeof value.code === "string") return { fate: value };
  const isRefused = value?.fate === "refused" && Array.isArray(value.violations);
  if (isRefused && value.violations.every((violation) => typeof violation?.code === "string"))
    return { fate: value };
  if (value?.fate !== "ready") return { fate: NO_FATE };
  try {
    const parcels = parcelsOf(value.requests);
    // the identities of a user without an event depend on each other as those behind an event do
    return { fate: { ...value }, parcel: parcels.flat() };
  } catch (error) {
    if (error instanceof InputError) return { fate: NO_FATE };
    throw error;
  }
}

/** What became of the first requests in an earlier run, as far as Kochava accepted them. */
function acceptedBefore({ requests, deliveries }) {
  if (!Array.isArray(deliveries)) return [];
  const some = deliveries.slice(0, requests.length);
  const end = some.findIndex((delivery) => !isAccepted(delivery ?? {}));
  return end === -1 ? some : some.slice(0, end);
}
