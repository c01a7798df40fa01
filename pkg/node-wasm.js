// The wasm in Node and Bun. Read synchronously, so that `require("kochava-edge")` works too.

import { readFileSync } from "node:fs";
import * as wasm from "./wasm/kochava_edge.js";

export const module = new WebAssembly.Module(
  readFileSync(new URL("./wasm/kochava_edge_bg.wasm", import.meta.url)),
);

export const { memory } = wasm.initSync({ module });

export { wasm };
