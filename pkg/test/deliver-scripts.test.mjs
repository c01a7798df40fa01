// The scripts of tests/delivery/scripts.json, played by `deliver` and by the command line. The core
// plays the same table against its parcel machine.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { deliver } from "kochava-edge";
import { folder, parsed, run } from "./cli/bin.mjs";
import { assertPlayed, bodies, fetchOf, plays, requestOf, requestsOf } from "./support/scripts.mjs";

const SCRIPTED = new URL("./cli/scripted-fetch.mjs", import.meta.url).href;

for (const play of plays()) {
  const { name, parcels, policy } = play;
  test(`deliver: ${name}`, async () => {
    const requests = requestsOf(parcels).flat();
    assertPlayed(play, await deliver(requests, { fetch: fetchOf(parcels), policy }));
  });

  test(`command line: ${name}`, async (t) => {
    const fates = requestsOf(parcels).map((requests) => ({
      fate: "ready",
      requests,
      warnings: [],
    }));
    const cwd = await folder(t, {
      "fates.ndjson": fates.map((fate) => `${JSON.stringify(fate)}\n`).join(""),
      "parcels.json": JSON.stringify(parcels),
    });
    const options = Object.entries(policy).flatMap(([key, value]) => [
      `--${key.replace("_", "-")}`,
      String(value),
    ]);
    const words = ["deliver", "-o", "ndjson", ...options, "fates.ndjson"];
    const env = { NODE_OPTIONS: `--import ${SCRIPTED}`, SCRIPTED: join(cwd, "parcels.json") };
    const { code, out, err } = await run(words, { cwd, env });
    assert.equal(err, "");
    const deliveries = parsed(out).flatMap((fate) => fate.deliveries);
    assertPlayed(play, deliveries);
    const isAccepted = ({ outcome }) => ["delivered", "unconfirmed"].includes(outcome);
    assert.equal(code, deliveries.every(isAccepted) ? 0 : 1);
  });
}

test("every body of a 200 is read as the table says", async () => {
  assert.ok(bodies.length >= 50);
  for (const [body, expected] of bodies) {
    const fetch = async () => new Response(body);
    const [{ outcome }] = await deliver([requestOf("event", "koexample")], { fetch });
    assert.equal(outcome, expected, body);
  }
});
