// Generates the events that are measured, from a seed: the same seed gives the same bytes.
//
// The events are like those that Amplitude streams, with the 55 columns of its Export API. Most
// have all columns that are not null, about 1.2 KB; some have few columns, from 300 B, some many
// properties, up to 8 KB; the mean is 1.15 KB. They are from all four platforms; some are refused
// (no address) and some skipped (not selected).

import { seededRandom } from "../../worker/test/chaos/random.mjs";

const NAMES = [
  "Level Complete",
  "Order Completed",
  "Product Viewed",
  "Add to Cart",
  "Search",
  "Tutorial Complete",
  "Registration Complete",
  "Level Failed",
];
const WORDS =
  "running trail court classic leather canvas summer winter red blue black white large small limited member checkout banner push email store outlet size width".split(
    " ",
  );
const NON_ASCII = ["Zürich", "Škoda", "日本語の靴", "Größe 42 – neu", "سوق", "👟 sneaker"];
const MODELS = {
  iOS: ["iPhone15,2", "iPad13,4"],
  Android: ["Pixel 8", "SM-S921B"],
  Web: ["Chrome"],
  Fire: ["KFTRWI"],
};
const AGENTS = {
  iOS: "SneakerShop/5.2.0 (iPhone; iOS 18.5; Scale/3.00)",
  Android: "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8 Build/AP4A.250105.002)",
  Web: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
  Fire: "Dalvik/2.1.0 (Linux; U; Android 9; KFTRWI Build/PS7323)",
};

/**
 * One event; `shape` is "slim" (most null columns left out) or "export" (all 55); `nonAscii` is the
 * share of events with text beyond ASCII.
 */
export function eventOf(random, number, { shape = "slim", nonAscii = 0, bytes } = {}) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const hex = (length) =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join("-");
  const digits = (length) =>
    Array.from(
      { length },
      (_, at) => Math.floor(random() * (at === 0 ? 9 : 10)) + (at === 0 ? 1 : 0),
    ).join("");
  const text = (words) => Array.from({ length: words }, () => pick(WORDS)).join(" ");
  const system = pick(["iOS", "iOS", "Android", "Android", "Web", "Fire"]);
  const isApple = system === "iOS";
  const time = (offset) =>
    new Date(Date.UTC(2026, 0, 12, 9, 14, 7) + number * 937 + offset)
      .toISOString()
      .replace("T", " ")
      .replace("Z", `${digits(3)}`);
  const type = random() < 0.05 ? "Screen Opened" : pick(NAMES);
  const isNonAscii = random() < nonAscii;
  const properties = {
    level: Math.floor(random() * 90),
    name: text(2),
    duration: Math.round(random() * 900_000) / 1_000,
    content_id: `sku-${digits(6)}`,
  };
  if (type === "Order Completed")
    Object.assign(properties, {
      $revenue: Math.round(random() * 20_000) / 100,
      $currency: pick(["EUR", "USD"]),
      order_id: digits(18),
      quantity: 1 + Math.floor(random() * 4),
    });
  if (random() < 0.3) properties.search_term = isNonAscii ? pick(NON_ASCII) : text(3);
  if (isNonAscii) properties.reason = pick(NON_ASCII);
  const user = {
    kochava_device_id: `K${isApple ? "I" : "A"}${hex(16).toUpperCase()}`,
    plan: pick(["free", "plus", "pro"]),
    user_agent: AGENTS[system],
    favourite_brand: pick(WORDS),
  };
  if (isApple)
    Object.assign(user, { idfv: uuid().toUpperCase(), att_status: pick(["authorized", "denied"]) });
  else if (system !== "Web") user.adid = uuid();
  const event = {
    $insert_id: uuid(),
    amplitude_id: Number(digits(12)),
    app: 414_201,
    city: isNonAscii ? "Zürich" : pick(["Portland", "Berlin", "Osaka"]),
    client_event_time: time(0),
    client_upload_time: time(812),
    country: pick(["United States", "Germany", "Japan"]),
    device_family: isApple ? "Apple iPhone" : "Google Phone",
    device_id: isApple ? uuid().toUpperCase() : `${uuid()}R`,
    device_model: pick(MODELS[system]),
    device_type: isApple ? "Apple iPhone" : "Google Pixel Phone",
    event_id: 1 + Math.floor(random() * 9_000),
    event_properties: properties,
    event_time: time(0),
    event_type: type,
    ip_address: random() < 0.03 ? null : `203.0.113.${1 + Math.floor(random() * 250)}`,
    language: "English",
    library: isApple ? "amplitude-swift/1.11.0" : "amplitude-analytics-android/1.20.0",
    os_name: isApple ? "ios" : system === "Web" ? "Chrome" : "android",
    os_version: isApple ? "18.5" : system === "Web" ? "138" : "15",
    platform: system === "Fire" ? "Android" : system,
    processed_time: time(2_000),
    region: pick(["Oregon", "Zurich", "Osaka"]),
    server_received_time: time(900),
    server_upload_time: time(1_000),
    session_id: Date.UTC(2026, 0, 12, 9) + Math.floor(random() * 1e6),
    user_id: `u-${digits(6)}`,
    user_properties: user,
    uuid: uuid(),
    version_name: "5.2.0",
  };
  if (system === "Fire") event.device_brand = "Amazon";
  if (shape === "export") for (const column of NULL_COLUMNS) event[column] ??= null;
  fill(event, bytes ?? (shape === "slim" ? sizeOf(random) : 0), text, random);
  return event;
}

/** Columns of the export that are null in most events. */
const NULL_COLUMNS = [
  "$schema",
  "adid",
  "amplitude_attribution_ids",
  "amplitude_event_type",
  "client_sent_time",
  "data_type",
  "device_brand",
  "device_carrier",
  "device_manufacturer",
  "dma",
  "event_brand",
  "global_user_properties",
  "group_properties",
  "groups",
  "idfa",
  "is_attribution_event",
  "location_lat",
  "location_lng",
  "partner_id",
  "paying",
  "plan",
  "sample_rate",
  "source_id",
  "start_version",
  "user_creation_time",
];

/**
 * Draws the size of an event, 300 B to 8 KB; 0 keeps the size of its columns. Smaller sizes remove
 * columns.
 */
function sizeOf(random) {
  const share = random();
  if (share < 0.18) return 300 + random() * 400;
  if (share < 0.985) return 0;
  return 1_250 + random() * 6_750;
}

function fill(event, bytes, text, random) {
  let size = JSON.stringify(event).length;
  for (const column of [
    "server_upload_time",
    "server_received_time",
    "processed_time",
    "client_upload_time",
    "client_event_time",
    "uuid",
    "device_family",
    "device_type",
    "library",
    "language",
    "region",
    "city",
    "country",
    "amplitude_id",
    "app",
    "event_id",
    "session_id",
    "user_id",
    "os_name",
    "$insert_id",
    "device_model",
    "os_version",
    "device_id",
    "version_name",
  ]) {
    if (bytes === 0 || size <= bytes) break;
    size -= JSON.stringify({ [column]: event[column] }).length - 1;
    delete event[column];
  }
  for (let number = 0; size < bytes - 30; number += 1) {
    const value = text(1 + Math.floor(random() * 12));
    event.event_properties[`note_${number}`] = value;
    size += value.length + `"note_${number}":"",`.length;
  }
}

/** Returns `count` events as NDJSON. */
export function linesOf(count, options = {}) {
  const random = seededRandom(options.seed ?? 5);
  return Buffer.from(
    Array.from(
      { length: count },
      (_, number) => `${JSON.stringify(eventOf(random, number, options))}\n`,
    ).join(""),
  );
}
