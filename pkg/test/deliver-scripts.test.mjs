// The scripts of tests/delivery/scripts.json, played by `deliver` as a user calls it. The core plays
// the same table against its parcel machine.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Mapper, deliver } from "kochava-edge";
import { fetchOf, parcelsOf, resultsOf } from "./support/scripts.mjs";

const { scripts, bodies } = JSON.parse(
  readFileSync(new URL("../../tests/delivery/scripts.json", import.meta.url)),
);
/** Connections of `deliver`: so many calls may be in flight when it stops. */
const CONNECTIONS_MAX = 6;

/** The requests of an event and of its identity, for an app. */
function requestsOf(app) {
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
  const [event, identity] = fates[0].requests;
  assert.deepEqual([event.kind, identity.kind], ["event", "identity"]);
  return { event, identity };
}

const apps = new Map();
const requestOf = (kind, app) => {
  if (!apps.has(app)) apps.set(app, requestsOf(app));
  return apps.get(app)[kind];
};

for (const script of scripts)
  for (const [attempts, policy] of [
    ["once", { attempts: 1 }],
    ["retrying", { attempts: 3 }],
  ])
    test(`${script.name} (${attempts})`, async () => {
      const parcels = parcelsOf(script, attempts);
      const hasTimeout = parcels.some(({ calls }) =>
        calls.some(({ answers }) => answers.includes("timeout")),
      );
      const { fetch, posts, requests } = fetchOf(parcels, requestOf);
      const deliveries = await deliver(requests, {
        fetch,
        policy: { ...policy, ...(hasTimeout && { timeout_ms: 200 }) },
      });
      const results = resultsOf(parcels, deliveries);
      assert.deepEqual(
        results.filter(({ isExpected }) => !isExpected),
        [],
      );
      if (script.posts !== undefined)
        assert.ok(
          posts() >= script.posts && posts() < script.posts + CONNECTIONS_MAX,
          `${posts()} posts, expected ${script.posts} and those in flight`,
        );
    });

test("every body of a 200 is read as the table says", async () => {
  assert.ok(bodies.length >= 50);
  for (const [body, expected] of bodies) {
    const fetch = async () => new Response(body);
    const [{ outcome }] = await deliver([requestOf("event", "koexample")], { fetch });
    assert.equal(outcome, expected, body);
  }
});
