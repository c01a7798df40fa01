// The hosts that the packed package is tried in. docs/package.md shows them.

import {
  CLASSIC_PAGE,
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
import { LIGHT } from "./installs.mjs";

/** Where the browser entry lies, for pages without a bundler and workers, which have no import map. */
const ADDRESS = "./node_modules/kochava-edge/browser.js";
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const FETCHING_POLICY = `${POLICY}; connect-src 'self'`;
const quoted = (policy) => `\`${policy.slice(policy.indexOf("script-src"))}\``;
const bundle = (name) => `esbuild ${name}.mjs --bundle --outfile=${name}.js`;

/** In each version of Node: a module, and a CommonJS file. */
const node = (version, rest) =>
  [MAIN, INLINE].flatMap((entry) => [
    {
      tool: `Node ${version}`,
      what: "`import`",
      entry,
      files: { "app.mjs": app(print, entry) },
      run: ["node", "app.mjs"],
      ...rest,
    },
    {
      tool: `Node ${version}`,
      what: "`require`",
      entry,
      files: { "app.cjs": common(print, entry) },
      run: ["node", "app.cjs"],
      ...rest,
    },
  ]);

/** @type {import("./app.mjs").Case[]} */
export const HOSTS = [
  ...node("24.9.0"),
  ...node("20.0.0", { install: ["node@20.0.0"], isHeavy: true }),
  ...[MAIN, INLINE].map((entry) => ({
    tool: "Deno 2.9.6",
    what: "without permissions",
    entry,
    files: { "app.js": app(print, entry) },
    run: ["deno", "run", "--no-prompt", "app.js"],
  })),
  ...[MAIN, INLINE].map((entry) => ({
    tool: "Bun 1.4.5",
    what: "`import`",
    entry,
    files: { "app.js": app(print, entry) },
    run: ["bun", "app.js"],
  })),
  {
    tool: "Bun 1.4.5",
    what: "`bun build --compile`",
    entry: INLINE,
    files: { "app.js": app(print, INLINE) },
    build: ["bun build app.js --compile --outfile dist/app"],
    run: ["dist/app"],
  },
  {
    tool: "Cloudflare Workers",
    what: "bundled by wrangler 4.116.0",
    files: {
      "wrangler.json":
        '{ "name": "app", "main": "app.js", "compatibility_date": "2026-08-01", "send_metrics": false }',
      "app.js": app(
        (code) =>
          `export default { fetch: () => new Response("<title>" + ${code} + "</title>", { headers: { "Content-Type": "text/html" } }) };`,
      ),
    },
    dev: ["wrangler", "dev", "--port"],
  },
  {
    tool: "page without a bundler",
    what: "module script with an import map",
    files: {
      "index.html": `<!doctype html><title></title><script type="importmap">{ "imports": { "${MAIN}": "${ADDRESS}" } }</script><script type="module" src="./app.js"></script>`,
      "app.js": app(title),
    },
    page: ".",
  },
  {
    tool: "page without a bundler",
    what: "module script by address",
    needs: quoted(FETCHING_POLICY),
    files: { "index.html": PAGE, "app.js": app(title, ADDRESS) },
    page: ".",
    policy: FETCHING_POLICY,
  },
  {
    tool: "page without a bundler",
    what: "module worker by address",
    needs: quoted(FETCHING_POLICY),
    files: {
      "index.html": PAGE,
      "app.js": withWorker('"./worker.js"', ', { type: "module" }'),
      "worker.js": app(post, ADDRESS),
    },
    page: ".",
    policy: FETCHING_POLICY,
  },
  ...[
    {
      what: "classic script",
      files: { "app.mjs": app(title, INLINE) },
      build: [bundle("app")],
    },
    {
      what: "classic worker",
      files: { "app.js": withWorker('"./worker.js"'), "worker.mjs": app(post, INLINE) },
      build: [bundle("worker")],
    },
    {
      what: "service worker",
      files: {
        "app.js": `navigator.serviceWorker.onmessage = ({ data }) => (document.title = data);
navigator.serviceWorker.register("service.js");
navigator.serviceWorker.ready.then(({ active }) => active.postMessage("plan"));
`,
        "service.mjs": app(
          (code) =>
            `self.addEventListener("message", ({ source }) => source.postMessage(${code}));`,
          INLINE,
        ),
      },
      build: [bundle("service")],
    },
  ].map(({ files, ...rest }) => ({
    tool: "page with a bundle",
    entry: INLINE,
    needs: quoted(POLICY),
    install: LIGHT,
    files: { "index.html": CLASSIC_PAGE, ...files },
    page: ".",
    policy: POLICY,
    ...rest,
  })),
];
