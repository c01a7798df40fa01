// The API of the package over its wasm, as index.d.ts documents it.
//
// An entry point (node.js, browser.js, deno.js, workerd.js) loads the wasm in the way of its host
// and calls `apiOf` with it.

import { deliverWith } from "./deliver.js";
import {
  InputError,
  InternalError,
  SettingsError,
  UnreadableError,
  unexpected,
  wrongType,
} from "./errors.js";
import {
  contextOf,
  encode,
  inCharacters,
  inUtf16,
  isBytes,
  isNdjson,
  isObject,
  jsonOf,
  tagOf,
} from "./input.js";
import { LINE_FORMS } from "./line-forms.js";
import { ndjsonStream } from "./stream.js";
import { explainedOf, fatesOf, linesOf } from "./transfer.js";

/** Of lines given to the wasm at once: its memory grows with them and never shrinks. */
const BLOCK_BYTES = 4_000_000;

/**
 * @param {typeof import("./wasm/kochava_edge.js")} wasm initialized
 * @param {WebAssembly.Memory} memory of the wasm, where its answers are
 * @param {ReturnType<typeof import("./threads.js").threadsOf> | null} threads of the host, if it
 *   has any
 */
export function apiOf(wasm, memory, threads = null) {
  wasm.keepPanics();
  const rules = Object.freeze(wasm.rules().map(Object.freeze));
  const sources = deepFrozen(wasm.sources().map(sourceOf));
  const { Mapper, planOver } = mapperWith(wasm, memory, sources, threads);
  return {
    Mapper,
    planOver,
    check: checkWith(wasm),
    detect: detectWith(wasm),
    propose: proposeWith(wasm, sources),
    deliver: deliverWith(wasm),
    rules,
    sources,
    version: wasm.version(),
    SettingsError,
    UnreadableError,
    InputError,
    InternalError,
  };
}

/** What to add to the message for an input of lines, which only `planNdjson` reads. */
const NDJSON_HINTS = {
  plan: "the input has one JSON value per line: use planNdjson",
  explain: "the input has one JSON value per line: explain each line, or use planNdjson",
};

function mapperWith(wasm, memory, sources, threads) {
  const sourceNames = sources.map(({ name }) => name);
  const parts = wasm.requestParts();
  /**
   * As `planNdjson`; the answer is written over a block of lines if it fits into its buffer.
   *
   * @param {Mapper} mapper
   * @param {import("./bulk.js").Block} block
   * @param {Context} [context]
   * @param {number} [form] one of `LINE_FORMS`
   * @returns {import("./bulk.js").Block}
   */
  let planOver;
  class Mapper {
    static {
      planOver = (mapper, { bytes }, context, form = LINE_FORMS.fate) => ({
        bytes: mapper.#call(
          "planNdjson",
          { bytes },
          context,
          (at) => linesOf(memory, at, bytes.buffer),
          form,
        ),
      });
    }

    /** The wasm's own `Mapper`; `undefined` once it is freed. */
    #mapper;
    /** As JSON text. */
    #settings;
    /** Names that explanations refer to by number. */
    #names = [];

    constructor(settings) {
      if (tagOf(settings) !== "Object") throw wrongType("settings must be an object");
      this.#settings = jsonOf(settings, "settings");
      try {
        this.#mapper = new wasm.Mapper(this.#settings);
      } catch (faults) {
        throw Array.isArray(faults)
          ? new SettingsError(faults)
          : unexpected(faults, wasm.takePanic());
      }
    }

    plan(input, context) {
      assertMapper(isObject(this) && #mapper in this);
      const fates = this.#call("plan", encode(input), context, (at) => fatesOf(memory, at, parts));
      return { fates };
    }

    explain(input, context) {
      assertMapper(isObject(this) && #mapper in this);
      const encoded = encode(input);
      const fates = this.#call("explain", encoded, context, (at) => {
        const explained = explainedOf(memory, at, parts, this.#names, this.#mapper);
        inUtf16(explained, encoded);
        return explained;
      });
      return { fates };
    }

    planNdjson(lines, context) {
      assertMapper(isObject(this) && #mapper in this);
      if (!isBytes(lines)) throw wrongType("lines must be a Uint8Array");
      this.#assertUsable();
      // without a line nothing else checks it
      contextOf(context, sourceNames);
      const parts = blocksOf(lines).map((bytes) =>
        this.#call("planNdjson", { bytes }, context, (at) => linesOf(memory, at), LINE_FORMS.fate),
      );
      try {
        return joined(parts);
      } catch (cause) {
        throw unexpected(cause);
      }
    }

    planNdjsonStream(lines, options) {
      assertMapper(isObject(this) && #mapper in this);
      this.#assertUsable();
      const settings = this.#settings;
      const context = contextOf(options, sourceNames);
      // a mapper of its own: this one may be freed before the stream ends
      const mapper = new Mapper(JSON.parse(settings));
      return ndjsonStream(lines, options ?? {}, {
        plan: (block) => planOver(mapper, block, context),
        free: () => mapper.free(),
        threads: threads && { count: threads.count, start: threads.starter({ settings, context }) },
      });
    }

    free() {
      assertMapper(isObject(this) && #mapper in this);
      this.#mapper?.free();
      this.#mapper = undefined;
    }

    #assertUsable() {
      if (this.#mapper === undefined) throw new InputError("freed", "the mapper was freed");
    }

    /** @param {(address: number) => T} read copies the answer out of the memory */
    #call(method, encoded, context, read, form) {
      this.#assertUsable();
      const { receivedAt, source, connectionIp, userAgent } = contextOf(context, sourceNames);
      try {
        return read(
          this.#mapper[method](encoded.bytes, receivedAt, source, connectionIp, userAgent, form),
        );
      } catch (error) {
        if (error?.offset === undefined) throw unexpected(error, wasm.takePanic());
        const unreadable = new UnreadableError(inCharacters(error, encoded));
        if (error.code === "invalid-json" && isNdjson(encoded.bytes, error.offset))
          unreadable.message += `; ${NDJSON_HINTS[method]}`;
        throw unreadable;
      }
    }
  }

  if (Symbol.dispose) Mapper.prototype[Symbol.dispose] = Mapper.prototype.free;
  return { Mapper, planOver };
}

/** A method that was taken from its mapper (`events.map(mapper.plan)`) has another `this`. */
function assertMapper(isMapper) {
  if (!isMapper) throw wrongType("call it as a method of a mapper: mapper.plan(event)");
}

function checkWith(wasm) {
  return function check(payload) {
    const { bytes } = encode(payload, "the payload");
    try {
      return wasm.check(bytes);
    } catch (error) {
      throw unexpected(error, wasm.takePanic());
    }
  };
}

function detectWith(wasm) {
  return function detect(input) {
    const { bytes } = encode(input);
    try {
      return wasm.detect(bytes);
    } catch (error) {
      throw unexpected(error, wasm.takePanic());
    }
  };
}

function proposeWith(wasm, sources) {
  const sourceNames = sources.map(({ name }) => name);
  return function propose(input, context, settings) {
    const encoded = encode(input);
    const { receivedAt, source, connectionIp, userAgent } = contextOf(context, sourceNames);
    if (settings != null && tagOf(settings) !== "Object")
      throw wrongType("settings must be an object");
    const text = settings == null ? undefined : jsonOf(settings, "settings");
    try {
      return JSON.parse(
        wasm.propose(encoded.bytes, receivedAt, source, connectionIp, userAgent, text),
      );
    } catch (error) {
      if (Array.isArray(error)) throw new SettingsError(error);
      if (error?.offset === undefined) throw unexpected(error, wasm.takePanic());
      throw new UnreadableError(inCharacters(error, encoded));
    }
  };
}

/** A sender, with an object of its documented paths. */
function sourceOf({ documented, ...source }) {
  const lists = documented.map(([key, paths]) => [key, paths.split(/\s+/)]);
  return { ...source, documented: Object.fromEntries(lists) };
}

function deepFrozen(value) {
  if (isObject(value)) Object.values(value).forEach(deepFrozen);
  return Object.freeze(value);
}

/** Whole lines, in blocks of about `BLOCK_BYTES`. */
function blocksOf(lines) {
  const blocks = [];
  for (let start = 0, end; start < lines.length; start = end) {
    const newline =
      start + BLOCK_BYTES < lines.length ? lines.indexOf(10, start + BLOCK_BYTES) : -1;
    end = newline < 0 ? lines.length : newline + 1;
    blocks.push(lines.subarray(start, end));
  }
  return blocks;
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
