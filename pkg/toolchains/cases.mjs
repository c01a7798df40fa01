// The bundlers and frameworks that the packed package is tried in, each in a fresh folder: the
// files, what is run, and what an application has to configure. docs/package.md shows them.

import {
  CLASSIC_PAGE,
  CODE,
  INLINE,
  MAIN,
  PAGE,
  app,
  common,
  post,
  print,
  title,
  withWorker,
} from "./app.mjs";
import { HEAVY, LIGHT, VITE_7, VITE_8 } from "./installs.mjs";

const COMMON_PACKAGE = '{ "private": true }';

const vite = (version, rest) =>
  [
    {
      what: "build",
      files: { "index.html": PAGE, "app.js": app(title) },
      build: ["vite build"],
      page: "dist",
    },
    ...[MAIN, INLINE].map((entry) => ({
      what: "dev server",
      entry,
      files: { "index.html": PAGE, "app.js": app(title, entry) },
      dev: ["vite", "--port"],
    })),
    {
      what: "SSR build",
      files: { "app.js": app(print) },
      build: ["vite build --ssr app.js"],
      run: ["node", "dist/app.js"],
    },
    viteWorker(INLINE, {}),
    viteWorker(MAIN, {
      needs: '`worker: { format: "es" }`',
      config: { "vite.config.js": 'export default { worker: { format: "es" } };\n' },
    }),
  ].map((one) => ({ tool: `Vite ${version}`, ...one, ...rest }));

/** Vite's workers are classic ones by default, which cannot await at their top level. */
const viteWorker = (entry, { needs, config }) => ({
  what: "worker",
  entry,
  needs,
  files: {
    "index.html": PAGE,
    "app.js": withWorker('new URL("./worker.js", import.meta.url)', ', { type: "module" }'),
    "worker.js": app(post, entry),
    ...config,
  },
  build: ["vite build"],
  page: "dist",
});

const jest = (environment, entry) => ({
  tool: "Jest 30.5.2",
  what: environment === "node" ? "test" : "test with jsdom",
  entry,
  install: LIGHT,
  files: {
    "package.json": `{ "private": true, "jest": { "testEnvironment": "${environment}" } }`,
    "app.test.js": common(
      (code) => `test("plans", () => { process.stdout.write(${code} + "\\n"); });`,
      entry,
    ),
  },
  run: ["jest"],
});

/** @type {import("./app.mjs").Case[]} */
export const CASES = [
  ...vite(VITE_8, { install: LIGHT }),
  ...vite(VITE_7, { install: HEAVY, isHeavy: true }),
  {
    tool: "webpack 5.113.0",
    what: "browser",
    install: HEAVY,
    isHeavy: true,
    files: { "app.js": app(title), "dist/index.html": PAGE.replace("./app.js", "main.js") },
    build: ["webpack --mode production --entry ./app.js"],
    page: "dist",
  },
  {
    tool: "webpack 5.113.0",
    what: "Node",
    install: HEAVY,
    isHeavy: true,
    files: { "package.json": COMMON_PACKAGE, "app.js": app(print) },
    build: ["webpack --mode production --target node --entry ./app.js"],
    run: ["node", "dist/main.js"],
  },
  {
    tool: "Rollup 4.68.8",
    what: "one file",
    entry: INLINE,
    install: LIGHT,
    files: { "app.js": app(print, INLINE) },
    build: ["rollup app.js --plugin node-resolve --file dist/app.mjs"],
    run: ["node", "dist/app.mjs"],
  },
  {
    tool: "Rollup 4.68.8",
    what: "classic script",
    entry: INLINE,
    install: LIGHT,
    files: { "app.js": app(title, INLINE), "dist/index.html": CLASSIC_PAGE },
    build: ["rollup app.js --plugin node-resolve --format iife --file dist/app.js"],
    page: "dist",
  },
  {
    tool: "Vitest 5.1.1",
    what: "test",
    install: LIGHT,
    files: {
      "app.test.js": `import { test } from "vitest";\n${app((code) => `test("plans", () => { process.stdout.write(${code} + "\\n"); });`)}`,
    },
    run: ["vitest", "run", "--disable-console-intercept"],
  },
  ...["node", "jsdom"].flatMap((environment) =>
    [MAIN, INLINE].map((entry) => jest(environment, entry)),
  ),
  {
    tool: "esbuild 0.28.2",
    what: "browser",
    entry: INLINE,
    install: LIGHT,
    files: { "app.js": app(title, INLINE), "dist/index.html": CLASSIC_PAGE },
    build: ["esbuild app.js --bundle --minify --outfile=dist/app.js"],
    page: "dist",
  },
  ...["esm", "cjs"].map((format) => ({
    tool: "esbuild 0.28.2",
    what: `Node, one file (Lambda), \`--format=${format}\``,
    install: LIGHT,
    files: { "package.json": COMMON_PACKAGE, "app.js": app(print) },
    build: [
      `esbuild app.js --bundle --platform=node --format=${format} --outfile=dist/app.${format === "esm" ? "mjs" : "cjs"}`,
    ],
    run: ["node", `dist/app.${format === "esm" ? "mjs" : "cjs"}`],
  })),
  {
    tool: "Next 16.4.6",
    what: "server component, route handler, client component",
    install: HEAVY,
    isHeavy: true,
    files: {
      "package.json": COMMON_PACKAGE,
      "app/layout.js":
        "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
      "app/page.js": `import { Mapper } from "${MAIN}";\nimport { Client } from "./client";\nexport const dynamic = "force-dynamic";\nexport default function Page() { return <p id="server">{${CODE}}<Client /></p>; }\n`,
      "app/client.js": `"use client";\nimport { useEffect } from "react";\nimport { Mapper } from "${MAIN}";\nexport function Client() { useEffect(() => { fetch("/api").then((answer) => answer.text()).then((code) => { document.title = [${CODE}, code, document.querySelector("#server").textContent].every((one) => one === code) ? code : "different"; }); }); return null; }\n`,
      "app/api/route.js": `import { Mapper } from "${MAIN}";\nexport const dynamic = "force-dynamic";\nexport const GET = () => new Response(${CODE});\n`,
    },
    build: ["next build"],
    dev: ["next", "start", "--port"],
  },
];
