// A server with the built pages and answers of the operator's API that a test chooses.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import * as numbers from "./fixtures/numbers.mjs";
import * as operator from "./fixtures/operator.mjs";
import * as rejects from "./fixtures/rejects.mjs";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
export const ADMIN = "the-admin-token";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

const ROUTES = {
  "GET /health": () => operator.health(),
  "GET /stats": ({ query }) => numbers.stats(query),
  "GET /stats/series": ({ query }) => numbers.series(query),
  "GET /stats/coverage": ({ query }) => numbers.coverage(query),
  "GET /rejects": ({ query }) => rejects.rejects(query),
  "GET /rejects/groups": () => rejects.groups(),
  "POST /rejects/replay": ({ body }) => rejects.replay(body),
  "DELETE /rejects": ({ body }) => {
    const found = rejects.selected(body).length;
    return { dry: body.dry, found, deleted: body.dry ? 0 : found };
  },
  "POST /test-event": ({ body }) => operator.testSent(body),
  "GET /test-event": () => operator.testOutcome(),
  "GET /settings": () => operator.settings(),
  "GET /alerts": () => operator.alerts(),
  "GET /live": ({ query }) => operator.live(query),
};

/**
 * Starts the server → { url, requests, answers, close }. `answers` replaces routes: a function from
 * { query, body } to JSON or a promise of it, to `{ status, json }`, or to null for an answer that
 * never comes.
 */
export async function startMock() {
  const mock = { requests: [], answers: {}, isOpen: false };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url, "http://localhost");
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = text === "" ? undefined : JSON.parse(text);
    const route = `${request.method} ${pathname}`;
    const answer = mock.answers[route] ?? ROUTES[route] ?? shown(request.method, pathname);
    if (answer === undefined) return sendFile(pathname, response);
    mock.requests.push({ route, query, body });
    if (pathname !== "/health" && !mock.isOpen && request.headers["x-api-key"] !== ADMIN)
      return sendJson(response, 404, NOT_FOUND);
    const got = await answer({ query, body });
    if (got === null) return undefined;
    return "status" in got && "json" in got
      ? sendJson(response, got.status, got.json)
      : sendJson(response, 200, got);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  mock.url = `http://127.0.0.1:${server.address().port}`;
  mock.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return mock;
}

const NOT_FOUND = { error: { code: "not-found", message: "there is nothing here" } };

function shown(method, path) {
  const [, id] = /^\/rejects\/([0-9a-f]{32})$/.exec(path) ?? [];
  if (method !== "GET" || id === undefined) return undefined;
  return () => rejects.shownReject(id) ?? { status: 404, json: NOT_FOUND };
}

function sendJson(response, status, json) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
}

async function sendFile(path, response) {
  const name = path === "/" ? "index.html" : path === "/console" ? "console.html" : path;
  try {
    const bytes = await readFile(join(DIST, normalize(`/${name}`)));
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(200, { ...(await headers()), "content-type": type }).end(bytes);
  } catch {
    response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify(NOT_FOUND));
  }
}

/** The headers that `_headers` sets for every file. */
async function headers() {
  const [all] = (await readFile(join(DIST, "_headers"), "utf8"))
    .split(/\n(?=\S)/)
    .filter((block) => block.startsWith("/*"));
  return Object.fromEntries(
    all
      .split("\n")
      .slice(1)
      .filter((line) => line.trim() !== "")
      .map((line) =>
        line
          .trim()
          .split(/:\s*(.*)/s)
          .slice(0, 2),
      ),
  );
}
