// Runs a command: reads the inputs one after the other and writes to standard output.

import { basename } from "node:path";
import process from "node:process";
import { blocksOf, opened } from "./blocks.mjs";
import { CheckNdjson, CheckTable } from "./check.mjs";
import { printCompletion } from "./completion.mjs";
import { DeliverNdjson, DeliverTable, PolicyFault, deliveryRun } from "./deliver.mjs";
import { escapeControls } from "./escape.mjs";
import { ExplainNdjson, ExplainTable } from "./explain.mjs";
import { Output } from "./output.mjs";
import { PlanNdjson, PlanTable } from "./plan.mjs";
import { poolOf } from "./plan-pool.mjs";
import { Progress } from "./progress.mjs";
import { ProposeWriter } from "./propose.mjs";
import { printRules } from "./rules.mjs";
import { SettingsFaults, loadMapper, readSettings } from "./settings.mjs";
import { InputFault, bytesOf, inputsOf, nameOf } from "./source.mjs";
import { printSummary } from "./summary-output.mjs";

const WRITERS = {
  plan: { table: PlanTable, ndjson: PlanNdjson },
  explain: { table: ExplainTable, ndjson: ExplainNdjson },
  check: { table: CheckTable, ndjson: CheckNdjson },
  deliver: { table: DeliverTable, ndjson: DeliverNdjson },
  propose: { table: ProposeWriter, ndjson: ProposeWriter },
};

/** The commands that need settings. */
const PLANNERS = ["plan", "explain"];

/**
 * @param {{ command: "plan" | "explain" | "propose" | "check" | "deliver", files: string[], settings?: string,
 *   source?: import("../index.d.ts").SourceName, format?: "table" | "ndjson",
 *   policy?: import("../index.d.ts").DeliveryPolicy, threads?: number, isLocated?: boolean,
 *   keepsBlank?: boolean, isSummary?: boolean, isToml?: boolean }} request or `rules` and `completion`, whose `files`
 *   are words
 * @returns {Promise<number>} the exit code
 */
export async function run({
  command,
  files,
  settings,
  source,
  format,
  policy,
  threads,
  ...wanted
}) {
  if (command === "rules") return printRules(files, new Output(), format);
  if (command === "completion") return printCompletion(files[0], new Output());
  if (files.length === 0 && process.stdin.isTTY) {
    return fail([
      "kochava-edge: no input: name files, or pipe data into it:",
      `  cat events.ndjson | kochava-edge ${command} -`,
    ]);
  }
  const paths = files.length === 0 ? ["-"] : files;
  const output = new Output();
  const shape = format ?? (output.isTerminal ? "table" : "ndjson");
  try {
    const planner = PLANNERS.includes(command) ? plannerFor(settings, shape) : {};
    const delivery = command === "deliver" ? deliveryRun(policy) : null;
    const labels = labelsOf(paths);
    const total = totalBytesOf(paths);
    const context = { source };
    const pool = command === "plan" ? poolOf(planner.document, context, threads, total) : null;
    const { mapper } = planner;
    const Writer = writerOf(command, shape, wanted);
    const given = command === "propose" && settings ? readSettings(settings) : undefined;
    const writer = new Writer({
      mapper,
      context,
      pool,
      delivery,
      settings: given,
      output,
      labels,
      wanted,
    });
    try {
      return await writeAll(writer, { paths, labels, output, shape, total, wanted });
    } finally {
      pool?.end();
    }
  } catch (error) {
    if (error instanceof SettingsFaults || error instanceof PolicyFault) return fail(error.lines);
    if (error instanceof InputFault) return fail([`kochava-edge: ${error.message}`]);
    throw error;
  }
}

/** With `--summary` nothing is laid out: the counts of `explain` are those of `plan`. */
function writerOf(command, shape, { isSummary }) {
  if (!isSummary) return WRITERS[command][shape];
  return WRITERS[command === "explain" ? "plan" : command].ndjson;
}

async function writeAll(writer, { paths, labels, output, shape, total, wanted }) {
  const progress = new Progress(total, !output.isTerminal);
  const advance = (count) => progress.advance(count);
  let unreadable = 0;
  const report = (name, error) => {
    progress.clear();
    if (!(error instanceof InputFault)) throw error;
    fail([`${escapeControls(name)}: ${error.message}`]);
    unreadable += 1;
  };
  output.isSilent = wanted.isSummary === true;
  for (const [index, path] of paths.entries()) {
    try {
      for await (const input of inputsOf(path, advance)) {
        const label = labelOf(labels[index], input);
        await writeInput(writer, input, label, wanted).catch((error) => report(input.name, error));
      }
    } catch (error) {
      report(nameOf(path), error);
    }
  }
  progress.clear();
  await writer.end();
  output.isSilent = false;
  if (wanted.isSummary) await printSummary(writer.summary, output, shape);
  else if (
    writer.summary.sentence &&
    shape === "ndjson" &&
    process.stderr.isTTY &&
    !output.isTerminal
  )
    process.stderr.write(`${writer.summary.sentence}\n`);
  return unreadable > 0 ? 2 : writer.summary.exitCode;
}

async function writeInput(writer, input, label, { keepsBlank }) {
  const text = await opened(input, writer.accepts);
  if (writer.writeInput) return writer.writeInput(text, label, input.name);
  for await (const block of blocksOf(text, writer.accepts, keepsBlank))
    await writer.write(block, label, input.name);
}

/** A file of an archive is shown behind the archive, without its folders. */
function labelOf(label, { within }) {
  return within === undefined ? label : `${label}/${escapeControls(basename(within))}`;
}

function plannerFor(settings, shape) {
  const planner = loadMapper(settings);
  if (shape === "table") process.stderr.write(`Settings: ${escapeControls(planner.from)}\n\n`);
  return planner;
}

/** The names of the files, without their folders if they differ without them. */
function labelsOf(paths) {
  const names = paths.map((path) => escapeControls(nameOf(path)));
  const short = names.map((name) => basename(name));
  return new Set(short).size === new Set(names).size ? short : names;
}

/** The size of all inputs; 0 if one of them is unknown. */
function totalBytesOf(paths) {
  const sizes = paths.map(bytesOf);
  return sizes.includes(0) ? 0 : sizes.reduce((sum, size) => sum + size, 0);
}

function fail(lines) {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return 2;
}
