// The Worker serves the files of the page, and no others.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { assertError, raw, startHarness } from "./support.mjs";

const harness = await startHarness({ after });
const ROOT = new URL("../../", import.meta.url);
const { assets } = parse(await readFile(new URL("wrangler.toml", ROOT), "utf8"));
const PAGE = fileURLToPath(new URL(assets.directory, ROOT));
const files = (await readdir(PAGE, { recursive: true, withFileTypes: true })).filter((entry) =>
  entry.isFile(),
);
const published = await Promise.all(
  files.map(({ parentPath, name }) => readFile(`${parentPath}/${name}`, "latin1")),
);

const get = (path, method = "GET") =>
  raw(
    harness.url,
    `${method} ${path} HTTP/1.1\r\nHost: ${new URL(harness.url).host}\r\nConnection: close\r\n\r\n`,
  );

test("the page is at /", async () => {
  const { status, headers, text } = await harness.send("/");
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^text\/html/);
  assert.match(text, /kochava-edge/);
  const head = await harness.send("/", { method: "HEAD" });
  assert.deepEqual([head.status, head.text], [200, ""]);
});

test("the console is at /console, whether or not there is an operator's token", async () => {
  const { status, headers, text } = await harness.send("/console");
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^text\/html/);
  assert.match(text, /<title>kochava-edge console<\/title>/);
  assert.match(headers["content-security-policy"], /default-src 'none'; .*connect-src 'self'/);
  for (const path of ["/console/", "/console.html"])
    assert.ok([200, 307].includes((await get(path)).status), path);
  assertError(await harness.send("/stats"), 404, "not-found");
});

test("an unknown path is 404", async () => {
  for (const path of [
    "/nothing",
    "/nothing.html",
    "/health//",
    "/build/index.js",
    "/wrangler.toml",
    "/package.json",
    "/.git/config",
    "/.dev.vars",
    "/index_bg.wasm",
    "/samples/",
  ]) {
    assert.equal((await get(path)).status, 404, path);
    assertError(await harness.send(path), 404, "not-found");
  }
});

test("no path leads out of the folder of the page, or redirects to another host", async () => {
  const ups = [
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "..;",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "..%00",
    "....",
    "%uff0e%uff0e",
    ". .",
  ];
  const targets = ["wrangler.toml", "package.json", "public/../../wrangler.toml", "etc/passwd"];
  const slashes = ["/", "//", "%2f", "%5c", "\\", "%252f", "/./"];
  const paths = [
    ...ups.flatMap((up) =>
      slashes.flatMap((slash) => targets.map((target) => `/${up}${slash}${up}${slash}${target}`)),
    ),
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc/passwd",
    "/\\etc\\passwd",
    "/samples/..;/wrangler.toml",
    "/index.html/../../../wrangler.toml",
    "/wrangler.toml%00.html",
    "/%00",
    "/\0",
    "/index.html%00",
    "/file:///etc/passwd",
    "/http://example.com/",
    "//example.com/index.html",
    "//example.com//",
    "/\\example.com/index.html",
  ];
  for (const path of paths) {
    const { status, head, text } = await get(path);
    assert.ok([200, 307, 308, 400, 404].includes(status), `${JSON.stringify(path)}: ${status}`);
    if (status === 200)
      assert.ok(published.includes(text), `${path} serves a file outside of the page`);
    const location = /^location: (.*)$/im.exec(head)?.[1];
    if (location !== undefined)
      assert.equal(
        new URL(location, harness.url).host,
        new URL(harness.url).host,
        `${path} redirects to ${location}`,
      );
    assert.doesNotMatch(text, /compatibility_date|devDependencies|root:x:/, path);
  }
  assert.ok(published.includes((await get("/")).text), "the page is one of the published files");
});

test("the page accepts GET only", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    // events of SDKs are posted to the same path
    assert.equal((await get("/", method)).status, method === "POST" ? 503 : 405, method);
    assert.equal((await get("/console", method)).status, 405, method);
    for (const path of ["/nothing", "/../wrangler.toml"])
      assert.ok([404, 405].includes((await get(path, method)).status), `${method} ${path}`);
  }
  assert.equal((await get("/")).status, 200);
});
