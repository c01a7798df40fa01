// Entry point of browsers and bundlers. Fetches the wasm from beside this file and compiles it
// while it arrives.

import { apiOf } from "./api.js";
import { notLoaded } from "./loading.js";
import init, * as wasm from "./wasm/kochava_edge.js";

const { memory } = await init({
  module_or_path: new URL("./wasm/kochava_edge_bg.wasm", import.meta.url),
}).catch(notLoaded);

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
