// The vendors' own SDKs for browsers, pinned in package.json, drive the built Worker from a page of
// another origin in Chromium: each sends an event, a user and a purchase, sees success, sends again
// after a 503, and drops for a wrong key.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { until } from "./durable.mjs";
import { ADID, DEVICE_IP, KEY, startWorkers } from "./sdk.mjs";

const workers = await startWorkers({ after });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
after(() => browser.close());

/** The SDKs as a shop's bundler packs them. */
const { outputFiles } = await build({
  stdin: {
    contents: `export * as amplitude from "@amplitude/analytics-browser";
      export { AnalyticsBrowser } from "@segment/analytics-next";`,
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  write: false,
  format: "iife",
  globalName: "sdks",
  logLevel: "error",
});
const shop = createServer((request, response) => {
  const isScript = request.url === "/sdks.js";
  response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
  response.end(isScript ? outputFiles[0].text : '<!doctype html><script src="/sdks.js"></script>');
});
shop.listen(0, "127.0.0.1");
await once(shop, "listening");
after(() => {
  shop.close();
  shop.closeAllConnections();
});

let page;
let problems;
beforeEach(async () => {
  for (const { kochava, front } of workers) {
    kochava.reset();
    front.requests.length = 0;
  }
  problems = [];
  page = await (await browser.newContext()).newPage();
  page.on("console", (message) => {
    if (message.type() === "error" && /CORS|Access-Control/.test(message.text()))
      problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`http://127.0.0.1:${shop.address().port}/`);
});

const statuses = ({ front }) => front.requests.map(({ status }) => status);

/** Asserts the bodies that Kochava received, in any order. */
async function assertArrived({ kochava, drained }, meant) {
  await drained();
  const agent = encodeURIComponent(await page.evaluate(() => navigator.userAgent));
  const bodies = kochava.calls.map(({ body }) => {
    const { usertime, device_ua, ...data } = body.data;
    if (body.action !== "event") return body;
    assert.ok(Math.abs(usertime - Date.now() / 1_000) < 60);
    assert.equal(device_ua, agent);
    return { ...body, data };
  });
  const name = ({ data }) => data.event_name ?? "";
  const byName = (a, b) => name(a).localeCompare(name(b));
  assert.deepEqual(bodies.sort(byName), [...meant].sort(byName));
  assert.deepEqual(problems, []);
}

const meantEvent = (kochavaDevice, deviceIds, name, rest) => ({
  action: "event",
  kochava_app_id: "kotest-android-a1b2c3",
  kochava_device_id: kochavaDevice,
  data: {
    event_name: name,
    device_ver: "",
    origination_ip: DEVICE_IP,
    device_ids: deviceIds,
    ...rest,
  },
});

const meantUser = (deviceIds) => ({
  kochava_app_id: "kotest-android-a1b2c3",
  device_id: deviceIds,
  data: { app_userid: "u-48213", plan: "pro" },
});

const KOCHAVA_DEVICE = "KA-9F3C2A7715D84E06";

/**
 * Has Amplitude's SDK send what `send` does with it in the page → [code, message] of each. The page
 * is that of a web view, whose app tells it the ids of the device.
 */
const withAmplitude = (worker, send, { key = KEY, path = "/2/httpapi", options = {} } = {}) =>
  page.evaluate(
    async ({ serverUrl, key, options, send }) => {
      const { amplitude } = window.sdks;
      const client = amplitude.createInstance();
      await client.init(key, "u-48213", {
        serverUrl,
        autocapture: false,
        remoteConfig: { fetchRemoteConfig: false },
        flushIntervalMillis: 20,
        logLevel: 0,
        ...options,
      }).promise;
      // biome-ignore lint: the function's text came from the test
      const sent = new Function("client", "amplitude", `return (${send})(client, amplitude)`);
      const results = await Promise.all(sent(client, amplitude).map(({ promise }) => promise));
      return results.map(({ code, message }) => [code, message]);
    },
    { serverUrl: worker.front.url + path, key, options, send: String(send) },
  );

const SUCCESS = [200, "Event tracked successfully"];

for (const worker of workers) {
  test(`@amplitude/analytics-browser, ${worker.name}: event, user and purchase arrive`, async () => {
    await worker.failOnce();
    const results = await withAmplitude(worker, (client, { Identify, Revenue }) => {
      const kochava_device_id = "KA-9F3C2A7715D84E06";
      const device = { platform: "Android", adid: "38400000-8cf0-41bd-b23e-10b96e40000d" };
      const revenue = new Revenue()
        .setProductId("sku-1")
        .setPrice(4.99)
        .setQuantity(2)
        .setCurrency("EUR")
        .setEventProperties({ kochava_device_id });
      return [
        client.track("Level Complete", { level: 12, kochava_device_id }, device),
        client.identify(new Identify().set("plan", "pro").set("adid", device.adid), device),
        client.revenue(revenue, device),
      ];
    });
    assert.deepEqual(results, [SUCCESS, SUCCESS, SUCCESS]);
    assert.deepEqual(statuses(worker), [503, 200]);
    const ids = { adid: ADID };
    await assertArrived(worker, [
      meantEvent(KOCHAVA_DEVICE, ids, "Level Complete", { event_data: { level: 12 } }),
      meantEvent(KOCHAVA_DEVICE, ids, "revenue_amount", {
        currency: "EUR",
        event_data: { sum: 9.98 },
      }),
      meantUser(ids),
    ]);
  });

  test(`@amplitude/analytics-browser, ${worker.name}: beacons and compressed bodies arrive`, async () => {
    const send = (client) => [
      client.track("Level Complete", {
        level: 12,
        kochava_device_id: "KA-9F3C2A7715D84E06",
        // the SDK compresses from 2 KiB on
        story: "Once upon a time. ".repeat(200),
      }),
    ];
    // the address of one shop: the bare host
    const beacons = { path: "/", options: { transport: "beacon" } };
    const gzip = { path: "/batch", options: { enableRequestBodyCompression: true } };
    assert.deepEqual(await withAmplitude(worker, send, beacons), [SUCCESS]);
    assert.deepEqual(await withAmplitude(worker, send, gzip), [SUCCESS]);
    await until(() => worker.front.requests.length === 2, "both requests should arrive");
    const [beacon, compressed] = worker.front.requests;
    assert.match(beacon.headers["content-type"], /^text\/plain/);
    assert.equal(compressed.headers["content-encoding"], "gzip");
    assert.deepEqual(statuses(worker), [200, 200]);
    // of a page that is in no app only the Kochava device id is known
    const meant = meantEvent(KOCHAVA_DEVICE, { custom: "" }, "Level Complete", {
      event_data: { level: 12 },
    });
    await assertArrived(worker, [meant, meant]);
  });

  test(`@amplitude/analytics-browser, ${worker.name}: a wrong key drops the events`, async () => {
    const options = { key: "a-wrong-key" };
    const results = await withAmplitude(worker, (client) => [client.track("x")], options);
    assert.deepEqual(results, [[400, "Invalid API key: a-wrong-key"]]);
    assert.deepEqual(statuses(worker), [400]);
  });

  /** Has Segment's SDK send its three calls, each alone or in a batch. */
  const withSegment = (strategy, key = KEY) =>
    page.evaluate(
      async ({ apiHost, key, strategy }) => {
        const { AnalyticsBrowser } = window.sdks;
        const analytics = AnalyticsBrowser.load({
          writeKey: key,
          // what Segment's CDN would have answered
          cdnSettings: {
            integrations: {
              "Segment.io": {
                apiKey: key,
                apiHost,
                protocol: "http",
                deliveryStrategy: { strategy, config: { size: 3, timeout: 50 } },
              },
            },
          },
        });
        await analytics.ready();
        const context = {
          device: {
            type: "android",
            id: "3f1c0a9be27d5486",
            advertisingId: "38400000-8cf0-41bd-b23e-10b96e40000d",
          },
        };
        await analytics.track("Level Complete", { level: 12 }, { context, userId: "u-48213" });
        await analytics.track(
          "Order Completed",
          { revenue: 9.98, currency: "EUR" },
          { context, userId: "u-48213" },
        );
        await analytics.identify("u-48213", { plan: "pro" }, { context });
      },
      { apiHost: `${new URL(worker.front.url).host}/v1`, key, strategy },
    );
  const SEGMENT_IDS = { adid: ADID, android_id: "3f1c0a9be27d5486" };
  const segmentEvents = [
    meantEvent("3f1c0a9be27d5486", SEGMENT_IDS, "Level Complete", { event_data: { level: 12 } }),
    meantEvent("3f1c0a9be27d5486", SEGMENT_IDS, "Order Completed", {
      currency: "EUR",
      event_data: { sum: 9.98 },
    }),
  ];

  test(`@segment/analytics-next, ${worker.name}: event, user and purchase arrive`, async () => {
    await worker.failOnce();
    await withSegment("standard");
    await until(
      () => statuses(worker).filter((status) => status === 200).length === 3,
      "three calls",
    );
    assert.equal(statuses(worker)[0], 503);
    const paths = worker.front.requests.map(({ path }) => path);
    assert.deepEqual([...new Set(paths)].sort(), ["/v1/i", "/v1/t"]);
    await assertArrived(worker, [...segmentEvents, meantUser(SEGMENT_IDS)]);
  });

  test(`@segment/analytics-next, ${worker.name}: a batch arrives`, async () => {
    await worker.failOnce();
    await withSegment("batching");
    await until(() => statuses(worker).at(-1) === 200, "the batch");
    assert.deepEqual(statuses(worker), [503, 200]);
    assert.deepEqual([...new Set(worker.front.requests.map(({ path }) => path))], ["/v1/b"]);
    // a journal knows the link of the other test
    const link = worker.name === "durable" ? [] : [meantUser(SEGMENT_IDS)];
    await assertArrived(worker, [...segmentEvents, ...link]);
  });

  test(`@segment/analytics-next, ${worker.name}: a wrong key drops the events`, async () => {
    await withSegment("standard", "a-wrong-key");
    await until(() => statuses(worker).length === 3, "three calls");
    assert.deepEqual(statuses(worker), [401, 401, 401]);
    await assertArrived(worker, []);
  });
}
