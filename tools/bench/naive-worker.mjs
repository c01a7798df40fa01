// Baseline: the Worker that a competent developer writes in an afternoon for one shop.
//
// Its mapping is written by hand and gives the same calls as samples/settings/sneaker-shop.json for
// the events that are measured (the bench compares them before it measures). It has no settings, no
// validation, no dedupe, no rejects, no circuit breaker, no order of one device's events and no retries
// but those of the queue.

const KOCHAVA_URL = "https://control.kochava.com/track/json";
/** Calls that one queue message holds: at most 128 KB. */
const CALLS_PER_MESSAGE = 35;

const SELECTED = [
  "Level Complete",
  "Level Failed",
  "Tutorial Complete",
  "Registration Complete",
  "Product Viewed",
  "Add to Cart",
  "Search",
  "Order Completed",
];
const RENAMED = { "Order Completed": "Purchase", "Product Viewed": "View" };
const APPS = { iOS: "kosneakershop-ios-a1b2c3", Android: "kosneakershop-android-d4e5f6" };
const WEB_APP = "kosneakershop-web-g7h8i9";
const PROPERTIES = [
  "name",
  "level",
  "duration",
  "content_id",
  "order_id",
  "quantity",
  "price",
  "search_term",
  "results",
  "registration_method",
  "reason",
];

export default {
  async fetch(request, env) {
    if (request.headers.get("x-api-key") !== env.INGEST_TOKEN)
      return Response.json({ error: "unauthorized" }, { status: 401 });
    const body = await request.json();
    const events = Array.isArray(body) ? body : [body];
    const calls = events.filter(isWanted).map(callOf);
    if (new URL(request.url).pathname === "/preview")
      return Response.json({ results: calls.map(requestOf) });
    const messages = [];
    for (let start = 0; start < calls.length; start += CALLS_PER_MESSAGE)
      messages.push({ body: calls.slice(start, start + CALLS_PER_MESSAGE) });
    if (messages.length > 0) await env.QUEUE.sendBatch(messages);
    return Response.json({ accepted: calls.length });
  },

  async queue(batch) {
    await Promise.all(batch.messages.map(deliver));
  },
};

async function deliver(message) {
  try {
    await Promise.all(message.body.map(post));
    message.ack();
  } catch (error) {
    console.error(error);
    message.retry({ delaySeconds: 30 });
  }
}

async function post(call) {
  const { url, ...init } = requestOf(call);
  const response = await fetch(url, init);
  const { success } = await response.json();
  if (!response.ok || success !== "1") throw new Error(`Kochava answered ${response.status}`);
}

function requestOf(call) {
  return {
    url: KOCHAVA_URL,
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(call),
  };
}

function isWanted(event) {
  return SELECTED.includes(event.event_type) && event.ip_address;
}

function callOf(event) {
  const { event_properties: properties, user_properties: user } = event;
  const data = {
    event_name: RENAMED[event.event_type] ?? event.event_type,
    usertime: Math.floor(Date.parse(`${event.event_time.replace(" ", "T")}Z`) / 1_000),
    app_version: event.version_name,
    device_ver: "",
    device_ua: encodeURIComponent(user.user_agent),
    origination_ip: event.ip_address,
    device_ids: deviceIdsOf(event),
    event_data: {},
  };
  if (user.att_status)
    data.app_tracking_transparency = {
      att: user.att_status === "authorized",
      att_detail: user.att_status,
    };
  if (properties.$revenue !== undefined) {
    data.event_data.sum = properties.$revenue;
    data.currency = properties.$currency;
  }
  for (const name of PROPERTIES)
    if (properties[name] !== undefined) data.event_data[name] = properties[name];
  if (user.plan) data.event_data.plan = user.plan;
  return {
    action: "event",
    kochava_app_id: APPS[event.platform] ?? WEB_APP,
    kochava_device_id: user.kochava_device_id,
    data,
  };
}

function deviceIdsOf({ device_brand: brand, idfa, adid, user_properties: user }) {
  const ids = {};
  if (idfa ?? user.idfa) ids.idfa = idfa ?? user.idfa;
  if (user.idfv) ids.idfv = user.idfv;
  if (adid ?? user.adid) ids[brand === "Amazon" ? "fire_adid" : "adid"] = adid ?? user.adid;
  return Object.keys(ids).length > 0 ? ids : { custom: "" };
}
