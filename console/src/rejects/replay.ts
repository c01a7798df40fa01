// Replays rejects, one request after the other, until none is left that can be sent.

import { request, type Fault } from "../api/client";
import type { Replay, ReplayResult } from "../api/types";
import { bodyOf, type Selection } from "./selection";

export type Results = Partial<Record<ReplayResult, number>>;

/** Returns what a replay would send; at most a thousand rejects are looked at. */
export const dryReplay = (selection: Selection) =>
  request<Replay>("/rejects/replay", { method: "POST", body: bodyOf(selection, true) });

/** How many rejects are selected. */
export const countOf = (selection: Selection) =>
  request<{ found: number }>("/rejects", { method: "DELETE", body: bodyOf(selection, true) });

/**
 * How many of the selected rejects Kochava may have counted already, since its answer could not be
 * read; those among `ids` are seen by a dry replay.
 */
export async function unconfirmedOf(selection: Selection): Promise<number> {
  if ("ids" in selection) return 0;
  const { reason = "" } = selection.filter;
  if (reason !== "" && reason !== "unconfirmed") return 0;
  const answer = await countOf({ filter: { ...selection.filter, reason: "unconfirmed" } });
  return answer.ok ? answer.value.found : 0;
}

/**
 * Sends them again. One request puts at most a hundred into the queue, so this goes on as long as
 * requests queue some and others are left. `onProgress` is called after each request with the
 * results so far; `isStopped` is called before each request.
 */
export async function replayAll(
  selection: Selection,
  onProgress: (results: Results) => void,
  isStopped: () => boolean,
): Promise<Fault | null> {
  const queued: Results = {};
  for (;;) {
    if (isStopped()) return null;
    const answer = await request<Replay>("/rejects/replay", {
      method: "POST",
      body: bodyOf(selection, false),
    });
    if (!answer.ok) return answer.fault;
    const { results, more } = answer.value;
    // what stays is looked at again by each request, so only its last count is right
    queued.queued = (queued.queued ?? 0) + (results.queued ?? 0);
    onProgress({ ...results, ...queued });
    if (!more || (results.queued ?? 0) === 0) return null;
  }
}

/** "180 would go, 4 are still refused": the results in words, what goes first. */
export function inWords(results: Results, isDry: boolean): string {
  const go = (results.ready ?? 0) + (results.queued ?? 0);
  const parts = [
    `${go.toLocaleString("en")} ${isDry ? "would go" : go === 1 ? "was sent again" : "were sent again"}`,
  ];
  for (const [result, words] of STAY) {
    const times = results[result] ?? 0;
    if (times > 0) parts.push(`${times.toLocaleString("en")} ${words}`);
  }
  return `${parts.join(", ")}.`;
}

const STAY: readonly (readonly [ReplayResult, string])[] = [
  ["refused", "still refused"],
  ["skipped", "skipped by your settings"],
  ["not-kept", "without a stored event"],
  ["unreadable", "unreadable"],
  ["not-sent", "not accepted by the queue: try again"],
];
