// Which App GUID the requests carry, and which setting it comes from.

import type { Explanation } from "kochava-edge";
import { isObject } from "../../../ui/lib/json";
import { isExample } from "../lib/example-guids";
import { settings } from "../state/settings";
import { goTo } from "../state/settings-navigation";

export function AppUsed({ fields }: { fields: readonly Explanation[] }) {
  const field = fields.find((each) => each.field === "kochava_app_id" && each.value !== null);
  if (field?.value == null || field.origin.kind !== "setting") return null;
  const guid = String(JSON.parse(field.value));
  const { setting } = field.origin;
  const reason = reasonOf(setting, guid);
  return (
    <p class="app-used">
      App <code>{guid}</code>, by{" "}
      <button type="button" class="text-button" onClick={() => goTo(setting)}>
        <code>{reason.path}</code>
      </button>
      {reason.why}.
      {isExample(guid) && " It is an example's: put the App GUID of your own app there."}
    </p>
  );
}

function reasonOf(setting: string, guid: string): { path: string; why: string } {
  const test = setting === "test_app_guid" ? ", since it is test traffic" : "";
  const value = settings.value[setting];
  if (!isObject(value)) return { path: setting, why: test };
  const [key = "default"] = Object.keys(value).filter((each) => value[each] === guid);
  return {
    path: `${setting}.${key}`,
    why: `${test === "" ? ", since" : `${test} and`} ${why(key)}`,
  };
}

/** Why a key was used: iPads fall back to `ios`, for example, and whatever has none to `default`. */
function why(key: string): string {
  if (key === "default") return "no other key is for the platform of this event";
  const isFallback = key === "ios" || key === "android";
  return `the event is of this platform${isFallback ? ", or of one that falls back to it" : ""}`;
}
