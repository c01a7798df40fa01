// `planNdjsonStream`: lines from a stream into a stream.

import { Bulk } from "./bulk.js";
import { InputError, wrongType } from "./errors.js";
import { INPUT_BYTES_MAX, assertSignal, isBytes, isObject, reading } from "./input.js";
import { LineBlocks } from "./line-blocks.js";
import { Pool } from "./pool.js";

/** An input this long is worth the start of threads. */
const THREADS_FROM_BYTES = 8_000_000;
const THREADS_MAX = 64;

/**
 * @param {import("./index.d.ts").LineSource} lines
 * @param {import("./index.d.ts").StreamOptions} options
 * @param {{ plan(block: import("./bulk.js").Block): import("./bulk.js").Block, free(): void, threads: { count: number, start:
 *   import("./pool.js").StartThread } | null }} planner `free` is called at the end; `threads`: of
 *   the host, and how many are used by default
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
export function ndjsonStream(lines, options, { plan, free, threads }) {
  const { signal, wanted } = reading("options", () => ({
    signal: options.signal,
    wanted: options.threads,
  }));
  assertSignal(signal);
  const pool = poolOf(wanted, threads);
  const source = reading("lines", () => sourceOf(lines));
  const blocks = new LineBlocks(source, INPUT_BYTES_MAX, () => {
    throw new InputError("out-of-bounds", `a line may have at most ${INPUT_BYTES_MAX} bytes`);
  });
  const bulk = new Bulk(blocks, plan, pool);
  let isOver = false;
  let onAbort;
  const finish = () => {
    isOver = true;
    signal?.removeEventListener("abort", onAbort);
    bulk.end();
    pool?.end();
    free();
  };
  const stop = (reason) => {
    finish();
    source.cancel(reason);
  };
  return new ReadableStream(
    {
      start(controller) {
        onAbort = () => {
          controller.error(signal.reason);
          stop(signal.reason);
        };
        if (signal?.aborted) onAbort();
        else signal?.addEventListener("abort", onAbort);
      },
      async pull(controller) {
        try {
          const answer = await bulk.next();
          if (isOver) return;
          if (answer !== undefined) return controller.enqueue(answer.bytes);
          finish();
          controller.close();
        } catch (error) {
          if (isOver) return;
          stop(error);
          throw error;
        }
      },
      cancel: stop,
    },
    // nothing is read before it is asked for
    { highWaterMark: 0 },
  );
}

/** @returns {Pool | null} `null` to plan in place */
function poolOf(wanted, threads) {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 0 && wanted <= THREADS_MAX)) {
    const message = `threads must be a whole number from 0 to ${THREADS_MAX}`;
    throw typeof wanted === "number"
      ? new InputError("out-of-bounds", message)
      : wrongType(message);
  }
  const count = wanted ?? threads?.count ?? 0;
  if (threads === null || count < 2) return null;
  return new Pool(threads.start, count, wanted === undefined ? THREADS_FROM_BYTES : 0);
}

/**
 * Reads any kind of stream. `cancel` ends it also while a read is under way, and is called at most
 * once.
 */
function sourceOf(lines) {
  if (typeof lines?.getReader === "function") {
    const reader = readerOf(lines);
    return { next: () => reader.read(), cancel: (reason) => void settled(reader.cancel(reason)) };
  }
  const iteratorOf = isObject(lines) && (lines[Symbol.asyncIterator] ?? lines[Symbol.iterator]);
  if (typeof iteratorOf !== "function" || isBytes(lines))
    throw wrongType(
      "lines must be a ReadableStream or an iterable of Uint8Arrays; planNdjson reads one Uint8Array",
    );
  const iterator = iteratorOf.call(lines);
  return {
    next: async () => iterator.next(),
    cancel: (reason) => {
      // a stream of Node; the iterator would wait for the read that is under way
      if (typeof lines.destroy === "function") lines.destroy();
      else settled((async () => iterator.return?.(reason))());
    },
  };
}

function readerOf(stream) {
  try {
    return stream.getReader();
  } catch (cause) {
    throw Object.assign(wrongType("the stream of lines is being read already"), { cause });
  }
}

/** Ends a promise whose failure nobody needs to know: the reason was told before. */
function settled(promise) {
  promise.catch(() => {});
}
