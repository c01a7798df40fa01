// Lists the third-party work in a bundle, with the notices that its licences ask for.
//
//   node tools/third-party.mjs METAFILE     (esbuild's metafile of the command line's bundle)
//
// prints the notices of the npm package. The preview's build calls `notices` with its own modules.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { inputs } = JSON.parse(readFileSync(process.argv[2], "utf8"));
  console.log(notices("The kochava-edge package", Object.keys(inputs)));
}

/**
 * Returns the text of the notices: the npm packages that the bundled modules come from, and the
 * crates in the wasm of the npm package.
 *
 * @param {string} product what contains the work, as the first words of a sentence
 * @param {Iterable<string>} modules paths of the bundled modules
 */
export function notices(product, modules) {
  const works = [...npmPackages(modules), ...crates("kochava-edge-npm")];
  works.sort((one, other) => one.name.localeCompare(other.name, "en"));
  const lines = works.map(({ name, version, license }) => `- ${name} ${version} (${license})`);
  const parts = [`${product} contains third-party work:\n\n${lines.join("\n")}`];
  for (const [text, names] of groupBy(works, ({ folder }) => notice(folder))) {
    const heading = names.map(({ name }) => name).join(", ");
    parts.push(`${"-".repeat(80)}\n${heading}\n\n${text}`);
  }
  return parts.join("\n\n");
}

/** The npm packages that these modules come from, without our own. */
function npmPackages(modules) {
  const folders = new Set();
  for (const file of modules) {
    const folder = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (folder && !folder.endsWith("/kochava-edge")) folders.add(folder);
  }
  return [...folders].map((folder) => ({
    ...JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
    folder,
  }));
}

/** The third-party crates that are compiled into the wasm of this package. */
function crates(name) {
  const cargo = (...args) =>
    execFileSync("cargo", [...args, "--locked"], { cwd: root, encoding: "utf8", maxBuffer: 1e8 });
  const target = "wasm32-unknown-unknown";
  const treeOptions = ["--target", target, "--prefix", "none", "--format", "{p}"];
  const tree = cargo("tree", "-p", name, "-e", "normal,no-proc-macro", ...treeOptions);
  const used = new Set(tree.match(/^\S+ v\S+/gm));
  const metadata = cargo("metadata", "--format-version", "1", "--filter-platform", target);
  return JSON.parse(metadata)
    .packages.filter(({ name, version, source }) => source && used.has(`${name} v${version}`))
    .map(({ name, version, license, manifest_path }) => ({
      name,
      version,
      license,
      folder: dirname(manifest_path),
    }));
}

/** The text of the licence in a folder: MIT where there is a choice. */
function notice(folder) {
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying)/i.test(file))
    .sort();
  const file = files.find((file) => /mit/i.test(file)) ?? files[0];
  if (!file) throw new Error(`no licence file in ${folder}`);
  const text = readFileSync(join(folder, file), "utf8");
  // Vite's file goes on with the licences of what Vite itself bundles, none of which is in a page
  return text.split(/^# Licenses of bundled dependencies/m)[0].trim();
}

// Map.groupBy is missing in Node.js 20
function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
