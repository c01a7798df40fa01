// Entry point of Node and Bun.

import { api } from "./node-api.js";

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
} = api;
