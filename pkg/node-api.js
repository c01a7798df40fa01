// The API in Node and Bun, with what only the command line uses. Reads the wasm synchronously, so
// that `require("kochava-edge")` works too.

import { readFileSync } from "node:fs";
import { apiOf } from "./api.js";
import { threadsOf } from "./threads.js";
import * as wasm from "./wasm/kochava_edge.js";

export const module = new WebAssembly.Module(
  readFileSync(new URL("./wasm/kochava_edge_bg.wasm", import.meta.url)),
);
const { memory } = wasm.initSync({ module });

export const api = apiOf(wasm, memory, threadsOf(module));
