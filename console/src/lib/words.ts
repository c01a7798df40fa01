// The names that the console has for states, reasons and those who can mend something.

import type { Fix, SyncName, WaitingState } from "../api/types";

export const syncTitle = (sync: SyncName | undefined): string => sync ?? "default";

/** The state of a breaker in one word; the words are explained in docs/operations.md. */
export const STATE_OF_BREAKER: Record<string, "slowed" | "down" | "paused"> = {
  "kochava-limits": "slowed",
  "kochava-unavailable": "down",
  "kochava-paused": "paused",
  "kochava-rejects-all": "paused",
  "unreadable-answers": "paused",
};

export const STATES: Record<WaitingState | "flowing" | "ok", string> = {
  flowing: "Flowing",
  ok: "Flowing",
  queued: "Queued",
  slowed: "Slowed",
  down: "Down",
  paused: "Paused",
  misconfigured: "Misconfigured",
  held: "Held",
};

/** Why events in a state wait. */
export const WAITING: Record<WaitingState, string> = {
  queued: "on their way",
  slowed: "Kochava limits us",
  down: "Kochava is silent",
  paused: "our key or App GUID is refused",
  misconfigured: "the settings have faults",
  held: "for an event of their device, or for a switch of your settings",
};

export const REASONS: Readonly<Record<string, string>> = {
  "not-an-object": "Not an object",
  "unrecognized-format": "Unknown format",
  "nested-too-deep": "Nested too deep",
  "app-guid-missing": "No App GUID for the platform",
  "event-name-missing": "No event name",
  "event-name-withheld": "Advertising id in its name",
  "origination-ip-missing": "No IP address",
  "origination-ip-invalid": "Invalid IP address",
  "origination-ip-not-public": "Private IP address",
  "device-identity-missing": "No identifier of the device",
  "identity-device-id-missing": "Identity without a device id",
  "revenue-unreadable": "Unreadable revenue",
  "currency-unreadable": "Unreadable currency",
  "request-too-large": "Too large for Kochava",
  "kochava-rejected": "Kochava rejected it",
  expired: "Not accepted in time",
  "device-unknown": "No event of the device was accepted",
  "dead-letter": "Could not be processed",
  "message-unreadable": "Unreadable message",
  unconfirmed: "Kochava's answer was unreadable",
  "not-selected": "Not selected",
  "derived-revenue": "Derived by Amplitude from another event",
  "test-traffic": "Test event",
  "group-identify": "Change of a group",
  "unsupported-type": "Neither event nor user",
  "source-not-selected": "Sender not selected",
  "integration-disabled": "Kochava is switched off in it",
  "consent-denied": "No consent",
  "events-not-sent": "Events are switched off",
  "users-not-sent": "Users are switched off",
  "user-payloads-not-sent": "Identities come from events only",
  "identity-empty": "No identity in it",
  "identity-unchanged": "Identity was sent before",
  "install-known": "Install was sent before",
  disabled: "The sync is switched off",
  "kochava-limits": "Kochava limits us",
  "kochava-unavailable": "Kochava is unavailable",
  "kochava-paused": "Kochava refuses our key or App GUID",
  "kochava-rejects-all": "Kochava rejects every call",
  "unreadable-answers": "Kochava's answers cannot be read",
};

/** A reason in a few words; a code that this release does not know, as words. */
export function reasonTitle(code: string): string {
  const words = code.replaceAll("-", " ");
  return REASONS[code] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const MENDERS: Record<Fix["by"], string> = {
  settings: "the settings",
  app: "the app",
  sender: "the sender",
  kochava: "Kochava",
  replay: "a replay",
};

export const mender = (fix: Fix | null): string => (fix === null ? "–" : MENDERS[fix.by]);

const FIELDS: Record<string, string> = {
  kochava_device_id: "Kochava device id",
  idfa: "IDFA",
  idfv: "IDFV",
  adid: "Advertising id (ADID)",
  fire_adid: "Fire advertising id",
  android_id: "Android id",
  rida: "Roku advertising id",
  other_id: "Another device id",
  origination_ip: "IP address",
  device_ua: "User agent",
  att: "ATT status",
  consent: "Consent",
  revenue: "Revenue",
  revenue_with_currency: "Revenue with currency",
};

export const fieldTitle = (field: string): string => FIELDS[field] ?? field;

const PLATFORMS: Record<string, string> = {
  ios: "iOS",
  ipados: "iPadOS",
  tvos: "tvOS",
  visionos: "visionOS",
  watchos: "watchOS",
  macos: "macOS",
  android: "Android",
  fire: "Fire OS",
  roku: "Roku",
  web: "Web",
  other: "Other platforms",
};

export const platformTitle = (platform: string): string => PLATFORMS[platform] ?? platform;
