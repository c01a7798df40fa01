// The script of the stand-in: the steps that are left, and which one answers a request.
//
// A step is { match?: { path?, contains?, event_name? }, forever?, delayMs?, … } with the answer to
// send; README.md lists all keys. The first remaining step that matches is used; without one the
// answer is success.

export class ScriptError extends Error {}

export function newScript(steps = []) {
  let left = [];
  const script = {
    /**
     * Replaces the remaining steps. Throws ScriptError for an invalid step, and then keeps the
     * previous ones.
     */
    load(next) {
      if (!Array.isArray(next)) throw new ScriptError("a script must be a list of steps");
      next.forEach(checkStep);
      left = [...next];
    },
    /** Removes and returns the step for a call; `{}` if none matches. */
    next(call) {
      const index = left.findIndex((step) => matches(step.match ?? {}, call));
      if (index < 0) return {};
      return left[index].forever ? left[index] : left.splice(index, 1)[0];
    },
    get length() {
      return left.length;
    },
  };
  script.load(steps);
  return script;
}

function matches({ path, contains, event_name: eventName }, call) {
  return (
    (path === undefined || path === call.path) &&
    (contains === undefined || call.bodyText.includes(contains)) &&
    (eventName === undefined || eventName === call.body?.data?.event_name)
  );
}

function checkStep(step, index) {
  checkKeys(step, STEP, `step ${index}`);
  if (step.match !== undefined) checkKeys(step.match, MATCH, `step ${index}, match`);
  if (ENDINGS.filter((key) => step[key] !== undefined && step[key] !== false).length > 1) {
    throw new ScriptError(`step ${index} has more than one of ${ENDINGS.join(", ")}`);
  }
}

function checkKeys(found, table, where) {
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw new ScriptError(`${where} is not an object`);
  for (const [key, value] of Object.entries(found)) {
    if (!Object.hasOwn(table, key)) throw new ScriptError(`${where} has an unknown key, ${key}`);
    if (!table[key](value)) throw new ScriptError(`${where} has an invalid ${key}`);
  }
}

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// Mutually exclusive kinds of answers; a step has at most one of them.
const ENDINGS = ["body", "empty", "garbage", "hugeBytes", "redirect", "reset", "silence"];
const MATCH = { path: isText, contains: isText, event_name: isText };
const STEP = {
  match: isTable,
  forever: isFlag,
  delayMs: isCount,
  status: (value) => Number.isInteger(value) && value >= 200 && value <= 599,
  headers: isTable,
  retryAfter: (value) => isText(value) || isCount(value),
  body: () => true,
  empty: isFlag,
  garbage: isFlag,
  hugeBytes: isCount,
  redirect: isText,
  reset: isFlag,
  silence: isFlag,
  truncate: isFlag,
};
