// The API of the operator: listing, showing and deleting rejects, retention, and authentication.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { ADMIN, events, startDurableHarness } from "./durable.mjs";
import { TOKEN, assertCounts, assertError, event } from "./support.mjs";

const harness = await startDurableHarness({ after });
beforeEach(async () => {
  await harness.drained();
  harness.kochava.reset();
  await harness.admin("DELETE", "/rejects?all=1");
});

const refusedFor = (count, over = {}) => events(count, { ip_address: null, ...over });
const ids = (rejects) => rejects.map(({ id }) => id);

/** Sends events that break a rule, and waits until the consumer has stored them. */
async function refuse(batch, on = harness) {
  assertCounts(await on.post(batch), 200, { received: batch.length, refused: batch.length });
  await on.drained();
}

/** Returns the ids of the rejects of these events, in the same order. */
async function idsOf(batch, on = harness) {
  const rejects = await on.rejects("?limit=200");
  return batch.map(({ event_type: type }) => rejects.find((reject) => reject.event === type).id);
}

test("without the operator's token every route is 404", async (t) => {
  const open = await startDurableHarness(t, { bindings: { ADMIN_TOKEN: null } });
  const paths = [
    "/rejects",
    "/rejects/",
    "/rejects?all=1",
    "/rejects/0f90403fa2f41d46df4f8b0179869752",
    "/rejects/replay",
    "/rejects/replay?all=1",
    "/stats",
    "/stats?period=ONE_HOUR",
  ];
  const tokens = [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Bearer ${TOKEN}` },
    { "x-api-key": TOKEN },
    { authorization: "Bearer " },
    { authorization: `Bearer ${ADMIN}x` },
  ];
  const unknown = await harness.send("/unknown", { method: "POST" });
  for (const path of paths) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const headers of tokens) {
        const answer = await harness.send(path, { method, headers });
        assert.equal(answer.status, 404, `${method} ${path}`);
        if (method !== "HEAD" && answer.json) assert.deepEqual(answer.json, unknown.json);
      }
      assert.equal(
        (await open.send(path, { method, headers: { authorization: `Bearer ${ADMIN}` } })).status,
        404,
      );
    }
  }
});

test("the operator's token is refused at ingest, and must differ from the ingest token", async (t) => {
  assertError(await harness.post(event(), { token: ADMIN }), 401, "unauthorized");
  const same = await startDurableHarness(t, { bindings: { ADMIN_TOKEN: TOKEN } });
  assert.deepEqual(
    (await same.health()).faults.map(({ path, code }) => [path, code]),
    [["ADMIN_TOKEN", "invalid"]],
  );
  assert.equal((await same.admin("GET", "/rejects", undefined, TOKEN)).status, 404);
});

test("a method that a route does not have is 405, with those it has", async () => {
  for (const [method, path, allow] of [
    ["PUT", "/rejects", "GET, HEAD, DELETE"],
    ["POST", "/stats", "GET, HEAD"],
    ["PATCH", "/rejects", "GET, HEAD, DELETE"],
    ["DELETE", "/rejects/replay", "POST"],
    ["GET", "/rejects/replay", "POST"],
    ["DELETE", "/rejects/0f90403fa2f41d46df4f8b0179869752", "GET, HEAD"],
  ]) {
    const { status, headers } = await harness.admin(
      method,
      path,
      method === "GET" ? undefined : "{}",
    );
    assert.deepEqual([status, headers.allow], [405, allow], `${method} ${path}`);
  }
});

test("rejects are listed in pages, newest first", async () => {
  const batch = refusedFor(7);
  for (const one of batch) await refuse([one]);
  const pages = [];
  let cursor = "";
  do {
    const { json } = await harness.admin(
      "GET",
      `/rejects?limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    pages.push(json.rejects.map(({ event: name }) => name));
    cursor = json.next;
  } while (cursor);
  assert.deepEqual(
    pages.map((page) => page.length),
    [3, 3, 1],
  );
  assert.deepEqual(
    pages.flat().reverse(),
    batch.map(({ event_type: type }) => type),
  );
});

test("pages of rejects with the same time neither skip nor repeat any", async () => {
  await refuse(refusedFor(25));
  const seen = [];
  let cursor = "";
  do {
    const { json } = await harness.admin(
      "GET",
      `/rejects?limit=4${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    seen.push(...ids(json.rejects));
    cursor = json.next;
  } while (cursor);
  assert.deepEqual([seen.length, new Set(seen).size], [25, 25]);
});

test("a list can be filtered by reason, event and time", async () => {
  const start = new Date().toISOString();
  const [named, plain] = refusedFor(2);
  const [both] = events(1, { ip_address: "10.0.0.1", user_properties: {} });
  await refuse([named, plain, both]);
  const found = async (query) =>
    (await harness.rejects(query)).map(({ event: name }) => name).sort();
  const types = (batch) => batch.map((one) => one.event_type).sort();
  assert.deepEqual(await found("?reason=origination-ip-missing"), types([named, plain]));
  assert.deepEqual(await found("?reason=origination-ip-not-public"), types([both]));
  assert.deepEqual(
    await found("?reason=device-identity-missing"),
    types([both]),
    "every reason is matched, not only the first",
  );
  assert.deepEqual(await found(`?event=${encodeURIComponent(named.event_type)}`), types([named]));
  assert.deepEqual(
    await found(`?event=${named.event_type.replace(" ", "+")}&reason=origination-ip-missing`),
    types([named]),
  );
  assert.deepEqual(await found(`?from=${encodeURIComponent(start)}`), types([named, plain, both]));
  assert.deepEqual(await found(`?to=${encodeURIComponent(start)}`), []);
  assert.deepEqual(await found("?reason=currency-unreadable"), []);
});

test("an invalid query or body is refused, and the error repeats nothing of it", async () => {
  const canary = "canary7f3a";
  for (const path of [
    `/rejects?${canary}=1`,
    `/rejects?from=${canary}`,
    "/rejects?to=yesterday",
    `/stats?period=${canary}`,
    `/rejects?reason=${canary}`,
    `/rejects?limit=${canary}`,
    `/rejects?cursor=${canary}`,
    "/rejects?reason=%zz",
  ]) {
    const answer = await harness.admin("GET", path);
    assertError(answer, 400, "bad-query");
    assert.ok(!answer.text.includes(canary), answer.text);
  }
  assert.match(
    (await harness.admin("GET", `/stats?period=${canary}`)).json.error.message,
    /TEN_MINUTES, ONE_HOUR, FOUR_HOURS, ONE_DAY, ONE_WEEK, TWO_WEEKS/,
  );
  for (const body of [
    "{",
    "[]",
    "17",
    '"x"',
    `{"${canary}":1}`,
    '{"ids":"x"}',
    '{"ids":[1]}',
    '{"filter":{"reason":{}}}',
    '{"filter":[]}',
    Buffer.from([0xff]),
  ]) {
    const answer = await harness.admin("POST", "/rejects/replay", body);
    assertError(answer, 400, "bad-query");
    assert.ok(!answer.text.includes(canary), answer.text);
  }
});

test("SQL in a query is treated as text", async () => {
  const [one] = refusedFor(1);
  await refuse([one]);
  const attempts = [
    "' OR '1'='1",
    "x'; DROP TABLE rejects; --",
    '" OR 1=1',
    "%",
    "_",
    "\\",
    "1) OR (1=1",
    "NULL",
    "\u0000",
    "x' UNION SELECT text FROM reject_events --",
  ];
  for (const attempt of attempts) {
    const text = encodeURIComponent(attempt);
    assert.deepEqual(await harness.rejects(`?event=${text}`), [], attempt);
    for (const name of ["reason", "cursor", "limit"])
      assertError(await harness.admin("GET", `/rejects?${name}=${text}`), 400, "bad-query");
    assert.equal((await harness.admin("GET", `/rejects/${text}`)).status, 404, attempt);
    assert.deepEqual((await harness.admin("DELETE", "/rejects", { ids: [attempt] })).json, {
      deleted: 0,
    });
    assert.deepEqual(
      (await harness.admin("DELETE", "/rejects", { filter: { event: attempt } })).json,
      { deleted: 0 },
    );
    assert.equal(
      (await harness.admin("POST", "/rejects/replay", { ids: [attempt] })).json.found,
      0,
    );
  }
  assert.equal((await harness.rejects()).length, 1);
});

test("a reject is shown with its original event, and with its fate under the current settings", async () => {
  const [bad] = refusedFor(1, { ip_address: "10.0.0.1" });
  await refuse([bad]);
  const [id] = await idsOf([bad]);
  const { json } = await harness.admin("GET", `/rejects/${id}`);
  assert.deepEqual(json.event, bad);
  assert.deepEqual(
    [
      json.reject.id,
      json.reject.code,
      json.reject.field,
      json.reject.times,
      json.reject.source,
      json.reject.is_user,
    ],
    [id, "origination-ip-not-public", "data.origination_ip", 1, "amplitude", false],
  );
  assert.equal(json.today.fate, "refused");
  assert.deepEqual(
    json.today.violations.map(({ code, origin }) => [code, origin]),
    [["origination-ip-not-public", "ip_address"]],
  );
  const tried = Object.fromEntries(json.today.fields.map((field) => [field.field, field.tried]));
  assert.deepEqual(tried["data.origination_ip"], [
    { path: "ip_address", found: "origination-ip-not-public" },
  ]);
  assert.deepEqual(tried["data.event_name"], [{ path: "event_type", found: "taken" }]);
  assertError(
    await harness.admin("GET", "/rejects/0123456789abcdef0123456789abcdef"),
    404,
    "not-found",
  );
});

test("a repeated reject is stored once, with a count", async () => {
  const [bad] = refusedFor(1);
  for (const _ of [1, 2, 3]) await refuse([bad]);
  const [reject, ...more] = await harness.rejects();
  assert.deepEqual([reject.times, more], [3, []]);
  assert.ok(reject.first_at < reject.last_at);
});

test("deleting requires a selection", async () => {
  const batch = refusedFor(4);
  await refuse(batch);
  const [first, second] = await idsOf(batch);
  for (const body of [undefined, "", "{}", '{"filter":{}}', '{"filter":{},"dry":1}'])
    assertError(await harness.admin("DELETE", "/rejects", body), 400, "says-not-which");
  assertError(await harness.admin("DELETE", "/rejects?all=0"), 400, "says-not-which");
  assert.deepEqual((await harness.admin("DELETE", "/rejects", { ids: [first, "unknown"] })).json, {
    deleted: 1,
  });
  assert.deepEqual(
    (await harness.admin("DELETE", `/rejects?event=${encodeURIComponent(batch[1].event_type)}`))
      .json,
    { deleted: 1 },
  );
  assert.ok(!ids(await harness.rejects()).includes(second));
  assert.deepEqual((await harness.admin("DELETE", "/rejects", { ids: [] })).json, { deleted: 0 });
  assert.deepEqual((await harness.admin("DELETE", "/rejects?all=1")).json, { deleted: 2 });
  assert.deepEqual(await harness.sql("SELECT * FROM reject_events"), []);
});

test("a request that does not say exactly what to do is refused, and changes and sends nothing", async () => {
  const batch = refusedFor(2);
  await refuse(batch);
  // so that a replay would send them
  await harness.sql(
    'UPDATE reject_events SET text = replace(text, \'"ip_address":null\', \'"ip_address":"203.0.113.24"\')',
  );
  const [id] = await idsOf(batch);
  const cursor = `${Date.now()}-${id}`;
  const changes = [
    "all",
    "all=1&dry",
    "all=1&dry=yes",
    "all=1&dry=",
    "all=1&Dry=1",
    "all=yes",
    "all=1&all=1",
    "all=1&dry=1&dry=0",
    "all=1&limit=1",
    `all=1&cursor=${cursor}`,
    "all=1&period=ONE_DAY",
    "all=1&reason=origination-ip-missing",
    "all=1&from=2026-01-01T00:00:00Z",
    "all=1&canary=1",
    "all=1&sync=eu",
    "reason=",
    "reason=nothing",
    "reason=origination-ip-missing&limit=1",
    "reason=origination-ip-missing&reason=expired",
    "event=",
    "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    `ids=${id}`,
    `id=${id}`,
  ].map((query) => [`?${query}`, undefined]);
  const bodies = [
    '{"filter":{}}',
    '{"filter":{"reason":"nothing"}}',
    '{"filter":{"all":1}}',
    '{"all":1,"filter":{"reason":"expired"}}',
    `{"all":1,"ids":["${id}"]}`,
    `{"ids":["${id}"],"reason":"expired"}`,
    `{"ids":["${id}"],"ids":[]}`,
    '{"all":1,"dry":"yes"}',
    '{"all":1,"dry":null}',
    '{"all":[1]}',
    '{"all":1,"limit":5}',
    '{"reason":["origination-ip-missing"]}',
  ].map((body) => ["", body]);
  for (const [query, body] of [...changes, ...bodies]) {
    for (const [method, path] of [
      ["POST", "/rejects/replay"],
      ["DELETE", "/rejects"],
    ]) {
      const answer = await harness.admin(method, path + query, body);
      assert.equal(answer.status, 400, `${method} ${path}${query} ${body}: ${answer.text}`);
      assert.match(answer.json.error.code, /^(bad-query|says-not-which)$/);
    }
  }
  const conflict = [`/rejects/replay?event=a`, '{"event":"b"}'];
  assertError(await harness.admin("POST", ...conflict), 400, "bad-query");
  for (const path of [
    "/rejects?all=1",
    "/rejects?dry=1",
    "/rejects?limit=0",
    "/rejects?limit=201",
    "/rejects?limit=5&limit=5",
    "/rejects?period=ONE_DAY",
    "/stats?reason=expired",
    "/stats?limit=5",
    "/stats?period=",
    "/stats?period=one_day",
    "/stats?period=ONE_DAY&from=2026-01-01T00:00:00Z",
    "/stats?to=2026-01-01T00:00:00Z",
    `/rejects/${id}?dry=1`,
    `/rejects/${id}?reason=expired`,
  ])
    assertError(await harness.admin("GET", path), 400, "bad-query");
  assert.equal((await harness.rejects()).length, 2);
  await harness.drained();
  assert.equal(harness.kochava.calls.length, 0);
  const { message } = (await harness.admin("POST", "/rejects/replay?all=1&limit=1")).json.error;
  assert.equal(
    message,
    "`limit` has no meaning here; this route takes `ids`, `filter`, `reason`, `event`, `search`, `from`, `to`, `sync`, `all`, `dry`",
  );
});

test("a dry deletion counts and deletes nothing", async () => {
  const batch = refusedFor(3);
  await refuse(batch);
  const [id] = await idsOf(batch);
  for (const [query, body, found] of [
    ["?all=1&dry=1", undefined, 3],
    ["", { all: true, dry: true }, 3],
    ["?reason=origination-ip-missing&dry=1", undefined, 3],
    ["?reason=expired&dry=1", undefined, 0],
    ["?dry=1", { ids: [id, id, "unknown"] }, 1],
  ]) {
    const { json } = await harness.admin("DELETE", `/rejects${query}`, body);
    assert.deepEqual(json, { dry: true, found, deleted: 0 }, query);
  }
  assert.equal((await harness.rejects()).length, 3);
  assert.equal((await harness.sql("SELECT * FROM reject_events")).length, 3);
  assert.deepEqual((await harness.admin("DELETE", "/rejects?all=1&dry=0")).json, { deleted: 3 });
});

test("too many ids are 413, and nothing is done", async () => {
  const [bad] = refusedFor(1);
  await refuse([bad]);
  const [id] = await idsOf([bad]);
  for (const count of [1_001, 70_000]) {
    const ids = Array(count).fill(id);
    assertError(await harness.admin("DELETE", "/rejects", { ids }), 413, "too-many-ids");
    assertError(await harness.admin("POST", "/rejects/replay", { ids }), 413, "too-many-ids");
  }
  assert.equal((await harness.rejects()).length, 1);
  const ids = Array(1_000).fill(id);
  assert.deepEqual((await harness.admin("DELETE", "/rejects", { ids })).json, { deleted: 1 });
});

test("a reject that is stored again replaces all of it, in as many parts as it takes", async () => {
  const long = `${"ü".repeat(1_000_000)} end`;
  const one = refusedFor(1, { event_properties: { story: long } })[0];
  await refuse([one]);
  const [id] = await idsOf([one]);
  const parts = () => harness.sql("SELECT number FROM reject_events WHERE id = ?", id);
  assert.equal((await parts()).length, 3);
  const short = { ...one, ip_address: "10.0.0.1", event_properties: {} };
  await refuse([short]);
  const { json } = await harness.admin("GET", `/rejects/${id}`);
  assert.deepEqual(json.event, short);
  assert.deepEqual([json.reject.code, json.reject.times], ["origination-ip-not-public", 2]);
  assert.equal((await parts()).length, 1);
});

test("while settings have faults rejects can be seen and deleted, and replay says why it cannot", async (t) => {
  const own = await startDurableHarness(t);
  const batch = refusedFor(2);
  await refuse(batch, own);
  const [id] = await idsOf(batch, own);
  await own.restart({ settings: { enabled: "yes" } });
  assert.deepEqual(
    (await own.health()).faults.map(({ path, code }) => [path, code]),
    [["enabled", "wrong-type"]],
  );
  assert.equal((await own.rejects("?reason=origination-ip-missing")).length, 2);
  const { json } = await own.admin("GET", `/rejects/${id}`);
  assert.deepEqual([json.event, json.today, json.fix.by], [batch[0], null, "settings"]);
  assert.equal((await own.stats()).eventsDiscarded, 2);
  for (const query of ["?all=1", "?all=1&dry=1"])
    assertError(await own.admin("POST", `/rejects/replay${query}`), 503, "misconfigured");
  assertError(await own.admin("POST", "/rejects/replay?all=1&dry"), 400, "bad-query");
  assert.deepEqual((await own.admin("DELETE", "/rejects", { ids: [id] })).json, { deleted: 1 });
  assert.equal((await own.admin("GET", "/rejects", undefined, TOKEN)).status, 404);
  assertError(await own.post(event()), 503, "misconfigured");
});

test("what is still refused says who can mend it", async () => {
  await refuse(refusedFor(1, { ip_address: "10.0.0.1" }));
  const { json } = await harness.admin("POST", "/rejects/replay?all=1");
  assert.deepEqual(json.results, { refused: 1 });
  assert.equal(json.rejects[0].fix.by, "app");
  assert.match(json.rejects[0].fix.how, /a stored event cannot be edited/);
});

test('with rejects.keep "reason" nothing of an event is stored', async (t) => {
  const own = await startDurableHarness(t, { settings: { rejects: { keep: "reason" } } });
  const canary = { event_properties: { level: "canary" }, user_id: "canary-user" };
  const [bad, rejected] = [...refusedFor(1, canary), ...events(1, canary)];
  own.kochava.script([{ body: { success: "0", error: "canary" } }]);
  await own.post([bad, rejected]);
  // too large for a message: until its reject is stored, it waits in the database
  const [large] = refusedFor(1, { ...canary, event_properties: { level: "x".repeat(150_000) } });
  await own.post([large]);
  await own.drained();
  assert.deepEqual(await own.sql("SELECT key FROM large_events"), []);
  const rejects = await own.rejects();
  assert.deepEqual(rejects.map(({ code }) => code).sort(), [
    "kochava-rejected",
    "origination-ip-missing",
    "origination-ip-missing",
  ]);
  const stored = JSON.stringify([
    await own.sql("SELECT * FROM rejects"),
    await own.sql("SELECT * FROM reject_events"),
    rejects,
  ]);
  for (const secret of ["canary", "KA-9F3C", "203.0.113", "38400000"])
    assert.ok(!stored.includes(secret), stored);
  assert.equal((await own.sql("SELECT * FROM reject_events")).length, 0);
  const { json } = await own.admin("GET", `/rejects/${rejects[0].id}`);
  assert.deepEqual([json.event, json.today], [null, null]);
  assert.deepEqual((await own.admin("POST", "/rejects/replay?all=1")).json.results, {
    "not-kept": 3,
  });
});

const sweep = async (on) => {
  const worker = await on.worker.miniflare.getWorker();
  assert.equal((await worker.scheduled({ cron: "17 * * * *" })).outcome, "ok");
};

test('once rejects.keep is "reason", what was kept before is stripped: at the next sweep, or when it is stored again', async (t) => {
  const own = await startDurableHarness(t);
  const canary = { event_properties: { level: "canary" }, user_id: "canary-user" };
  const [bad, again, rejected] = [...refusedFor(2, canary), ...events(1, canary)];
  own.kochava.script([{ body: { success: "0", error: "canary" } }]);
  await own.post([bad, again, rejected]);
  await own.drained();
  assert.equal((await own.sql("SELECT * FROM reject_events")).length, 3);
  await own.restart({ settings: { rejects: { keep: "reason" } } });
  await refuse([again], own);
  assert.equal((await own.sql("SELECT * FROM reject_events")).length, 2);
  await sweep(own);
  const stored = JSON.stringify([
    await own.sql("SELECT * FROM rejects"),
    await own.sql("SELECT * FROM reject_events"),
  ]);
  for (const secret of ["canary", "KA-9F3C", "203.0.113", "38400000"])
    assert.ok(!stored.includes(secret), stored);
  assert.equal((await own.rejects()).length, 3);
});

test("retention is swept while settings have faults: as `rejects` says, or after a year where that is unreadable", async (t) => {
  const own = await startDurableHarness(t);
  const batch = refusedFor(3);
  await refuse(batch, own);
  const all = await idsOf(batch, own);
  const age = (id, days) =>
    own.sql("UPDATE rejects SET last_at = ? WHERE id = ?", Date.now() - days * 86_400_000, id);
  const [week, year, young] = all;
  await age(week, 8);
  await age(year, 366);
  await own.restart({ settings: { enabled: "yes", rejects: { retention_days: "7" } } });
  await sweep(own);
  assert.deepEqual(ids(await own.rejects()).sort(), [week, young].sort());
  await own.restart({ settings: { enabled: "yes", rejects: { retention_days: 7 } } });
  await sweep(own);
  assert.deepEqual(ids(await own.rejects()), [young]);
});

test("the hourly schedule deletes rejects beyond the retention", async () => {
  const batch = refusedFor(3);
  await refuse(batch);
  const [old, older, young] = await idsOf(batch);
  const day = 86_400_000;
  const age = (id, days) =>
    harness.sql("UPDATE rejects SET last_at = ? WHERE id = ?", Date.now() - days * day, id);
  await age(old, 30.1);
  await age(older, 400);
  await age(young, 29.9);
  const worker = await harness.worker.miniflare.getWorker();
  const { outcome } = await worker.scheduled({ cron: "17 * * * *" });
  assert.equal(outcome, "ok");
  assert.deepEqual(ids(await harness.rejects()), [young]);
  assert.deepEqual(
    (await harness.sql("SELECT id FROM reject_events")).map(({ id }) => id),
    [young],
  );
});

test("a store that does not answer is reported to the operator", async () => {
  await harness.fail({ DB: { times: 3 } });
  assertError(await harness.admin("GET", "/rejects"), 503, "store-unavailable");
  await harness.fail({ JOURNAL: { times: 1 } });
  assertError(await harness.admin("GET", "/stats"), 503, "store-unavailable");
  await harness.fail({});
});
