import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { against: { type: "string" } },
  strict: false,
  allowPositionals: true,
});
const root = values.against
  ? resolve(values.against)
  : fileURLToPath(new URL("../..", import.meta.url));

/**
 * Realistic settings: filters, renames, mapped paths and revenue. With `--against` they are the other
 * checkout's: its build may be older, and then refuses settings that it does not know.
 */
export const SHOP_SETTINGS = JSON.parse(
  readFileSync(join(root, "samples/settings/sneaker-shop.json"), "utf8"),
);
