// Browsers and their bundlers: the wasm is fetched from beside this file, and compiled while it comes.

import { faceOf } from "./face.js";
import init, * as wasm from "./wasm/kochava_edge.js";

const { memory } = await init({
  module_or_path: new URL("./wasm/kochava_edge_bg.wasm", import.meta.url),
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
