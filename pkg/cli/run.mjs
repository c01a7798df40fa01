// How is a command carried out?

import { basename } from "node:path";
import process from "node:process";
import { blocksOf } from "./blocks.mjs";
import { CheckNdjson, CheckTable } from "./check.mjs";
import { ExplainNdjson, ExplainTable } from "./explain.mjs";
import { Output } from "./output.mjs";
import { PlanNdjson, PlanTable } from "./plan.mjs";
import { Progress } from "./progress.mjs";
import { SettingsFaults, mapperOf } from "./settings.mjs";
import { InputFault, bytesOf, chunksOf, isNamedNdjson, nameOf } from "./source.mjs";
import { visible } from "./visible.mjs";

const COMMANDS = {
  plan: { table: PlanTable, ndjson: PlanNdjson },
  explain: { table: ExplainTable, ndjson: ExplainNdjson },
  check: { table: CheckTable, ndjson: CheckNdjson },
};

/**
 * @param {{ command: "plan" | "explain" | "check", files: string[], settings?: string, format?: "table" | "ndjson" }} asked
 * @returns {Promise<number>} the exit code
 */
export async function run({ command, files, settings, format }) {
  if (files.length === 0 && process.stdin.isTTY) {
    return fail([
      "There is nothing to read. Name files, or pipe something in:",
      `  cat events.ndjson | kochava-edge ${command} -`,
    ]);
  }
  const paths = files.length === 0 ? ["-"] : files;
  const output = new Output();
  const shape = format ?? (paths.includes("-") && !output.isTerminal ? "ndjson" : "table");
  try {
    const mapper = command === "check" ? null : settled(settings, shape);
    const labels = labelsOf(paths);
    return await answer(new COMMANDS[command][shape]({ mapper, output, labels }), {
      paths,
      labels,
      output,
      shape,
    });
  } catch (error) {
    if (error instanceof SettingsFaults) return fail(error.lines);
    throw error;
  }
}

async function answer(consumer, { paths, labels, output, shape }) {
  const progress = new Progress(totalOf(paths), !output.isTerminal);
  let unread = 0;
  for (const [index, path] of paths.entries()) {
    try {
      await consume(consumer, path, labels[index], progress);
    } catch (error) {
      progress.clear();
      if (!(error instanceof InputFault)) throw error;
      fail([`${visible(nameOf(path))}: ${error.message}`]);
      unread += 1;
    }
  }
  progress.clear();
  await consumer.end();
  if (shape === "ndjson" && process.stderr.isTTY && !output.isTerminal)
    process.stderr.write(`${consumer.tally.sentence}\n`);
  return unread > 0 ? 2 : consumer.tally.exitCode;
}

async function consume(consumer, path, label, progress) {
  const chunks = chunksOf(path, (count) => progress.advance(count));
  for await (const block of blocksOf(chunks, {
    isNdjson: isNamedNdjson(path),
    takes: consumer.takes,
  }))
    await consumer.take(block, label);
}

function settled(settings, shape) {
  const { mapper, from } = mapperOf(settings);
  if (shape === "table") process.stderr.write(`Settings: ${visible(from)}\n\n`);
  return mapper;
}

/** The files' names; without their folders as long as that tells them apart. */
function labelsOf(paths) {
  const names = paths.map((path) => visible(nameOf(path)));
  const short = names.map((name) => basename(name));
  return new Set(short).size === new Set(names).size ? short : names;
}

/** How many bytes there are in all; 0 if one of them is of unknown size. */
function totalOf(paths) {
  const sizes = paths.map(bytesOf);
  return sizes.includes(0) ? 0 : sizes.reduce((sum, size) => sum + size, 0);
}

function fail(lines) {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return 2;
}
