// Entry point that needs no file beside it: its wasm is text. Compiled synchronously and without
// top-level await, so that it runs in classic scripts, service workers and single-file bundles.

import { apiOf } from "./api.js";
import * as wasm from "./wasm/kochava_edge.js";
import { base64 } from "./wasm/kochava_edge_inline.js";

const { memory } = wasm.initSync({
  module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
});

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
