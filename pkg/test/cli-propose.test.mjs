// `kochava-edge propose`, and the advice that `explain` prints.

import assert from "node:assert/strict";
import test from "node:test";
import { parse } from "smol-toml";
import { folder, run } from "./cli/bin.mjs";
import { EVENT, SETTINGS } from "./support/proposal.mjs";

const INPUT = JSON.stringify(EVENT);

test("propose prints settings that plan takes, and the reasons beside them", async (t) => {
  const { code, out, err } = await run(["propose"], { input: INPUT });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), SETTINGS);
  assert.match(err, /^mapping\.adid: device\.gaid \(Android's advertising id\)$/m);
  const cwd = await folder(t, { "settings.json": out });
  const planned = await run(["plan"], { input: INPUT, cwd });
  assert.equal(JSON.parse(planned.out).fate, "ready");
});

test("as TOML they are the variables of a wrangler.toml", async (t) => {
  const { out } = await run(["propose", "--toml"], { input: `${INPUT}\n${INPUT}\n` });
  assert.deepEqual(JSON.parse(JSON.stringify(parse(out))), { vars: { SETTINGS } });
  const cwd = await folder(t, { "wrangler.toml": out });
  const planned = await run(["plan"], { input: INPUT, cwd });
  assert.equal(JSON.parse(planned.out).fate, "ready");
});

test("an array and lines of arrays are proposed for as their events are", async () => {
  for (const input of [`[${INPUT},${INPUT}]`, `[${INPUT}]\n[${INPUT},${INPUT}]\n`]) {
    const { code, out } = await run(["propose"], { input });
    assert.deepEqual([code, JSON.parse(out)], [0, SETTINGS], input);
  }
});

test("given settings are kept, and what is missing is told", async (t) => {
  const given = { app_guid: "komine", mapping: { ...SETTINGS.mapping, origination_ip: "ip" } };
  const cwd = await folder(t, { "mine.json": JSON.stringify(given) });
  const kept = await run(["propose", "-s", "mine.json"], { input: INPUT, cwd });
  assert.deepEqual(JSON.parse(kept.out), {
    ...given,
    mapping: { ...given.mapping, origination_ip: ["ip", "client_ip"] },
  });
  const empty = await run(["propose"], { input: '{"name":"Level Up"}' });
  assert.match(
    empty.err,
    /^mapping\.origination_ip: nothing fits; have the app send it at origination_ip, or map another path$/m,
  );
});

test("settings with other faults, and what is no batch, end with 2", async (t) => {
  const cwd = await folder(t, { "faulty.json": '{"app_guid":"ko","enabled":1}' });
  const faulty = await run(["propose", "-s", "faulty.json"], { input: INPUT, cwd });
  assert.deepEqual([faulty.code, faulty.out], [2, ""]);
  assert.match(faulty.err, /enabled/);
  const missing = await run(["propose", "-s", "nowhere.json"], { input: INPUT, cwd });
  assert.deepEqual([missing.code, missing.err], [2, "nowhere.json: no such file\n"]);
});

test("explain says which setting decides and what would help", async (t) => {
  const mapping = { kochava_device_id: "kd", origination_ip: "ip_address", idfv: "idfv" };
  const settings = { app_guid: "ko", events: { select: [{ names: ["Level Up"] }] }, mapping };
  const cwd = await folder(t, { "settings.json": JSON.stringify(settings) });
  const event = { event_type: "Level Up", event_time: "2026-01-01 00:00:00", kd: "KA1" };
  const explain = async (members) => {
    const input = JSON.stringify({ ...event, ...members });
    const { out } = await run(["explain", "-o", "table"], { input, cwd });
    return out.replace(/\s+/g, " ");
  };
  const refused = await explain({ client_ip: "203.0.113.9" });
  assert.ok(
    refused.includes(
      'decided by mapping.origination_ip try mapping.origination_ip = ["ip_address","client_ip"]: client_ip, a public IP address',
    ),
    refused,
  );
  const skipped = await explain({ event_type: "Search" });
  assert.ok(
    skipped.includes(
      'decided by events.select; block 0 comes nearest to send it: events.select[0].names[1] = "Search"',
    ),
    skipped,
  );
});
