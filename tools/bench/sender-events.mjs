// Generates an event of each sender beside Amplitude's webhook, from a seed: the rows `ndjson-segment`
// and so on. An event has the members that the sender's pages document for a mobile app, and a
// dozen properties at most.

import { seededRandom } from "../../worker/test/chaos/random.mjs";

const WORDS = "amber birch cedar delta ember fjord grove haven inlet jetty".split(" ");

/** Everything that identifies the device is read where the sender documents it, or at these paths. */
const SETTINGS = {
  app_guid: { ios: "kosender-ios", android: "kosender-android", default: "kosender-web" },
  events: { preset: "standard", properties: ["level", "world", "coupon", "duration", "order_id"] },
  mapping: {
    event_name: "name",
    kochava_device_id: [
      "user_properties.kochava_device_id",
      "user_attributes.kochava_device_id",
      "subscriber_attributes.$kochavaDeviceId",
      "context.device.id",
      "device.kochava_id",
      "data.kochava_id",
    ],
  },
};

/** Settings of a sender that documents no device: its paths stand under `object`. */
function pathsBelow(object) {
  const fields = { origination_ip: "ip", adid: "adid", idfv: "idfv", platform: "os" };
  const rows = Object.entries({ ...fields, device_ua: "agent", app_version: "version" });
  const paths = Object.fromEntries(rows.map(([field, key]) => [field, `${object}.${key}`]));
  return {
    ...SETTINGS,
    mapping: { ...SETTINGS.mapping, usertime: "time", ...paths },
  };
}

/** By the row's name: the sender, its settings and its event. */
const SENDERS = {
  "amplitude-sdk": { source: "amplitude_http", settings: SETTINGS, eventOf: amplitudeHttp },
  segment: { source: "segment", settings: SETTINGS, eventOf: (draw) => call(draw, {}) },
  rudderstack: {
    source: "rudderstack",
    settings: SETTINGS,
    eventOf: (draw) => call(draw, { channel: "mobile", rudderId: draw.uuid() }),
  },
  mparticle: { source: "mparticle", settings: SETTINGS, eventOf: mparticle },
  revenuecat: { source: "revenuecat", settings: SETTINGS, eventOf: revenuecat },
  cloudevents: { source: "cloudevents", settings: pathsBelow("data"), eventOf: cloudevent },
  generic: { source: "generic", settings: pathsBelow("device"), eventOf: generic },
};

/** The batch of each row, as in `batches.mjs`. */
export const SENDER_BATCHES = Object.fromEntries(
  Object.entries(SENDERS).map(([row, { source, settings, eventOf }]) => [
    `ndjson-${row}`,
    {
      lines: (count) => linesOf(eventOf, count),
      settings: { ...settings, sources: [source] },
      source,
    },
  ]),
);

/** Returns `count` events as NDJSON. */
function linesOf(eventOf, count, seed = 23) {
  const random = seededRandom(seed);
  const lines = Array.from({ length: count }, (_, number) =>
    JSON.stringify(eventOf(drawOf(random, number))),
  );
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** What an event of any sender is made of. */
function drawOf(random, number) {
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const hex = (length) => Array.from({ length }, () => below(16).toString(16)).join("");
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join("-");
  const isApple = random() < 0.5;
  const isOrder = random() < 0.3;
  const millis = Date.UTC(2026, 0, 12, 9) + number * 809;
  return {
    below,
    pick,
    hex,
    uuid,
    isApple,
    isOrder,
    millis,
    time: new Date(millis).toISOString(),
    ip: `198.51.100.${1 + below(250)}`,
    agent: isApple
      ? "Atlas/3.4.1 (iPhone; iOS 18.5; Scale/3.00)"
      : "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8 Build/AP4A.250105.002)",
    advertisingId: uuid(),
    kochavaId: `K${hex(16).toUpperCase()}`,
    amount: below(20_000) / 100,
    properties: {
      level: below(90),
      world: `${pick(WORDS)} ${pick(WORDS)}`,
      coupon: pick(WORDS),
      duration: below(900_000) / 1_000,
      theme: pick(["dark", "light"]),
      is_first: random() < 0.2,
    },
  };
}

function amplitudeHttp(draw) {
  const { isApple, isOrder, properties } = draw;
  return {
    user_id: `user-${draw.below(1e6)}`,
    device_id: draw.uuid(),
    session_id: draw.millis - draw.below(1e6),
    time: draw.millis,
    platform: isApple ? "iOS" : "Android",
    os_name: isApple ? "ios" : "android",
    os_version: isApple ? "18.5" : "15",
    device_manufacturer: isApple ? "Apple" : "Google",
    device_model: isApple ? "iPhone15,2" : "Pixel 8",
    language: "de-DE",
    ip: draw.ip,
    version_name: "3.4.1",
    ...(isApple ? { idfv: draw.uuid() } : { adid: draw.advertisingId }),
    event_id: draw.below(9_000),
    library: isApple ? "amplitude-swift/1.11.0" : "amplitude-analytics-android/1.20.0",
    event_type: isOrder ? "revenue_amount" : "Level Reached",
    event_properties: {
      ...properties,
      ...(isOrder && { $productId: "sku-1", $price: draw.amount, $quantity: 1, $currency: "EUR" }),
    },
    user_properties: { kochava_device_id: draw.kochavaId, plan: "plus" },
    insert_id: draw.uuid(),
  };
}

/** A call of Segment's or RudderStack's. */
function call(draw, further) {
  const { isApple, isOrder } = draw;
  return {
    anonymousId: draw.uuid(),
    channel: "mobile",
    context: {
      app: { name: "Atlas", version: "3.4.1", build: "3041", namespace: "com.example.atlas" },
      device: {
        id: isApple ? draw.uuid().toUpperCase() : draw.hex(16),
        advertisingId: draw.advertisingId,
        adTrackingEnabled: true,
        manufacturer: isApple ? "Apple" : "Google",
        model: isApple ? "iPhone15,2" : "Pixel 8",
        type: isApple ? "ios" : "android",
        ...(isApple && { trackingStatus: "authorized" }),
      },
      ip: draw.ip,
      library: { name: isApple ? "analytics-swift" : "analytics-kotlin", version: "1.6.2" },
      locale: "de-DE",
      network: { wifi: true, cellular: false },
      os: { name: isApple ? "iOS" : "Android", version: isApple ? "18.5" : "15" },
      screen: { width: 390, height: 844 },
      timezone: "Europe/Berlin",
      traits: { plan: "plus" },
      userAgent: draw.agent,
    },
    event: isOrder ? "Order Completed" : "Level Reached",
    integrations: { All: true },
    messageId: draw.uuid(),
    originalTimestamp: draw.time,
    properties: {
      ...draw.properties,
      ...(isOrder && { order_id: draw.hex(12), revenue: draw.amount, currency: "EUR" }),
    },
    receivedAt: draw.time,
    sentAt: draw.time,
    timestamp: draw.time,
    type: "track",
    userId: `user-${draw.below(1e6)}`,
    ...further,
  };
}

/** A batch of mParticle's with one event. */
function mparticle(draw) {
  const { isApple, isOrder, properties } = draw;
  const attributes = Object.entries(properties).map(([key, value]) => [key, String(value)]);
  const commerce = {
    product_action: { action: "purchase", transaction_id: draw.hex(12), total_amount: draw.amount },
    currency_code: "EUR",
  };
  return {
    events: [
      {
        data: {
          timestamp_unixtime_ms: draw.millis,
          source_message_id: draw.uuid(),
          session_start_unixtime_ms: draw.millis - 60_000,
          custom_attributes: Object.fromEntries(attributes),
          ...(isOrder ? commerce : { event_name: "Level Reached", custom_event_type: "other" }),
        },
        event_type: isOrder ? "commerce_event" : "custom_event",
      },
    ],
    device_info: {
      platform: isApple ? "iOS" : "Android",
      os_version: isApple ? "18.5" : "15",
      device_model: isApple ? "iPhone15,2" : "Pixel 8",
      http_header_user_agent: draw.agent,
      limit_ad_tracking: false,
      ...(isApple
        ? { ios_idfv: draw.uuid(), att_authorization_status: "authorized" }
        : { android_advertising_id: draw.advertisingId, android_uuid: draw.hex(16) }),
    },
    application_info: { application_version: "3.4.1", package: "com.example.atlas" },
    user_attributes: { kochava_device_id: draw.kochavaId, plan: "plus" },
    user_identities: [{ identity_type: "customer_id", identity: `user-${draw.below(1e6)}` }],
    mpid: draw.below(2 ** 48),
    environment: "production",
    ip: draw.ip,
    batch_id: draw.below(2 ** 48),
    timestamp_unixtime_ms: draw.millis,
    schema_version: 2,
  };
}

function revenuecat(draw) {
  const { isApple, isOrder } = draw;
  const at = (value) => ({ value, updated_at_ms: draw.millis });
  return {
    api_version: "1.0",
    event: {
      aliases: [draw.uuid()],
      app_id: "app1a2b3c4d5e",
      app_user_id: draw.uuid(),
      country_code: "DE",
      currency: "EUR",
      entitlement_ids: ["pro"],
      environment: "PRODUCTION",
      event_timestamp_ms: draw.millis,
      expiration_at_ms: draw.millis + 604_800_000,
      id: draw.uuid(),
      is_family_share: false,
      offer_code: null,
      original_app_user_id: draw.uuid(),
      original_transaction_id: draw.hex(15),
      period_type: "NORMAL",
      presented_offering_id: "default",
      price: draw.amount,
      price_in_purchased_currency: draw.amount,
      product_id: "com.example.atlas.weekly",
      purchased_at_ms: draw.millis,
      store: isApple ? "APP_STORE" : "PLAY_STORE",
      subscriber_attributes: {
        $kochavaDeviceId: at(draw.kochavaId),
        $ip: at(draw.ip),
        $attConsentStatus: at("authorized"),
        ...(isApple ? { $idfv: at(draw.uuid()) } : { $gpsAdId: at(draw.advertisingId) }),
        plan: at("plus"),
      },
      takehome_percentage: 0.85,
      transaction_id: draw.hex(15),
      type: isOrder ? "INITIAL_PURCHASE" : "RENEWAL",
    },
  };
}

/** What an own backend tells of the device. */
function device(draw) {
  return {
    kochava_id: draw.kochavaId,
    ip: draw.ip,
    os: draw.isApple ? "iOS" : "Android",
    agent: draw.agent,
    version: "3.4.1",
    ...(draw.isApple ? { idfv: draw.uuid() } : { adid: draw.advertisingId }),
  };
}

function cloudevent(draw) {
  return {
    specversion: "1.0",
    id: draw.uuid(),
    source: "/shop/orders",
    type: "com.example.level.reached",
    time: draw.time,
    subject: `user-${draw.below(1e6)}`,
    datacontenttype: "application/json",
    data: { ...device(draw), ...draw.properties },
  };
}

function generic(draw) {
  return {
    name: "Level Reached",
    time: draw.millis,
    account: draw.below(1e6),
    device: device(draw),
    ...draw.properties,
    cart: [{ sku: draw.hex(6), price: draw.amount }],
    tags: [draw.pick(WORDS), draw.pick(WORDS)],
  };
}
