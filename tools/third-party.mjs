// Whose work is in the npm package, and under which licence? Prints the notices that these licences ask for.
//
//   node tools/third-party.mjs METAFILE     (what esbuild says of the command line's bundle)

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const works = [...npmPackages(process.argv[2]), ...crates("kochava-edge-npm")];
works.sort((one, other) => one.name.localeCompare(other.name, "en"));
console.log(
  `The kochava-edge package contains work of others:\n\n${works.map(({ name, version, license }) => `- ${name} ${version} (${license})`).join("\n")}`,
);
for (const [text, names] of Map.groupBy(works, ({ folder }) => notice(folder))) {
  console.log(`\n${"-".repeat(80)}\n${names.map(({ name }) => name).join(", ")}\n\n${text}`);
}

/** The packages that are bundled into the command line. */
function npmPackages(metafile) {
  const { inputs } = JSON.parse(readFileSync(metafile, "utf8"));
  const folders = new Set(
    Object.keys(inputs).flatMap(
      (file) => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? [],
    ),
  );
  return [...folders].map((folder) => ({
    ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
    folder,
  }));
}

/** The crates that are compiled into the wasm. */
function crates(root) {
  const cargo = (...args) =>
    execFileSync("cargo", [...args, "--locked"], { encoding: "utf8", maxBuffer: 1e8 });
  const tree = cargo(
    "tree",
    "-p",
    root,
    "-e",
    "normal,no-proc-macro",
    "--target",
    "wasm32-unknown-unknown",
    "--prefix",
    "none",
    "--format",
    "{p}",
  );
  const used = new Set(tree.match(/^\S+ v\S+/gm));
  const { packages } = JSON.parse(
    cargo("metadata", "--format-version", "1", "--filter-platform", "wasm32-unknown-unknown"),
  );
  return packages
    .filter(({ name, version, source }) => source && used.has(`${name} v${version}`))
    .map(({ name, version, license, manifest_path }) => ({
      name,
      version,
      license,
      folder: dirname(manifest_path),
    }));
}

/** The text of the licence that we choose: MIT where there is a choice. */
function notice(folder) {
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying)/i.test(file))
    .sort();
  const file = files.find((file) => /mit/i.test(file)) ?? files[0];
  if (!file || !existsSync(join(folder, file))) throw new Error(`${folder} brings no licence`);
  return readFileSync(join(folder, file), "utf8").trim();
}
