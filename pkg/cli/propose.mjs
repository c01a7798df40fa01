// `propose`: settings for events, as JSON or as the variables of a wrangler.toml.

import process from "node:process";
import { stringify } from "smol-toml";
import { SettingsError, UnreadableError, propose } from "../node.js";
import { valuesOf } from "./blocks.mjs";
import { escapeControls } from "./escape.mjs";
import { InputFault } from "./source.mjs";
import { wholeVariableOf } from "./wrangler.mjs";

/** The package looks at as many. */
const EVENTS_MAX = 1_000;
const encoder = new TextEncoder();

/** Collects the first events and prints the proposal for them; what was chosen and why goes to standard error. */
export class ProposeWriter {
  accepts = "events";
  summary = { exitCode: 0, sentence: "" };
  #parts = [];
  #context;
  #settings;
  #variable;
  #output;
  #isToml;

  constructor({ context, settings, sync, output, wanted }) {
    this.#context = context;
    this.#settings = settings;
    this.#variable = wholeVariableOf(sync);
    this.#output = output;
    this.#isToml = wanted.isToml;
  }

  async write(block) {
    if (block.isTooLong) throw new InputFault("a line is too long for a proposal");
    for (const { bytes, place } of valuesOf(block)) {
      if (this.#parts.length === EVENTS_MAX) return;
      if (!place.isBlank) this.#parts.push(Buffer.from(bytes));
    }
  }

  async end() {
    const { settings, fields } = this.#proposed();
    for (const line of fields.flatMap(linesOf)) process.stderr.write(`${escapeControls(line)}\n`);
    const text = this.#isToml
      ? stringify({ vars: { [this.#variable]: settings } })
      : JSON.stringify(settings, null, 2);
    await this.#output.write(encoder.encode(`${text.trimEnd()}\n`));
  }

  #proposed() {
    // the elements of an array come in brackets, each as a list of its own
    const body = Buffer.from(this.#parts.join("\n"));
    try {
      return propose(body, this.#context, this.#settings);
    } catch (error) {
      if (!(error instanceof SettingsError || error instanceof UnreadableError)) throw error;
      throw new InputFault(error.message);
    }
  }
}

/** What is proposed for a field and why, or what would have to be there. */
function linesOf({ setting, chosen, expected, candidates }) {
  if (expected !== null)
    return [`${setting}: nothing fits; have the app send it at ${expected}, or map another path`];
  if (chosen !== null) {
    const why = candidates.find(({ path }) => path === chosen)?.why;
    return [`${setting}: ${chosen}${why ? ` (${why})` : ""}`];
  }
  return candidates.slice(0, 1).map(({ path, why }) => `${setting}: perhaps ${path} (${why})`);
}
