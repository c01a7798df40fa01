// Explains a reject under the settings in force, as the preview does: with the npm package, whose
// WebAssembly is loaded with the first reject that is looked at.

import { signal } from "@preact/signals";
import type { ExplainedFate, Settings, SourceName, Span } from "kochava-edge";
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

/**
 * Explains an event as the Worker does: alone in a list, users in a list of users. The places of
 * values are offsets in `event`. Null while the settings have faults.
 */
export function explain(
  { Mapper }: Engine,
  settings: object,
  event: string,
  { source, received_at, is_user }: Reject,
): ExplainedFate | null {
  const [before, after] = is_user ? ['{"users":[', "]}"] : ["[", "]"];
  const context = { source: source as SourceName, receivedAt: new Date(received_at) };
  let mapper: InstanceType<Engine["Mapper"]> | undefined;
  try {
    mapper = new Mapper(settings as Settings);
    const [fate] = mapper.explain(before + event + after, context).fates;
    return fate === undefined ? null : moved(fate, before.length);
  } catch {
    return null;
  } finally {
    mapper?.free();
  }
}

/** The same fate of a text without its first characters. */
function moved(fate: ExplainedFate, by: number): ExplainedFate {
  const move = ([start, end]: Span): Span => [start - by, end - by];
  const fields = fate.fields.map((field) => ({
    ...field,
    tried: field.tried.map((lookup) => ({
      ...lookup,
      at: lookup.at === null ? null : move(lookup.at),
    })),
  }));
  return { ...fate, at: move(fate.at), fields };
}
