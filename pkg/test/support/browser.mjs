// Chromium, and a server for what it loads.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

/** A browser that is closed after the test `t`. */
export async function openBrowser(t) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * Serves a folder on loopback until the end of the test `t`.
 *
 * @param {Record<string, string>} headers of every answer
 */
export async function served(t, folder, headers = {}) {
  const types = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
  };
  const server = createServer(async ({ url }, answer) => {
    try {
      const body = await readFile(join(folder, new URL(url, "http://localhost").pathname));
      answer
        .writeHead(200, {
          ...headers,
          "Content-Type": types[extname(url)] ?? "application/octet-stream",
        })
        .end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}
