// Runs a command: reads the inputs one after the other and writes to standard output.

import { basename } from "node:path";
import process from "node:process";
import { blocksOf } from "./blocks.mjs";
import { CheckNdjson, CheckTable } from "./check.mjs";
import { DeliverNdjson, DeliverTable, PolicyFault, deliveryRun } from "./deliver.mjs";
import { escapeControls } from "./escape.mjs";
import { ExplainNdjson, ExplainTable } from "./explain.mjs";
import { Output } from "./output.mjs";
import { PlanNdjson, PlanTable } from "./plan.mjs";
import { Progress } from "./progress.mjs";
import { SettingsFaults, loadMapper } from "./settings.mjs";
import { InputFault, bytesOf, chunksOf, isNamedNdjson, nameOf } from "./source.mjs";

const WRITERS = {
  plan: { table: PlanTable, ndjson: PlanNdjson },
  explain: { table: ExplainTable, ndjson: ExplainNdjson },
  check: { table: CheckTable, ndjson: CheckNdjson },
  deliver: { table: DeliverTable, ndjson: DeliverNdjson },
};

/** The commands that need settings. */
const PLANNERS = ["plan", "explain"];

/**
 * @param {{ command: "plan" | "explain" | "check" | "deliver", files: string[], settings?: string,
 *   source?: import("../index.d.ts").SourceName, format?: "table" | "ndjson", policy?: import("../index.d.ts").DeliveryPolicy }} request
 * @returns {Promise<number>} the exit code
 */
export async function run({ command, files, settings, source, format, policy }) {
  if (files.length === 0 && process.stdin.isTTY) {
    return fail([
      "kochava-edge: no input: name files, or pipe data into it:",
      `  cat events.ndjson | kochava-edge ${command} -`,
    ]);
  }
  const paths = files.length === 0 ? ["-"] : files;
  const output = new Output();
  const shape = format ?? (paths.includes("-") && !output.isTerminal ? "ndjson" : "table");
  try {
    const mapper = PLANNERS.includes(command) ? mapperFor(settings, shape) : null;
    const delivery = command === "deliver" ? deliveryRun(policy) : null;
    const labels = labelsOf(paths);
    const writer = new WRITERS[command][shape]({
      mapper,
      context: { source },
      delivery,
      output,
      labels,
    });
    return await writeAll(writer, { paths, labels, output, shape });
  } catch (error) {
    if (error instanceof SettingsFaults || error instanceof PolicyFault) return fail(error.lines);
    throw error;
  }
}

async function writeAll(writer, { paths, labels, output, shape }) {
  const progress = new Progress(totalBytesOf(paths), !output.isTerminal);
  let unreadable = 0;
  for (const [index, path] of paths.entries()) {
    try {
      await writeInput(writer, path, labels[index], progress);
    } catch (error) {
      progress.clear();
      if (!(error instanceof InputFault)) throw error;
      fail([`${escapeControls(nameOf(path))}: ${error.message}`]);
      unreadable += 1;
    }
  }
  progress.clear();
  await writer.end();
  if (shape === "ndjson" && process.stderr.isTTY && !output.isTerminal)
    process.stderr.write(`${writer.summary.sentence}\n`);
  return unreadable > 0 ? 2 : writer.summary.exitCode;
}

async function writeInput(writer, path, label, progress) {
  const chunks = chunksOf(path, (count) => progress.advance(count));
  const options = { isNdjson: isNamedNdjson(path), accepts: writer.accepts };
  for await (const block of blocksOf(chunks, options)) await writer.write(block, label);
}

function mapperFor(settings, shape) {
  const { mapper, from } = loadMapper(settings);
  if (shape === "table") process.stderr.write(`Settings: ${escapeControls(from)}\n\n`);
  return mapper;
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
