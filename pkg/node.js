// Node and Bun: the wasm lies beside this file. Nothing is awaited, so that `require("kochava-edge")` works too.

import { readFileSync } from "node:fs";
import { faceOf } from "./face.js";
import * as wasm from "./wasm/kochava_edge.js";

const { memory } = wasm.initSync({
  module: readFileSync(new URL("./wasm/kochava_edge_bg.wasm", import.meta.url)),
});

export const {
  Mapper,
  check,
  deliver,
  rules,
  version,
  SettingsError,
  UnreadableError,
  InputError,
} = faceOf(wasm, memory);
