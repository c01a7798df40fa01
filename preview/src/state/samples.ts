// The sample events and settings of samples/.

import everySender from "../../../samples/settings/every-sender.json?raw";
import sneakerShop from "../../../samples/settings/sneaker-shop.json?raw";
import { locate, type JsonObject, type Node } from "../../../ui/lib/json";
import { SENDERS } from "../lib/senders";

/** The settings that a sample is made for. */
export interface SampleSettings {
  name: string;
  value: JsonObject;
}

export interface Sample {
  /** Unique among all samples. */
  id: string;
  name: string;
  /** Who sends it, by the name that `sources` has. */
  sender: string;
  text: string;
  settings: SampleSettings;
}

const SNEAKER_SHOP = { name: "sneaker shop", value: JSON.parse(sneakerShop) as JsonObject };
const EVERY_SENDER = { name: "every sender", value: JSON.parse(everySender) as JsonObject };

const texts = import.meta.glob<string>("../../../samples/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});
const textsOfSenders = import.meta.glob<string>("../../../samples/senders/*/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Words of file names that are not written in lower case. */
const SPELLINGS: Record<string, string> = { ios: "iOS", ip: "IP", ascii: "ASCII" };

function nameOf(path: string): string {
  const words = path
    .replace(/^.*\/(\d+-)?|\.json$/g, "")
    .split("-")
    .map((word) => SPELLINGS[word] ?? word);
  const name = words.join(" ");
  return name.startsWith("iOS") ? name : name.charAt(0).toUpperCase() + name.slice(1);
}

/** The samples of Amplitude's Webhook. */
const webhook = Object.keys(texts)
  .sort()
  .map((path) => ofWebhook(nameOf(path), texts[path] ?? ""));

function ofWebhook(name: string, text: string): Sample {
  return { id: name, name, text, sender: "amplitude", settings: SNEAKER_SHOP };
}

const ofSenders = Object.keys(textsOfSenders)
  .sort()
  .map((path): Sample => {
    const sender = path.split("/").at(-2) ?? "";
    const name = nameOf(path);
    const text = textsOfSenders[path] ?? "";
    return { id: `${sender}: ${name}`, name, text, sender, settings: EVERY_SENDER };
  });

/** Returns one event per line, as an export has them: strict JSON, without trailing commas. */
function ndjson(): string {
  return webhook.map(({ text }) => compact(text)).join("\n");
}

/** Returns a text as one line of strict JSON. */
function compact(text: string): string {
  const root = locate(text);
  return root === null ? "" : written(root);

  function written({ kind, at, children }: Node): string {
    if (kind === "object")
      return `{${children.map(({ key, node }) => `${JSON.stringify(key)}:${written(node)}`).join()}}`;
    return kind === "array"
      ? `[${children.map(({ node }) => written(node)).join()}]`
      : text.slice(...at);
  }
}

export const samples: readonly Sample[] = [
  ...webhook,
  ofWebhook("All of these, as NDJSON", ndjson()),
  ...ofSenders,
];

/** The samples of each sender. */
export const samplesBySender: readonly (readonly [sender: string, samples: readonly Sample[]])[] =
  SENDERS.map((sender) => [sender, samples.filter((sample) => sample.sender === sender)]);

export const firstSample: Sample = webhook[0] ?? ofWebhook("", "");
