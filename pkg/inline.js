// Entry point that needs no file beside it: its wasm is text. Compiled synchronously and without
// top-level await, so that it runs in classic scripts, service workers and single-file bundles.

import { apiOf } from "./api.js";
import { notLoaded } from "./loading.js";
import * as wasm from "./wasm/kochava_edge.js";
import { base64 } from "./wasm/kochava_edge_inline.js";

const { memory } = loaded();

function loaded() {
  try {
    const module = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return wasm.initSync({ module });
  } catch (cause) {
    return notLoaded(cause);
  }
}

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
