// What the tests of SDK routes share: settings under which several senders are taken, a client of
// the routes, and Workers for the vendors' own SDKs.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { startDurableHarness } from "./durable.mjs";
import { sendRequest, startHarness } from "./support.mjs";

export const KEY = "key-of-the-app";
export const NEXT_KEY = "next-key-of-the-app";

/** An address of a device, as Cloudflare tells it (RFC 5737: documentation). */
export const DEVICE_IP = "203.0.113.7";

export const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** Settings for senders that document address and device ids themselves. */
export const SDK_SETTINGS = {
  sources: ["amplitude_http", "segment", "rudderstack"],
  events: { properties: ["level"] },
  users: { send: true, properties: ["plan"] },
  mapping: {
    kochava_device_id: [
      "user_properties.kochava_device_id",
      "event_properties.kochava_device_id",
      "context.device.id",
      "anonymousId",
    ],
    adid: ["adid", "user_properties.adid", "context.device.advertisingId"],
  },
};

export const ADID = "38400000-8cf0-41bd-b23e-10b96e40000d";

/** An event of Amplitude's HTTP V2 API (https://amplitude.com/docs/apis/analytics/http-v2). */
export const amplitudeEvent = (over = {}) => ({
  user_id: "u-48213",
  device_id: "device-1-R",
  insert_id: randomUUID(),
  event_type: "Level Complete",
  time: 1_768_209_247_412,
  platform: "Android",
  app_version: "5.2.0",
  adid: ADID,
  event_properties: { level: 12 },
  user_properties: { kochava_device_id: "KA-9F3C2A7715D84E06" },
  ...over,
});

/** A call of Segment's (https://segment.com/docs/connections/spec/common/). */
export const segmentCall = (over = {}) => ({
  type: "track",
  messageId: randomUUID(),
  anonymousId: "anonymous-1",
  userId: "u-48213",
  event: "Level Complete",
  properties: { level: 12 },
  timestamp: "2026-01-12T09:14:07.412Z",
  context: {
    device: { type: "android", id: "3f1c0a9be27d5486", advertisingId: ADID },
    os: { name: "Android", version: "15" },
    app: { version: "5.2.0" },
  },
  ...over,
});

export const form = (fields) => new URLSearchParams(fields).toString();

/** A client of the routes of SDKs: `sdk(path, body, headers)` posts as a device would. */
export const sdkClient =
  ({ send }) =>
  (path, body, headers = {}) =>
    send(path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "cf-connecting-ip": DEVICE_IP,
        "user-agent": CHROME,
        ...headers,
      },
      body,
    });

export const FORM = { "content-type": "application/x-www-form-urlencoded" };

/**
 * Starts a proxy before a Worker that does what Cloudflare does: tells the device's address →
 * { url, requests, close }. `requests` has path, headers and status of each request but preflights.
 * `onAnswer` is called with the status of each before the SDK has it.
 */
export async function startFront(t, workerUrl, onAnswer = () => {}) {
  const front = { requests: [], onAnswer };
  const server = createServer(async (inbound, outbound) => {
    const chunks = [];
    for await (const chunk of inbound) chunks.push(chunk);
    const { method, url, headers } = inbound;
    const answer = await sendRequest(workerUrl + url, {
      method,
      headers: {
        ...headers,
        host: new URL(workerUrl).host,
        "cf-connecting-ip": DEVICE_IP,
        "accept-encoding": "identity",
      },
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    if (method !== "OPTIONS") {
      front.requests.push({ path: url, headers, status: answer.status });
      await front.onAnswer(answer.status);
    }
    outbound.writeHead(answer.status, { ...answer.headers, connection: "close" });
    outbound.end(answer.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(front, { url: `http://127.0.0.1:${server.address().port}` });
}

/**
 * Both ways of delivery, each as a Worker behind such a proxy → { name, front, calls, drained,
 * failOnce }. `failOnce` makes the next request with events fail with 503; `calls` are the bodies
 * that Kochava received, the same event once.
 */
export async function startWorkers(t) {
  const bindings = { SDK_KEYS: KEY };
  const durable = await startDurableHarness(t, { settings: SDK_SETTINGS, bindings });
  const inline = await startHarness(t, { settings: SDK_SETTINGS, bindings });
  const front = await startFront(t, inline.url);
  return [
    {
      name: "durable",
      front: await startFront(t, durable.url),
      kochava: durable.kochava,
      drained: () => durable.drained(),
      failOnce: () => durable.fail({ QUEUE: { times: 1 } }),
    },
    {
      name: "in-request",
      front,
      kochava: inline.kochava,
      drained: async () => {},
      failOnce() {
        inline.kochava.script([{ status: 503, forever: true }]);
        front.onAnswer = () => {
          inline.kochava.reset();
          front.onAnswer = () => {};
        };
      },
    },
  ];
}
