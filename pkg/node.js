// Entry point of Node and Bun.

import { apiOf } from "./api.js";
import { memory, module, wasm } from "./node-wasm.js";
import { threadsOf } from "./threads.js";

export const {
  Mapper,
  check,
  deliver,
  rules,
  version,
  SettingsError,
  UnreadableError,
  InputError,
  InternalError,
} = apiOf(wasm, memory, threadsOf(module));
