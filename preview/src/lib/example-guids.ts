// App GUIDs of the examples, for which Kochava drops every event.

import everySender from "../../../samples/settings/every-sender.json";
import sneakerShop from "../../../samples/settings/sneaker-shop.json";
import { isObject, type Json, type JsonObject } from "../../../ui/lib/json";

/** The beginning of the App GUIDs in wrangler.toml, the README and the documentation. */
const PREFIX = "koexample";

const guidsOf = (settings: JsonObject): string[] =>
  [settings["app_guid"], settings["test_app_guid"]].flatMap((value) => texts(value));

const SAMPLES = new Set([everySender, sneakerShop].flatMap((each) => guidsOf(each as JsonObject)));

/** The App GUIDs of the settings that are those of an example. */
export const examplesIn = (settings: JsonObject): string[] => guidsOf(settings).filter(isExample);

export const isExample = (guid: string): boolean => guid.startsWith(PREFIX) || SAMPLES.has(guid);

function texts(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  return isObject(value) ? Object.values(value).flatMap((each) => texts(each)) : [];
}
