// Entry point of Cloudflare Workers. The platform compiles the wasm at deployment and passes a
// module.

import module from "./wasm/kochava_edge_bg.wasm";
import { apiOf } from "./api.js";
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
} = apiOf(wasm, memory);
