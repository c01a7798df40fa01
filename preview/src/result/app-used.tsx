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
      App <code>{guid}</code>, from{" "}
      <button type="button" class="text-button" onClick={() => goTo(setting)}>
        <code>{reason.path}</code>
      </button>
      {reason.why}.{isExample(guid) && " It is an example's: put your own there."}
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
    why: `${test}, ${why(key)}`,
  };
}

/** Why a key was used: `ios` is for iPads without a key of their own, too, for example. */
const why = (key: string): string =>
  key === "default"
    ? "since no other key covers the event's platform"
    : "which covers the event's platform";
