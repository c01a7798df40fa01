// What a Worker talks to, as trivial servers outside workerd: the queue, the database and Kochava.
//
// They answer at once and keep what the bench asks for. Their processor time is not that of workerd.

import { once } from "node:events";
import { createServer } from "node:http";

const QUEUED =
  '{"metadata":{"metrics":{"backlogCount":0,"backlogBytes":0,"oldestMessageTimestamp":0}}}';

/**
 * Starts the three.
 *
 * - `queue.messages` has the bodies of the messages that were sent, texts or JSON values, while
 *   `queue.keeps` is true.
 * - `kochava.calls` counts the calls; `kochava.bodies` has their bodies while `kochava.keeps` is true.
 */
export async function startOutside() {
  const queue = { messages: [], keeps: false };
  queue.server = await serve((body, { url, headers }) => {
    if (queue.keeps) queue.messages.push(...messagesOf(body, url, headers));
    return QUEUED;
  });
  const kochava = { calls: 0, bodies: [], keeps: false };
  kochava.server = await serve((body) => {
    kochava.calls += 1;
    if (kochava.keeps) kochava.bodies.push(body.toString());
    return '{"success":"1"}';
  });
  const database = { statements: 0 };
  database.server = await serve((body) => {
    const statements = [JSON.parse(body)].flat();
    database.statements += statements.length;
    return JSON.stringify(statements.map(() => ({ success: true, results: [], meta: {} })));
  });
  return {
    queue,
    kochava,
    database,
    stop: () =>
      [queue, kochava, database].forEach(
        ({ server }) => server.closeAllConnections() ?? server.close(),
      ),
  };
}

/** The bodies of the messages that a call of `send` or `sendBatch` puts into the queue. */
function messagesOf(body, url, headers) {
  const messages =
    url === "/message"
      ? [{ contentType: headers["x-msg-fmt"], body }]
      : JSON.parse(body).messages.map(({ contentType, body }) => ({
          contentType,
          body: Buffer.from(body, "base64"),
        }));
  return messages.map(({ contentType, body }) => {
    if (contentType === "text") return body.toString();
    if (contentType === "json") return JSON.parse(body);
    throw new Error(`a message of type ${contentType}`);
  });
}

async function serve(answer) {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const text = answer(Buffer.concat(chunks), request);
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      });
      response.end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
