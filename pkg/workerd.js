// Cloudflare Workers: the platform compiles the wasm at deployment and hands over a module.

import module from "./wasm/kochava_edge_bg.wasm";
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
