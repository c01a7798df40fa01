/**
 * For those who load the WebAssembly themselves: from `kochava-edge/kochava_edge_bg.wasm`, by a
 * bundler's import or their own server. Nothing is loaded before {@link init} is called.
 *
 * @example
 * import { init } from "kochava-edge/init";
 * const { Mapper } = await init(fetch("/kochava_edge_bg.wasm"));
 */

import type * as api from "./index.js";

/** What `kochava-edge` exports. */
export type KochavaEdge = Omit<typeof api, never>;

/** The bytes of `kochava_edge_bg.wasm`, or the compiled module. */
export type WasmSource = Uint8Array | ArrayBuffer | (WebAssembly.Module & object);

/**
 * Loads the package. A second call gives the same as the first.
 *
 * @throws {InputError} (as a rejection) with code `wrong-type` if it is none of these, if the
 *   response has no 2xx status, or if the bytes are those of another version.
 */
export function init(
  source: WasmSource | Response | Promise<WasmSource | Response>,
): Promise<KochavaEdge>;

/**
 * Loads the package synchronously. Browsers may refuse to compile on the main thread: compile the
 * module there beforehand, or use {@link init}.
 *
 * @throws {InputError} as {@link init}.
 */
export function initSync(source: WasmSource): KochavaEdge;
