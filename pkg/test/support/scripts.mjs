// Plays tests/delivery/scripts.json, whose notation its member `about` explains.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Mapper } from "kochava-edge";

const { scripts, bodies } = JSON.parse(
  readFileSync(new URL("../../../tests/delivery/scripts.json", import.meta.url)),
);
export { bodies };

/** Calls in flight at once: so many may be on their way when a run stops. */
const CONNECTIONS_MAX = 6;
const SUCCESS = { yes: '{"success":"1"}', no: '{"success":"0"}', unreadable: "<html>", empty: "" };

/** The parcels of a script, each with its calls; `attempts` is "once" or "retrying". */
function parcelsOf({ parcels, rounds = 1 }, attempts) {
  const rows = Array.from({ length: rounds }, () => parcels).flat();
  return rows.flatMap((row) =>
    Array.from({ length: row.times ?? 1 }, () => {
      const expected = (row.outcome ?? row[attempts]).split(", ");
      const calls = row.calls.split("; ").map((call, index) => {
        const [kind, answers] = call.split(": ");
        return { kind, answers: answers.split(", "), expected: expected[index].split(" | ") };
      });
      return { app: row.app ?? "koexample", calls };
    }),
  );
}

/** The scripts, each with the parcels and the policy of both ways to play it. */
export function plays() {
  return scripts.flatMap((script) =>
    ["once", "retrying"].map((attempts) => {
      const parcels = parcelsOf(script, attempts);
      const answers = parcels.flatMap(({ calls }) => calls.flatMap((call) => call.answers));
      const policy = {
        attempts: attempts === "once" ? 1 : 3,
        ...(answers.includes("timeout") && { timeout_ms: 200 }),
      };
      return { name: `${script.name} (${attempts})`, parcels, policy, posts: script.posts };
    }),
  );
}

/** For each parcel its requests, marked so that `fetchOf` knows which call one is. */
export function requestsOf(parcels) {
  return parcels.map(({ app, calls }, parcel) =>
    calls.map(({ kind }, index) => {
      const request = requestOf(kind, app);
      return { ...request, url: `${request.url}?call=${parcel}.${index}` };
    }),
  );
}

/**
 * A `fetch` that answers by the script. Answers come one after the other in the order of the calls,
 * so that outcomes do not depend on how fast a body is read.
 */
export function fetchOf(parcels) {
  const attempts = new Map();
  let turn = Promise.resolve();
  return (url, { signal }) => {
    const call = new URL(url).searchParams.get("call");
    const [parcel, index] = call.split(".").map(Number);
    const { answers } = parcels[parcel].calls[index];
    const attempt = attempts.get(call) ?? 0;
    attempts.set(call, attempt + 1);
    const answer = answers[Math.min(attempt, answers.length - 1)];
    if (answer === "timeout")
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)),
      );
    const response = turn.then(() => responseOf(answer));
    turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, 1)));
    return response;
  };
}

function responseOf(answer) {
  if (answer === "unreachable") throw new TypeError("fetch failed");
  if (answer in SUCCESS) return new Response(SUCCESS[answer]);
  const [status, after] = answer.split("+");
  const headers = after === undefined ? {} : { "Retry-After": after };
  return new Response("", { status: Number(status), headers });
}

/** Asserts that the deliveries are those of the script. */
export function assertPlayed({ parcels, posts }, deliveries) {
  const calls = parcels.flatMap(({ calls }, parcel) => calls.map((call) => ({ parcel, ...call })));
  assert.equal(deliveries.length, calls.length);
  let made = 0;
  for (const [index, { parcel, kind, expected }] of calls.entries()) {
    const { outcome, attempts, retryAfterMs } = deliveries[index];
    const after = retryAfterMs === null ? "" : ` +${retryAfterMs / 1_000}`;
    const told = `${outcome} ${attempts}${after}`;
    const isExpected = expected.some((one) => one === told || one === outcome);
    assert.ok(isExpected, `parcel ${parcel}, ${kind}: ${told} and not ${expected.join(" or ")}`);
    made += attempts;
  }
  if (posts === undefined) return;
  const most = posts + CONNECTIONS_MAX - 1;
  assert.ok(made >= posts && made <= most, `${made} posts, expected ${posts} to ${most}`);
}

/** A request of an event or an identity of an app. */
export function requestOf(kind, app) {
  if (!apps.has(app)) apps.set(app, requestsOfApp(app));
  return apps.get(app).find((request) => request.kind === kind);
}

const apps = new Map();

function requestsOfApp(app) {
  const mapper = new Mapper({
    app_guid: app,
    users: { send: true, from: "both" },
    mapping: { kochava_device_id: "kd", origination_ip: "ip_address", idfv: "idfv" },
  });
  const { fates } = mapper.plan({
    event_type: "Level Up",
    platform: "iOS",
    os_version: "13.1",
    ip_address: "203.0.113.9",
    kd: "KI-1",
    idfv: "11111111-2222-4333-8444-555555555555",
    user_id: "u-1",
  });
  return fates[0].requests;
}
