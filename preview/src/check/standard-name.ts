// The right spelling of a standard event's name, which the package advises for an event.

import { engine } from "../state/engine";

/** An event that is ready under these settings, whatever its name is. Nothing is sent. */
const SETTINGS = {
  app_guid: "ko",
  mapping: { kochava_device_id: "device_id", origination_ip: "ip_address", idfv: "idfv" },
};
const EVENT = { device_id: "KI-1", ip_address: "203.0.113.1", platform: "Web" };

/** Returns the standard name that was probably meant; null if there is none. */
export function standardName(name: string): string | null {
  if (engine.value === null) return null;
  const mapper = new engine.value.Mapper(SETTINGS);
  const [fate] = mapper.explain({ ...EVENT, event_type: name }, { source: "amplitude" }).fates;
  mapper.free();
  const warnings = fate?.fate === "ready" ? fate.warnings : [];
  const near = warnings.find(({ code }) => code === "event-name-near-standard");
  const renamed = near?.advice.patch[0]?.value as Record<string, string> | undefined;
  return renamed?.[name] ?? null;
}
