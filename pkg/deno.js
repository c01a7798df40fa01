// Deno: the wasm is imported as source, which asks for no permission to read files.

import source module from "./wasm/kochava_edge_bg.wasm";
import { faceOf } from "./face.js";
import * as wasm from "./wasm/kochava_edge.js";

const { memory } = wasm.initSync({ module });

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
