// Explains a reject under the settings in force, as the preview does: with the npm package, whose
// WebAssembly is loaded with the first reject that is looked at.

import { signal } from "@preact/signals";
import type { ExplainedFate, Settings, SourceName } from "kochava-edge";
import { locate } from "../../../ui/lib/json";
import type { Reject } from "../api/types";

type Engine = typeof import("kochava-edge");

export const engine = signal<Engine | null>(null);
export const engineFault = signal(false);

export async function loadEngine(): Promise<void> {
  if (engine.value !== null) return;
  try {
    engine.value = await import("kochava-edge");
  } catch {
    engineFault.value = true;
  }
}

/**
 * The exact bytes of the event in the reply about a reject, which a parsed number might not have;
 * null if it is not kept.
 */
export function eventText(reply: string): string | null {
  const root = locate(reply);
  const event = root?.children.findLast(({ key }) => key === "event")?.node;
  if (event === undefined || event.kind === "word") return null;
  const text = reply.slice(...event.at);
  // an event that is not strict JSON is shown as a text
  return event.kind === "string" ? String(JSON.parse(text)) : text;
}

/** The event as its sender posts it: users stand in a list of their own. */
export const bodyOf = (event: string, isUser: boolean): string =>
  isUser ? `{"users":[${event}]}` : event;

export function explain(
  { Mapper }: Engine,
  settings: object,
  body: string,
  { source, received_at }: Reject,
): ExplainedFate | null {
  let mapper: InstanceType<Engine["Mapper"]> | undefined;
  try {
    mapper = new Mapper(settings as Settings);
    const context = { source: source as SourceName, receivedAt: new Date(received_at) };
    return mapper.explain(body, context).fates[0] ?? null;
  } catch {
    return null;
  } finally {
    mapper?.free();
  }
}
