// Shared by the tests of the page: a static server for `preview/dist` with the headers of
// `_headers`, a browser that records requests and console errors, and sample events.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Mapper, SettingsError } from "kochava-edge";
import { chromium } from "playwright-core";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/**
 * Serves the built page below a folder → { url, close }. `mark` are further headers of the page, and
 * `answer` may answer a path in place of the files: (path, request) → [status, body] or undefined.
 */
export async function serve(folder = "/", { mark = {}, answer = () => undefined } = {}) {
  const headers = headersOf(await readFile(join(DIST, "_headers"), "utf8"));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const own = answer(path, request);
    if (own !== undefined) {
      response.writeHead(own[0], { "content-type": "application/json" }).end(own[1]);
      return;
    }
    const file = path.startsWith(folder)
      ? normalize(`/${path.slice(folder.length) || "index.html"}`)
      : "/missing";
    try {
      const bytes = await readFile(join(DIST, file));
      response
        .writeHead(200, {
          ...headers,
          ...mark,
          "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        })
        .end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}${folder}`, close };
}

/** Returns the headers that `_headers` sets for every file. */
function headersOf(text) {
  const [all] = text.split(/\n(?=\S)/).filter((block) => block.startsWith("/*"));
  const lines = all
    .split("\n")
    .slice(1)
    .filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) =>
      line
        .trim()
        .split(/:\s*(.*)/s)
        .slice(0, 2),
    ),
  );
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
}

/**
 * Opens the page until the test ends → { page, consoleErrors, requests }: console errors and
 * warnings, and the requests that the page made.
 */
export async function openPage(t, browser, url, { width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
    ...options,
  });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const consoleErrors = [];
  const requests = [];
  page.on(
    "console",
    (message) =>
      ["error", "warning"].includes(message.type()) && consoleErrors.push(message.text()),
  );
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  page.on("request", (request) =>
    requests.push({ method: request.method(), url: request.url(), body: request.postData() }),
  );
  await page.goto(url);
  await page.locator(".cm-content").first().waitFor({ state: "attached" });
  return { page, consoleErrors, requests };
}

/** Replaces the event with a text, or with a value as JSON. */
export async function paste(page, value) {
  await page
    .getByRole("textbox", { name: "Event, as JSON" })
    .fill(typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

/** An event that is ready under the sample settings, without warnings. */
export const EVENT = {
  event_type: "Level Complete",
  event_time: "2026-01-12 09:14:07.412000",
  platform: "Android",
  os_version: "15",
  ip_address: "203.0.113.24",
  event_properties: { level: 12 },
  user_properties: {
    kochava_device_id: "KA-9F3C2A7715D84E06",
    adid: "38400000-8cf0-41bd-b23e-10b96e40000d",
    user_agent: "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8)",
  },
};

export const IOS = {
  ...EVENT,
  platform: "iOS",
  os_version: "18.5",
  user_properties: {
    kochava_device_id: "KI-1",
    idfv: "7D0B6C1E-52A4-4E6B-9C1D-2F3A4B5C6D7E",
    att_status: "denied",
    user_agent: "SneakerShop/5.2.0 (iPhone)",
  },
};

/** The faults of settings, as the package reports them. */
export function faultsOf(settings) {
  try {
    new Mapper(settings).free();
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults;
  }
}

/** A message of the package as the page shows it: `code` without its backticks. */
export const shownText = (message) => message.replaceAll("`", "");

/** The text of an editor, as far as it is drawn. */
export const editorText = (page, label) =>
  page
    .getByRole("textbox", { name: label })
    .locator(".cm-line")
    .allInnerTexts()
    .then((lines) => lines.join("\n"));
