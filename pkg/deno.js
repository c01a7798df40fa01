// Entry point of Deno. A source-phase import of the wasm needs no permission to read files.

import source module from "./wasm/kochava_edge_bg.wasm";
import { apiOf } from "./api.js";
import { threadsOf } from "./deno-threads.js";
import * as wasm from "./wasm/kochava_edge.js";

const { memory } = wasm.initSync({ module });

export const {
  Mapper,
  check,
  deliver,
  detect,
  propose,
  rules,
  sources,
  version,
  SettingsError,
  UnreadableError,
  InputError,
  InternalError,
} = apiOf(wasm, memory, threadsOf(module));
