// What do the tests of the page share?
//
// A server that gives out `preview/dist` as a static host would, with the headers of `_headers`, and a browser that watches the network.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
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

/** Serves the built page in a folder, as any static host may → { url, close }. */
export async function serve(folder = "/") {
  const headers = headersOf(await readFile(join(DIST, "_headers"), "utf8"));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = path.startsWith(folder)
      ? normalize(`/${path.slice(folder.length) || "index.html"}`)
      : "/missing";
    try {
      const bytes = await readFile(join(DIST, file));
      response
        .writeHead(200, {
          ...headers,
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

/** The headers that `_headers` gives to every file. */
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

/** Opens the page, until the test ends; `complaints` is what the browser has to say about it, `requests` what left it. */
export async function openPage(t, browser, url, { width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
    ...options,
  });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints = [];
  const requests = [];
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()),
  );
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) =>
    requests.push({ method: request.method(), url: request.url(), body: request.postData() }),
  );
  await page.goto(url);
  await page.locator(".cm-content").first().waitFor({ state: "attached" });
  return { page, complaints, requests };
}

/** Puts a text, or a value as JSON, in the place of the event. */
export async function paste(page, value) {
  await page
    .getByRole("textbox", { name: "Event, as JSON" })
    .fill(typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

/** An event that the sample's settings send as it is. */
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
