// The size of the npm package's wasm as it is downloaded.

import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

/** Returns the KB of the wasm after brotli. */
export function wasmKilobytes() {
  const wasm = readFileSync(new URL("../../pkg/wasm/kochava_edge_bg.wasm", import.meta.url));
  return (
    brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length / 1_000
  );
}
