// The inputs that every host plans: all cases of tests/cases, and lines of generated events.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CASES = fileURLToPath(new URL("../../../tests/cases", import.meta.url));
export const SETTINGS = fileURLToPath(new URL("settings.json", import.meta.url));

/** The argument of `fates` in fates.mjs. */
export function dataOf(lines) {
  const cases = readdirSync(CASES)
    .sort((one, other) => (one < other ? -1 : 1))
    .map((name) => {
      const file = (kind) => readFileSync(join(CASES, name, kind));
      const { receivedAt } = JSON.parse(file("expected.json")).context ?? {};
      return {
        name,
        settings: JSON.parse(file("settings.json")),
        body: file("event.json").toString("base64"),
        receivedAt,
      };
    });
  return {
    cases,
    settings: JSON.parse(readFileSync(SETTINGS)),
    lines: readFileSync(lines).toString("base64"),
  };
}
