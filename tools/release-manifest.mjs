// Writes where a package comes from into its manifest, for the release: npm's provenance compares the
// repository with that of the workflow. The source itself does not know where it is hosted.
//
//   node tools/release-manifest.mjs MANIFEST https://HOST/OWNER/REPOSITORY

import { readFileSync, writeFileSync } from "node:fs";

const [file, address] = process.argv.slice(2);
const url = new URL(address);
if (url.protocol !== "https:") throw new Error("the address of the repository must be https");
const place = `${url.origin}${url.pathname.replace(/\/$/, "")}`;
const manifest = {
  ...JSON.parse(readFileSync(file, "utf8")),
  repository: { type: "git", url: `git+${place}.git`, directory: "pkg" },
  homepage: `${place}#readme`,
  bugs: { url: `${place}/issues` },
};
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
