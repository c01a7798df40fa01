// The control API of the stand-in below /_sim/: its health, recorded calls and script.

import { ScriptError } from "./script.mjs";

export const CONTROL_PREFIX = "/_sim/";

/** Answers a request below /_sim/ → { status, body }. */
export function control({ method, path, bodyText }, kochava) {
  const route = `${method} ${path}`;
  const handle = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
  return handle
    ? handle(kochava, bodyText)
    : { status: 404, body: { error: "unknown control route" } };
}

const ROUTES = {
  "GET /_sim/health": ({ calls, stepsLeft }) => ({
    status: 200,
    body: { ok: true, calls: calls.length, stepsLeft },
  }),
  "GET /_sim/calls": ({ calls }) => ({ status: 200, body: calls }),
  "DELETE /_sim/calls": (kochava) => {
    kochava.calls.length = 0;
    return { status: 200, body: { ok: true } };
  },
  "POST /_sim/script": (kochava, bodyText) => {
    try {
      kochava.script(JSON.parse(bodyText));
      return { status: 200, body: { ok: true, stepsLeft: kochava.stepsLeft } };
    } catch (error) {
      if (!(error instanceof ScriptError) && !(error instanceof SyntaxError)) throw error;
      return {
        status: 400,
        body: { error: error instanceof ScriptError ? error.message : "the script is not JSON" },
      };
    }
  },
};
