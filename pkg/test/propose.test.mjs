// `propose`, and the advice in `explain`.

import assert from "node:assert/strict";
import test from "node:test";
import { InputError, Mapper, SettingsError, UnreadableError, propose } from "../node.js";
import { EVENT, SETTINGS } from "./support/proposal.mjs";

test("a proposal has each field with its path and the reason, and settings that work", () => {
  const { source, sources, settings, fields } = propose(EVENT);
  assert.deepEqual([source, sources], [null, ["generic"]]);
  assert.deepEqual(settings, SETTINGS);
  const adid = fields.find(({ setting }) => setting === "mapping.adid");
  assert.deepEqual(adid, {
    setting: "mapping.adid",
    chosen: "device.gaid",
    value: "device.gaid",
    expected: null,
    candidates: [
      {
        setting: "mapping.adid",
        path: "device.gaid",
        why: "Android's advertising id",
        value_kind: "uuid",
        certain: true,
        value: "device.gaid",
      },
    ],
  });
  const [fate] = new Mapper(settings).plan(EVENT).fates;
  assert.equal(fate.fate, "ready");
});

test("lines, bytes and text are proposed for alike", () => {
  const lines = `${JSON.stringify(EVENT)}\n${JSON.stringify(EVENT)}\n`;
  const wanted = propose(EVENT);
  assert.deepEqual(propose(lines), wanted);
  assert.deepEqual(propose(new TextEncoder().encode(lines)), wanted);
});

test("settings that are given are kept", () => {
  const given = {
    app_guid: "komine",
    events: { properties: "*" },
    mapping: { event_name: "title", kochava_device_id: "kd", origination_ip: "ip", adid: "adid" },
  };
  const { settings } = propose(EVENT, { source: "generic" }, given);
  assert.deepEqual([settings.app_guid, settings.events], ["komine", given.events]);
  assert.deepEqual(settings.mapping.origination_ip, ["ip", "client_ip"]);
  assert.equal("sources" in settings, false);
});

test("what cannot be proposed for is told by class", () => {
  assert.throws(() => propose("{"), UnreadableError);
  assert.throws(() => propose(undefined), InputError);
  assert.throws(() => propose(EVENT, {}, "settings"), InputError);
  assert.throws(
    () => propose(EVENT, {}, { app_guid: "ko", enabled: 1 }),
    (error) => error instanceof SettingsError && error.faults[0].path === "enabled",
  );
});

test("explain advises about refusals, skips and warnings, and plan does not", () => {
  const mapper = new Mapper({
    app_guid: "koexample",
    events: { select: [{ names: ["Purchase"] }, { names: ["Level Up"] }] },
    mapping: { kochava_device_id: "kd", origination_ip: "ip_address", idfv: "idfv" },
  });
  const event = { event_type: "Level Up", event_time: "2026-01-01 00:00:00.000000", kd: "KI1" };
  const input = [
    { ...event, client_ip: "203.0.113.9" },
    { ...event, event_type: "Song Played" },
    { ...event, ip_address: "203.0.113.9" },
  ];
  const [refused, skipped, ready] = mapper.explain(input, { source: "amplitude" }).fates;
  const [missing] = refused.violations;
  assert.equal(missing.code, "origination-ip-missing");
  assert.deepEqual(missing.advice, {
    setting: "mapping.origination_ip",
    settings: ["mapping.origination_ip"],
    help: "reasons.md#origination-ip-missing",
    candidates: [
      {
        setting: "mapping.origination_ip",
        path: "client_ip",
        why: "a public IP address",
        value_kind: "ip",
        certain: true,
        value: ["ip_address", "client_ip"],
      },
    ],
    block: null,
    patch: [],
  });
  assert.equal(skipped.advice.setting, "events.select");
  assert.deepEqual(skipped.advice.patch, [
    { path: "events.select[0].names[1]", value: "Song Played" },
  ]);
  assert.equal(ready.fate, "ready");
  for (const { code, advice } of ready.warnings) assert.match(advice.help, new RegExp(`#${code}$`));
  assert.ok(ready.warnings.length > 0);
  const planned = mapper.plan(input, { source: "amplitude" }).fates;
  assert.equal("advice" in planned[1], false);
  assert.equal("advice" in planned[0].violations[0], false);
});
