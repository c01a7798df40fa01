// The vendors' own SDKs for Node.js, pinned in package.json, drive the built Worker: each sends an
// event, a user and a purchase, sees success, sends again after a 503, and drops for a wrong key.
// What Kochava received is compared with what was meant. real-browser-sdks.test.mjs has the others.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { Identify, Revenue, createInstance } from "@amplitude/analytics-node";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { Analytics } from "@segment/analytics-node";
import { CloudEvent, Mode, emitterFor, httpTransport } from "cloudevents";
import { startDurableHarness } from "./durable.mjs";
import { TOKEN } from "./support.mjs";
import { ADID, DEVICE_IP, KEY, SDK_SETTINGS, segmentCall, startWorkers } from "./sdk.mjs";

const workers = await startWorkers({ after });
beforeEach(() => {
  for (const { kochava, front } of workers) {
    kochava.reset();
    front.requests.length = 0;
  }
});

const KOCHAVA_DEVICE = "KA-9F3C2A7715D84E06";

/** What an event comes to that was meant with these data; `usertime` is checked apart. */
function meantEvent(kochavaDevice, deviceIds, name, rest) {
  return {
    action: "event",
    kochava_app_id: "kotest-android-a1b2c3",
    kochava_device_id: kochavaDevice,
    data: {
      event_name: name,
      app_version: "5.2.0",
      device_ver: "",
      device_ua: "",
      origination_ip: DEVICE_IP,
      device_ids: deviceIds,
      ...rest,
    },
  };
}

const meantUser = (deviceIds, id = "u-48213") => ({
  kochava_app_id: "kotest-android-a1b2c3",
  device_id: deviceIds,
  data: { app_userid: id, plan: "pro" },
});

/** Asserts the bodies that Kochava received, in any order. */
async function assertArrived({ kochava, drained }, meant) {
  await drained();
  const name = ({ data }) => data.event_name ?? "";
  const bodies = kochava.calls.map(({ body }) => {
    const { usertime, ...data } = body.data;
    if (body.action === "event") assert.ok(Math.abs(usertime - Date.now() / 1_000) < 60);
    return { ...body, data };
  });
  const byName = (a, b) => name(a).localeCompare(name(b));
  assert.deepEqual(bodies.sort(byName), [...meant].sort(byName));
}

const statuses = ({ front }) => front.requests.map(({ status }) => status);

async function newAmplitude({ front }, key = KEY, over = {}) {
  const client = createInstance();
  await client.init(key, {
    serverUrl: `${front.url}/2/httpapi`,
    flushIntervalMillis: 20,
    logLevel: 0,
    ...over,
  }).promise;
  return client;
}

/** What an app tells Amplitude's SDK of the device. */
const AMPLITUDE_DEVICE = {
  user_id: "u-48213",
  device_id: "device-1-R",
  platform: "Android",
  app_version: "5.2.0",
  adid: ADID,
};

for (const worker of workers) {
  test(`@amplitude/analytics-node, ${worker.name}: event, user and purchase arrive`, async () => {
    const client = await newAmplitude(worker);
    await worker.failOnce();
    const properties = { level: 12, kochava_device_id: KOCHAVA_DEVICE };
    const revenue = new Revenue()
      .setProductId("sku-1")
      .setPrice(4.99)
      .setQuantity(2)
      .setCurrency("EUR")
      .setEventProperties({ kochava_device_id: KOCHAVA_DEVICE });
    const identify = new Identify().set("plan", "pro").set("adid", ADID);
    const results = await Promise.all([
      client.track("Level Complete", properties, AMPLITUDE_DEVICE).promise,
      client.identify(identify, AMPLITUDE_DEVICE).promise,
      client.revenue(revenue, AMPLITUDE_DEVICE).promise,
    ]);
    for (const { code, message } of results) {
      assert.deepEqual([code, message], [200, "Event tracked successfully"]);
    }
    // the SDK sent all of it again after the 503
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

  test(`@amplitude/analytics-node, ${worker.name}: a wrong key drops the events`, async () => {
    const client = await newAmplitude(worker, "a-wrong-key", { useBatch: true });
    const { code, message } = await client.track("Level Complete").promise;
    assert.deepEqual([code, message], [400, "Invalid API key: a-wrong-key"]);
    assert.deepEqual(statuses(worker), [400]);
    await assertArrived(worker, []);
  });

  const context = {
    device: { type: "android", id: "3f1c0a9be27d5486", advertisingId: ADID },
    app: { version: "5.2.0" },
  };
  const SEGMENT_IDS = { adid: ADID, android_id: "3f1c0a9be27d5486" };
  const arrived = (user) => [
    meantEvent("3f1c0a9be27d5486", SEGMENT_IDS, "Level Complete", { event_data: { level: 12 } }),
    meantEvent("3f1c0a9be27d5486", SEGMENT_IDS, "Order Completed", {
      currency: "EUR",
      event_data: { sum: 9.98 },
    }),
    meantUser(SEGMENT_IDS, user),
  ];

  test(`@segment/analytics-node, ${worker.name}: event, user and purchase arrive`, async () => {
    const client = new Analytics({ writeKey: KEY, host: worker.front.url, flushInterval: 50 });
    const failures = [];
    client.on("error", (error) => failures.push(error));
    await worker.failOnce();
    const sent = (call, message) =>
      new Promise((resolve, reject) =>
        client[call]({ userId: "u-48213", context, ...message }, (error) =>
          error ? reject(error) : resolve(),
        ),
      );
    await Promise.all([
      sent("track", { event: "Level Complete", properties: { level: 12 } }),
      sent("track", { event: "Order Completed", properties: { revenue: 9.98, currency: "EUR" } }),
      sent("identify", { traits: { plan: "pro" } }),
    ]);
    assert.deepEqual(failures, []);
    assert.deepEqual(statuses(worker), [503, 200]);
    await assertArrived(worker, arrived());
    await client.closeAndFlush();
  });

  test(`@segment/analytics-node, ${worker.name}: a wrong key drops the events`, async () => {
    const client = new Analytics({
      writeKey: "a-wrong-key",
      host: worker.front.url,
      flushInterval: 50,
    });
    const failures = [];
    client.on("error", ({ reason }) => failures.push(String(reason)));
    client.track({ userId: "u-48213", event: "Level Complete" });
    await client.closeAndFlush();
    assert.deepEqual(failures, ["Error: [401] Unauthorized"]);
    assert.deepEqual(statuses(worker), [401]);
  });

  const newRudder = ({ front }, key = KEY) =>
    new RudderAnalytics(key, {
      dataPlaneUrl: front.url,
      flushInterval: 50,
      logLevel: "off",
      // without one it throws where nobody can catch
      errorHandler: () => {},
      axiosRetryConfig: { retryDelay: () => 20 },
    });

  test(`@rudderstack/rudder-sdk-node, ${worker.name}: event, user and purchase arrive`, async () => {
    const client = newRudder(worker);
    await worker.failOnce();
    const sent = (call, message) =>
      new Promise((resolve, reject) =>
        client[call]({ userId: "u-59324", context, ...message }, (error) =>
          error ? reject(error) : resolve(),
        ),
      );
    // the SDK sends its first event at once
    await sent("track", { event: "Level Complete", properties: { level: 12 } });
    const others = Promise.all([
      sent("track", { event: "Order Completed", properties: { revenue: 9.98, currency: "EUR" } }),
      sent("identify", { traits: { plan: "pro" } }),
    ]);
    await client.flush();
    await others;
    assert.deepEqual(statuses(worker).slice(0, 2), [503, 200]);
    for (const { headers } of worker.front.requests) {
      assert.equal(headers["content-encoding"], "gzip");
    }
    // the link of the same user would be known by now
    await assertArrived(worker, arrived("u-59324"));
  });

  test(`@rudderstack/rudder-sdk-node, ${worker.name}: a wrong key drops the events`, async () => {
    const client = newRudder(worker, "a-wrong-key");
    const failure = await new Promise((resolve) =>
      client.track({ userId: "u-48213", event: "Level Complete" }, (error) => resolve(error)),
    );
    assert.equal(failure.response.status, 401);
    assert.deepEqual(statuses(worker), [401]);
  });
}

test("cloudevents: an event, a user and a purchase arrive in both modes", async (t) => {
  const harness = await startDurableHarness(t, {
    settings: {
      ...SDK_SETTINGS,
      sources: ["cloudevents"],
      mapping: { ...SDK_SETTINGS.mapping, origination_ip: "context.ip" },
    },
  });
  const emit = (mode) => {
    const send = emitterFor(httpTransport(`${harness.url}/cloudevents`), { mode });
    return async (data) => {
      const event = new CloudEvent({ source: "/shop", type: "com.example.call", data });
      const { body } = await send(event, { headers: { authorization: `Bearer ${TOKEN}` } });
      return JSON.parse(body);
    };
  };
  const call = (over) => {
    const { context, ...rest } = segmentCall(over);
    return { ...rest, context: { ...context, ip: DEVICE_IP } };
  };
  const meant = [];
  for (const mode of [Mode.STRUCTURED, Mode.BINARY]) {
    const send = emit(mode);
    const purchase = { event: "Order Completed", properties: { revenue: 9.98, currency: "EUR" } };
    for (const over of [{}, purchase, { type: "identify", traits: { plan: "pro" } }]) {
      await harness.fail({ QUEUE: { times: 1 } });
      const data = call(over);
      // the library leaves it to its caller to send again
      assert.equal((await send(data)).error.code, "store-unavailable");
      assert.equal((await send(data)).queued, 1);
    }
    meant.push("Level Complete", "Order Completed", "");
  }
  await harness.drained();
  const names = harness.kochava.calls.map(({ body }) => body.data.event_name ?? "");
  // the same user twice is one link
  assert.deepEqual(names.sort(), [
    "",
    "Level Complete",
    "Level Complete",
    "Order Completed",
    "Order Completed",
  ]);
});
