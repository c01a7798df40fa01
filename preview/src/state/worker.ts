// The Worker that serves the page: whether one does, and its own settings.

import { signal } from "@preact/signals";
import { readSyncs, type Sync } from "../lib/syncs";
import { takeSyncs } from "./settings";
import { toast } from "./view";

/** The name in the header `Server-Timing` by which the Worker says that it serves the page. */
const MARK = "kochava-edge";

/** Whether a Worker serves the page, which could also be a static host. */
export const isServedByWorker = signal(
  performance
    .getEntriesByType("navigation")
    .some((entry) =>
      (entry as PerformanceNavigationTiming).serverTiming.some(({ name }) => name === MARK),
    ),
);

/**
 * Takes the Worker's settings of all syncs in place of those that are shown. Returns why that
 * failed, or null. The token is kept nowhere.
 */
export async function takeWorkersSettings(token: string): Promise<string | null> {
  try {
    const answer = await fetch(new URL("settings", document.baseURI), {
      headers: { Authorization: `Bearer ${token}` },
      credentials: "omit",
    });
    if (!answer.ok) return refusal(answer.status);
    const read = readSyncs(await answer.text());
    return "fault" in read ? "The answer has no settings." : taken(read.syncs);
  } catch {
    return "The Worker did not answer. Try again.";
  }
}

function refusal(status: number): string {
  return status === 401 || status === 403 || status === 404
    ? "The Worker does not know this token. It is the secret ADMIN_TOKEN; without it the Worker shows its settings to nobody."
    : `The Worker answered ${status}. Try again.`;
}

function taken(syncs: readonly Sync[]): string | null {
  if (syncs.length === 0) return "The Worker has no settings that can be read; see /health.";
  takeSyncs(syncs, { kind: "worker", host: location.host });
  toast.value = "These are the settings of the Worker.";
  return null;
}
