// Entry point of Node and Bun. Reads the wasm synchronously, so that `require("kochava-edge")`
// works too.

import { readFileSync } from "node:fs";
import { apiOf } from "./api.js";
import * as wasm from "./wasm/kochava_edge.js";

const { memory } = wasm.initSync({
  module: readFileSync(new URL("./wasm/kochava_edge_bg.wasm", import.meta.url)),
});

export const {
  Mapper,
  check,
  deliver,
  detect,
  rules,
  sources,
  version,
  SettingsError,
  UnreadableError,
  InputError,
  InternalError,
} = apiOf(wasm, memory);
