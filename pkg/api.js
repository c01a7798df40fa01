// The API of the package over its wasm, as index.d.ts documents it.
//
// An entry point (node.js, browser.js, deno.js, workerd.js) loads the wasm in the way of its host
// and calls `apiOf` with it.

import { deliverWith } from "./deliver.js";
import { InputError, SettingsError, UnreadableError, unexpected, wrongType } from "./errors.js";
import { encode, inCharacters, inUtf16, isBytes, jsonOf, receivedAtOf, tagOf } from "./input.js";
import { explainedOf, fatesOf, linesOf } from "./transfer.js";

/** Of lines given to the wasm at once: its memory grows with them and never shrinks. */
const BLOCK_BYTES = 4_000_000;

/**
 * @param {typeof import("./wasm/kochava_edge.js")} wasm initialized
 * @param {WebAssembly.Memory} memory of the wasm, where its answers are
 */
export function apiOf(wasm, memory) {
  const rules = Object.freeze(wasm.rules().map(Object.freeze));
  return {
    Mapper: mapperWith(wasm, memory),
    check: checkWith(wasm),
    deliver: deliverWith(wasm),
    rules,
    version: wasm.version(),
    SettingsError,
    UnreadableError,
    InputError,
  };
}

function mapperWith(wasm, memory) {
  class Mapper {
    /** The wasm's own `Mapper`; `undefined` once it is freed. */
    #mapper;
    /** Names that explanations refer to by number. */
    #names = [];

    constructor(settings) {
      if (tagOf(settings) !== "Object") throw wrongType("settings must be an object");
      try {
        this.#mapper = new wasm.Mapper(jsonOf(settings, "settings"));
      } catch (faults) {
        throw Array.isArray(faults) ? new SettingsError(faults) : unexpected(faults);
      }
    }

    plan(input, context) {
      return { fates: fatesOf(memory, this.#call("plan", encode(input), context)) };
    }

    explain(input, context) {
      const encoded = encode(input);
      const address = this.#call("explain", encoded, context);
      const fates = explainedOf(memory, address, this.#names, this.#mapper);
      inUtf16(fates, encoded);
      return { fates };
    }

    planNdjson(lines, context) {
      if (!isBytes(lines)) throw wrongType("lines must be a Uint8Array");
      this.#assertNotFreed();
      return joined(
        blocksOf(lines).map((bytes) =>
          linesOf(memory, this.#call("planNdjson", { bytes }, context)),
        ),
      );
    }

    free() {
      this.#mapper?.free();
      this.#mapper = undefined;
    }

    #assertNotFreed() {
      if (this.#mapper === undefined) throw new InputError("freed", "the mapper was freed");
    }

    #call(method, encoded, context) {
      this.#assertNotFreed();
      const receivedAt = receivedAtOf(context);
      try {
        return this.#mapper[method](encoded.bytes, receivedAt);
      } catch (error) {
        throw error?.offset === undefined
          ? unexpected(error)
          : new UnreadableError(inCharacters(error, encoded));
      }
    }
  }

  if (Symbol.dispose) Mapper.prototype[Symbol.dispose] = Mapper.prototype.free;
  return Mapper;
}

function checkWith(wasm) {
  return function check(payload) {
    const { bytes } = encode(payload, "the payload");
    try {
      return wasm.check(bytes);
    } catch (error) {
      throw unexpected(error);
    }
  };
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
