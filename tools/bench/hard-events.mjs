// Generates events on which the core was not tuned, from a seed: `ndjson-hard`.
//
// They are flat events as an app's own backend sends them to Amplitude's HTTP V2 API
// (https://amplitude.com/docs/apis/analytics/http-v2, "Keys for the event argument"): other keys than
// the Export API's, in another order on each platform, and the platform changes from line to line.
// All properties are sent (`"*"`), some of them nested; every fifth text is beyond ASCII.

import { seededRandom } from "../../worker/test/chaos/random.mjs";

/** Everything is sent, nothing is renamed or selected. */
export const HARD_SETTINGS = {
  app_guid: { ios: "kohard-ios", android: "kohard-android", default: "kohard-web" },
  events: { properties: "*", user_properties: "*" },
  mapping: {
    kochava_device_id: "user_properties.kochava_device_id",
    origination_ip: "ip",
    idfa: "idfa",
    idfv: "idfv",
    adid: "adid",
    app_version: "app_version",
    device_ua: "user_properties.user_agent",
  },
};

const TYPES = [
  "Song Played",
  "Playlist Shared",
  "Level Complete",
  "Abo verlängert",
  "検索",
  "Checkout",
];
const WORDS =
  "velvet echo harbor lantern meadow signal copper drift ember quartz saddle willow".split(" ");
const NON_ASCII = ["Gießen", "façade", "東京", "мелодия", "ŝtelo", "🎧 live", "naïve café", "Łódź"];
const AGENTS = {
  iOS: "Beat/7.1 (iPhone16,1; iOS 19.1; Scale/3.00)",
  Android: "Dalvik/2.1.0 (Linux; U; Android 16; SM-S931B Build/BP2A.250605.031)",
  Web: "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
};
const PLATFORMS = Object.keys(AGENTS);

/** Returns `count` events as NDJSON. */
export function hardLinesOf(count, seed = 17) {
  const random = seededRandom(seed);
  const lines = Array.from({ length: count }, (_, number) => hardEventOf(random, number));
  return Buffer.from(lines.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

function hardEventOf(random, number) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const below = (limit) => Math.floor(random() * limit);
  const hex = (length) => Array.from({ length }, () => below(16).toString(16)).join("");
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join("-");
  const text = () => (random() < 0.2 ? pick(NON_ASCII) : `${pick(WORDS)} ${pick(WORDS)}`);
  const platform = PLATFORMS[number % PLATFORMS.length];
  const event = {
    user_id: `user-${below(1e6)}`,
    device_id: uuid(),
    event_type: pick(TYPES),
    time: Date.UTC(2026, 0, 12, 9) + number * 911,
    platform,
    app_version: `7.${below(9)}.${below(20)}`,
    ip: `198.51.100.${1 + below(250)}`,
    insert_id: uuid(),
    session_id: Date.UTC(2026, 0, 12, 8) + below(1e6),
    event_id: below(4_000),
    country: pick(["Germany", "Japan", "Polska"]),
    region: text(),
    city: text(),
    language: pick(["de", "ja", "English"]),
    device_brand: pick(["Apple", "Samsung", "Google"]),
    device_model: pick(["iPhone16,1", "SM-S931B", "Chrome"]),
    location_lat: Math.round(random() * 9e6) / 1e5,
    location_lng: Math.round(random() * 9e6) / 1e5,
    library: "http/2.0",
    event_properties: {
      title: text(),
      position: below(500),
      share: Math.round(random() * 1e6) / 1e6,
      offline: random() < 0.5,
      referrer: null,
      tags: [pick(WORDS), text(), below(9)],
      context: { list: { id: hex(12), name: text() }, shuffle: random() < 0.5, queue: below(80) },
      [`experiment_${pick(WORDS)}`]: pick(["control", "treatment"]),
    },
    user_properties: {
      kochava_device_id: `K${hex(16).toUpperCase()}`,
      user_agent: AGENTS[platform],
      favourite: text(),
      plan: { name: pick(["free", "family"]), since: `2025-0${1 + below(9)}-1${below(9)}` },
    },
  };
  if (platform === "iOS")
    Object.assign(event, { idfv: uuid().toUpperCase(), os_name: "ios", carrier: text() });
  if (platform === "Android")
    Object.assign(event, { adid: uuid(), os_name: "android", os_version: "16" });
  return platform === "Android"
    ? Object.fromEntries(Object.entries(event).reverse())
    : platform === "Web"
      ? Object.fromEntries(Object.entries(event).sort())
      : event;
}
