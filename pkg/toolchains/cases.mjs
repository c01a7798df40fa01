// The toolchains that the packed package is tried in, each in a fresh folder: what is installed, the
// files, what is run, and what an application has to configure. docs/package.md shows them.
//
// Every application plans an event without an address and shows the code of the rule that it breaks,
// `origination-ip-missing` (docs/reasons.md).

const SETTINGS =
  '{ app_guid: "koexample", mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" } }';
const CODE = `new Mapper(${SETTINGS}).plan('{"event_type":"a"}').fates[0].violations[0].code`;

/** Imports the package and gives the code to an expression. */
const app = (use, entry = "kochava-edge") => `import { Mapper } from "${entry}";\n${use(CODE)}\n`;
const print = (code) => `console.log(${code});`;
const title = (code) => `document.title = ${code};`;
const post = (code) => `self.postMessage(${code});`;

const PAGE = '<!doctype html><title></title><script type="module" src="./app.js"></script>';
const INLINE = "kochava-edge/inline";
const VITE_PAGE = {
  "index.html": PAGE,
  "app.js": app(title),
};
const VITE_WORKER = (entry) => ({
  "index.html": PAGE,
  "app.js":
    'const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });\nworker.onmessage = ({ data }) => (document.title = data);\n',
  "worker.js": app(post, entry),
});
/** Vite 7 bundles a dependency for its server without the files beside it. */
const DEV_SERVERS = {
  "8.3.8": { files: VITE_PAGE },
  "7.3.8": {
    needs: '`optimizeDeps: { exclude: ["kochava-edge"] }`',
    files: {
      ...VITE_PAGE,
      "vite.config.js": 'export default { optimizeDeps: { exclude: ["kochava-edge"] } };\n',
    },
  },
};
const VITE_SSR = { "app.js": app(print) };

/**
 * @typedef {{ tool: string, what: string, entry?: string, needs?: string, install: string[],
 *   files: Record<string, string>, build?: string[], run?: string[], page?: string, dev?: string[] }} Case
 *   `needs`: the configuration, if the package does not work untouched; `build`: commands; `run`: a
 *   command that prints the code; `page`: a folder whose index.html has it as its title; `dev`: a
 *   server whose page has it
 */

/** @type {Case[]} */
export const CASES = [
  ...["8.3.8", "7.3.8"].flatMap((version) => [
    {
      tool: `Vite ${version}`,
      what: "build",
      install: [`vite@${version}`],
      files: VITE_PAGE,
      build: ["vite build"],
      page: "dist",
    },
    {
      tool: `Vite ${version}`,
      what: "dev server",
      install: [`vite@${version}`],
      ...DEV_SERVERS[version],
      dev: ["vite", "--port"],
    },
    {
      tool: `Vite ${version}`,
      what: "dev server",
      entry: INLINE,
      install: [`vite@${version}`],
      files: { "index.html": PAGE, "app.js": app(title, INLINE) },
      dev: ["vite", "--port"],
    },
    {
      tool: `Vite ${version}`,
      what: "SSR build",
      install: [`vite@${version}`],
      files: VITE_SSR,
      build: ["vite build --ssr app.js"],
      run: ["node", "dist/app.js"],
    },
    {
      tool: `Vite ${version}`,
      what: "worker",
      entry: INLINE,
      install: [`vite@${version}`],
      files: VITE_WORKER(INLINE),
      build: ["vite build"],
      page: "dist",
    },
    {
      tool: `Vite ${version}`,
      what: "worker",
      needs: '`worker: { format: "es" }`',
      install: [`vite@${version}`],
      files: {
        ...VITE_WORKER("kochava-edge"),
        "vite.config.js": 'export default { worker: { format: "es" } };\n',
      },
      build: ["vite build"],
      page: "dist",
    },
  ]),
  {
    tool: "webpack 5.113.0",
    what: "browser",
    install: ["webpack@5.113.0", "webpack-cli@7.3.1"],
    files: { "app.js": app(title), "dist/index.html": PAGE.replace("./app.js", "main.js") },
    build: ["webpack --mode production --entry ./app.js"],
    page: "dist",
  },
  {
    tool: "webpack 5.113.0",
    what: "Node",
    install: ["webpack@5.113.0", "webpack-cli@7.3.1"],
    files: { "package.json": '{ "private": true }', "app.js": app(print) },
    build: ["webpack --mode production --target node --entry ./app.js"],
    run: ["node", "dist/main.js"],
  },
  {
    tool: "Rollup 4.68.8",
    what: "one file",
    entry: INLINE,
    install: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"],
    files: { "app.js": app(print, INLINE) },
    build: ["rollup app.js --plugin node-resolve --file dist/app.mjs"],
    run: ["node", "dist/app.mjs"],
  },
  {
    tool: "Rollup 4.68.8",
    what: "classic script",
    entry: INLINE,
    install: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"],
    files: {
      "app.js": app(title, INLINE),
      "dist/index.html": '<!doctype html><title></title><script src="app.js"></script>',
    },
    build: ["rollup app.js --plugin node-resolve --format iife --file dist/app.js"],
    page: "dist",
  },
  {
    tool: "Vitest 5.1.1",
    what: "test",
    install: ["vitest@5.1.1"],
    files: {
      "app.test.js": `import { test } from "vitest";\n${app((code) => `test("plans", () => { process.stdout.write(${code} + "\\n"); });`)}`,
    },
    run: ["vitest", "run", "--disable-console-intercept"],
  },
  {
    tool: "Jest 30.5.2",
    what: "test",
    entry: INLINE,
    install: ["jest@30.5.2"],
    files: {
      "package.json": '{ "private": true }',
      "app.test.js": `const { Mapper } = require("${INLINE}");\ntest("plans", () => { process.stdout.write(${CODE} + "\\n"); });\n`,
    },
    run: ["jest"],
  },
  {
    tool: "Jest 30.5.2",
    what: "test with jsdom",
    entry: INLINE,
    needs:
      '`setupFiles` with `Object.assign(globalThis, require("node:util"))`, because jsdom has no `TextDecoder`',
    install: ["jest@30.5.2", "jest-environment-jsdom@30.5.2"],
    files: {
      "package.json":
        '{ "private": true, "jest": { "testEnvironment": "jsdom", "setupFiles": ["./setup.js"] } }',
      "setup.js":
        'const { TextDecoder, TextEncoder } = require("node:util");\nObject.assign(globalThis, { TextDecoder, TextEncoder });\n',
      "app.test.js": `const { Mapper } = require("${INLINE}");\ntest("plans", () => { process.stdout.write(${CODE} + "\\n"); });\n`,
    },
    run: ["jest"],
  },
  {
    tool: "esbuild 0.28.2",
    what: "browser",
    entry: INLINE,
    install: ["esbuild@0.28.2"],
    files: {
      "app.js": app(title, INLINE),
      "dist/index.html": '<!doctype html><title></title><script src="app.js"></script>',
    },
    build: ["esbuild app.js --bundle --minify --outfile=dist/app.js"],
    page: "dist",
  },
  {
    tool: "esbuild 0.28.2",
    what: "Node",
    needs: "`--external:kochava-edge`",
    install: ["esbuild@0.28.2"],
    files: { "app.js": app(print) },
    build: [
      "esbuild app.js --bundle --platform=node --format=esm --external:kochava-edge --outfile=dist/app.mjs",
    ],
    run: ["node", "dist/app.mjs"],
  },
  {
    tool: "esbuild 0.28.2",
    what: "Node, one file (Lambda)",
    entry: INLINE,
    install: ["esbuild@0.28.2"],
    files: { "app.js": app(print, INLINE) },
    build: ["esbuild app.js --bundle --platform=node --outfile=dist/app.cjs"],
    run: ["node", "dist/app.cjs"],
  },
  ...["kochava-edge", INLINE].map((entry) => ({
    tool: "Next 16.4.6",
    what: "server component, route handler, client component",
    entry,
    // Turbopack gives the file an address for browsers, which a server cannot read
    needs: entry === INLINE ? undefined : '`serverExternalPackages: ["kochava-edge"]`',
    install: ["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"],
    files: {
      "package.json": '{ "private": true }',
      "next.config.mjs":
        entry === INLINE
          ? "export default {};\n"
          : 'export default { serverExternalPackages: ["kochava-edge"] };\n',
      "app/layout.js":
        "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
      "app/page.js": `import { Mapper } from "${entry}";\nimport { Client } from "./client";\nexport const dynamic = "force-dynamic";\nexport default function Page() { return <p id="server">{${CODE}}<Client /></p>; }\n`,
      "app/client.js": `"use client";\nimport { useEffect } from "react";\nimport { Mapper } from "${entry}";\nexport function Client() { useEffect(() => { fetch("/api").then((answer) => answer.text()).then((code) => { document.title = [${CODE}, code, document.querySelector("#server").textContent].every((one) => one === code) ? code : "different"; }); }); return null; }\n`,
      "app/api/route.js": `import { Mapper } from "${entry}";\nexport const dynamic = "force-dynamic";\nexport const GET = () => new Response(${CODE});\n`,
    },
    build: ["next build"],
    dev: ["next", "start", "--port"],
  })),
];
