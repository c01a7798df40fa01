// The names of events as their senders give them, for the list and for blocks.
//
// The package reads them: an explanation under settings that leave no event out says where the name
// is and what is made of it.

import { computed } from "@preact/signals";
import type { ExplainedFate, Mapper, Settings } from "kochava-edge";
import type { Json } from "../../../ui/lib/json";
import { at } from "../lib/setting-path";
import { engine } from "./engine";
import { context, isNdjson, settledText } from "./event";
import { chosen, planResult, type Item } from "./plan-result";
import { settings } from "./settings";

/** A mapper under which every event is sent that can be, by the name that its sender gives. */
const naming = computed<Mapper | null>(() => {
  const ready = engine.value;
  if (ready === null) return null;
  const of = (key: string) => ready.sources.flatMap(({ documented }) => documented[key] ?? []);
  const all = (key: string) => [...new Set(of(key))];
  const own = (keys: string[]) => at(settings.value, keys);
  const make = (eventName: Json | undefined, screen: Json | undefined, page: Json | undefined) =>
    new ready.Mapper({
      app_guid: "ko",
      test_app_guid: "ko",
      mapping: {
        kochava_device_id: [...all("user_id"), ...all("usertime")],
        origination_ip: all("origination_ip"),
        idfv: all("idfv"),
        event_name: eventName,
      },
      events: { select: ANY, screen_name: screen, page_name: page },
      users: { send: true, from: "user_payloads", properties: "*" },
    } as unknown as Settings);
  try {
    return make(
      own(["mapping", "event_name"]),
      own(["events", "screen_name"]),
      own(["events", "page_name"]),
    );
  } catch {
    // one of these settings has an error of its own
    return make(undefined, undefined, undefined);
  }
});

/** Any name; those that a sender derives from another event are selected by their exact names. */
const ANY = [{ names: ["*"] }, { names: ["verified_revenue", "unverified_revenue"] }];

/** The explained events of a text that is one batch. */
const batch = computed<readonly ExplainedFate[]>(() =>
  isNdjson.value ? [] : explained(settledText.value),
);

function explained(text: string): readonly ExplainedFate[] {
  try {
    return naming.value?.explain(text, { ...context.value, connectionIp: ANY_ADDRESS }).fates ?? [];
  } catch {
    return [];
  }
}

/** RFC 5737, section 3: an address for documentation. Nothing is sent. */
const ANY_ADDRESS = "203.0.113.1";

/** Returns the name of an event, to show in the list. */
export function nameOfItem(item: Item, number: number): string {
  const { fate, name } = named(item, number);
  return name ?? (fate !== undefined && isUser(fate) ? "(a user)" : "(no event name)");
}

function named(
  item: Item,
  number: number,
): { fate: ExplainedFate | undefined; name: string | null } {
  const text = settledText.value;
  const [line, offset] = isNdjson.value ? [text.slice(...item.at), item.at[0]] : [null, 0];
  const fate = line === null ? batch.value[number] : explained(line)[item.part];
  return { fate, name: fate === undefined ? null : nameOf(fate, text, offset) };
}

function nameOf(fate: ExplainedFate, text: string, offset: number): string | null {
  const field = fate.fields.find((each) => each.field === "data.event_name");
  if (field === undefined) return null;
  if (field.value !== null) return String(JSON.parse(field.value));
  // of a refused event only the place is known
  const place = field.tried.find(({ answer }) => answer === "taken")?.at;
  if (place == null) return null;
  const value: unknown = JSON.parse(text.slice(place[0] + offset, place[1] + offset));
  return typeof value === "string" ? value : null;
}

const isUser = (fate: ExplainedFate): boolean =>
  fate.fate === "ready"
    ? fate.requests.every(({ kind }) => kind === "identity")
    : fate.fate === "refused"
      ? fate.violations.some(({ code }) => code.startsWith("identity-"))
      : fate.code === "identity-empty";

/** The name of the event that is shown; `*`, which matches any name, if it has none. */
export const eventName = computed(() => {
  const now = planResult.value;
  const item = now.kind === "batch" ? now.items[chosen.value] : undefined;
  return (item && named(item, chosen.value).name) ?? "*";
});
