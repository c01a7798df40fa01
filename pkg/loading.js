// What is thrown if the wasm of an entry point cannot be loaded.

import { InternalError } from "./errors.js";

/** The smallest module: magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** @throws {InternalError} with what the page or its server has to allow */
export function notLoaded(cause) {
  if (isRefused())
    throw new InternalError(
      "wasm-refused",
      "WebAssembly may not be compiled here; the Content-Security-Policy of a page needs 'wasm-unsafe-eval' in script-src",
      cause,
    );
  throw new InternalError(
    "wasm-not-loaded",
    "kochava_edge_bg.wasm could not be loaded; serve it beside the code of kochava-edge, with its origin in connect-src of a Content-Security-Policy, or import kochava-edge/inline",
    cause,
  );
}

/** Whether the host compiles no module at all. */
export function isRefused() {
  try {
    return !new WebAssembly.Module(EMPTY_MODULE);
  } catch {
    return true;
  }
}
