// Where the pictures of the pages go.

import { mkdir, writeFile } from "node:fs/promises";
import { withPalette } from "./png-palette.mjs";

/** All of them, to be looked at; not committed. */
const ALL = new URL("../target/screenshots/", import.meta.url);
/** Those that are committed. */
const DOCS = new URL("../docs/screenshots/", import.meta.url);

/** Writes a picture to target/screenshots/, and a smaller one to docs/screenshots/ if it is for the documentation. */
export async function savePicture(name, png, isCommitted = false) {
  await mkdir(ALL, { recursive: true });
  await writeFile(new URL(name, ALL), png);
  if (isCommitted) await writeFile(new URL(name, DOCS), withPalette(png));
}
