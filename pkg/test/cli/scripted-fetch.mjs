// Loaded before the command: `fetch` answers by the parcels in the file SCRIPTED, or confirms
// everything. Nothing leaves the machine.

import { readFileSync } from "node:fs";
import process from "node:process";
import { fetchOf } from "../support/scripts.mjs";

const { SCRIPTED } = process.env;
globalThis.fetch =
  SCRIPTED === undefined
    ? async () => new Response('{"success":"1"}')
    : fetchOf(JSON.parse(readFileSync(SCRIPTED)));
