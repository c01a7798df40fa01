// Reads tests/delivery/scripts.json, whose notation its member `about` explains.

const SUCCESS = { yes: '{"success":"1"}', no: '{"success":"0"}', unreadable: "<html>", empty: "" };

/** The parcels of a script, each with its calls; `attempts` is "once" or "retrying". */
export function parcelsOf({ parcels, rounds = 1 }, attempts) {
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

/**
 * The requests of parcels, and a `fetch` that answers them by the script. Answers come one after the
 * other in the order of the calls, so that outcomes do not depend on how fast a body is read.
 */
export function fetchOf(parcels, requestOf) {
  const answers = new Map();
  let turn = Promise.resolve();
  let posts = 0;
  const requests = parcels.flatMap(({ app, calls }, parcel) =>
    calls.map(({ kind, answers: list }, index) => {
      const request = requestOf(kind, app);
      // the mark tells the stub which call it is; Kochava gets no query
      const url = `${request.url}?call=${parcel}.${index}`;
      answers.set(url, { list, next: 0 });
      return { ...request, url };
    }),
  );
  const fetch = (url, { signal }) => {
    posts += 1;
    const call = answers.get(url);
    const answer = call.list[Math.min(call.next++, call.list.length - 1)];
    if (answer === "timeout")
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)),
      );
    const response = turn.then(() => responseOf(answer));
    turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, 1)));
    return response;
  };
  return { requests, fetch, posts: () => posts };
}

function responseOf(answer) {
  if (answer === "unreachable") throw new TypeError("fetch failed");
  if (answer in SUCCESS) return new Response(SUCCESS[answer]);
  const [status, after] = answer.split("+");
  const headers = after === undefined ? {} : { "Retry-After": after };
  return new Response("", { status: Number(status), headers });
}

/** What became of each call, and whether the script expects it. */
export function resultsOf(parcels, deliveries) {
  const calls = parcels.flatMap(({ calls }, parcel) => calls.map((call) => ({ parcel, ...call })));
  if (calls.length !== deliveries.length)
    return [{ isExpected: false, calls: calls.length, deliveries: deliveries.length }];
  return calls.map(({ parcel, kind, expected }, index) => {
    const { outcome, attempts, retryAfterMs } = deliveries[index];
    const after = retryAfterMs === null ? "" : ` +${retryAfterMs / 1_000}`;
    const told = `${outcome} ${attempts}${after}`;
    const isExpected = expected.some((one) => one === told || one === outcome);
    return { parcel, kind, told, expected, isExpected };
  });
}
