// Entry point for those who load the wasm themselves.

import { apiOf } from "./api.js";
import { InputError, wrongType } from "./errors.js";
import { isBytes, tagOf } from "./input.js";
import { isRefused, notLoaded } from "./loading.js";
import * as wasm from "./wasm/kochava_edge.js";

/** The package is loaded once. */
let loaded;

export async function init(source) {
  return loaded ?? initSync(await compiled(await source));
}

export function initSync(source) {
  if (loaded !== undefined) return loaded;
  if (!isModule(source) && !isBuffer(source)) throw wrongSource();
  const { memory } = attempt(() => wasm.initSync({ module: source }));
  const { planOver, ...api } = apiOf(wasm, memory);
  loaded = Object.freeze(api);
  return loaded;
}

/** A module, or bytes, which are compiled off the main thread where the host can do so. */
async function compiled(source) {
  if (isModule(source)) return source;
  if (tagOf(source) !== "Response") {
    if (!isBuffer(source)) throw wrongSource();
    return WebAssembly.compile(source).catch(fail);
  }
  if (!source.ok) throw new InputError("wrong-type", `the wasm was answered with ${source.status}`);
  // not `compileStreaming`: it refuses a response without the media type of wasm
  return WebAssembly.compile(await source.arrayBuffer()).catch(fail);
}

function isModule(source) {
  return tagOf(source) === "WebAssembly.Module";
}

function isBuffer(source) {
  return isBytes(source) || tagOf(source) === "ArrayBuffer";
}

function attempt(act) {
  try {
    return act();
  } catch (cause) {
    return fail(cause);
  }
}

function fail(cause) {
  if (isRefused()) notLoaded(cause);
  throw Object.assign(wrongType("the bytes are not the wasm of this version of kochava-edge"), {
    cause,
  });
}

function wrongSource() {
  return wrongType("the wasm must be bytes, a WebAssembly.Module or a Response");
}
