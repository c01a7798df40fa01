// Does this body of identityLink.php keep the rules of IdentityLink?

import { member } from "../json.mjs";
import { anyObject, filledString, judgeEach, judgeMembers, judgePresence } from "./fields.mjs";
import { appGuid, hasId, judgeIds } from "./ids.mjs";

export function judgeIdentity(root, given) {
  const methods = member(root, "device_hash_method");
  const ctx = {
    ...given,
    hashed: (methods?.members ?? []).map((one) => one.key),
    extraIds: ["idfv_sha1"],
  };
  const isPlural = member(root, "device_ids") && !member(root, "device_id");
  judgePresence(root, "", isPlural ? ["kochava_app_id", "data"] : REQUIRED, ctx);
  judgeMembers(root, "", ROOT, ctx);
  const ids = member(root, "device_id");
  if (ids?.kind === "object" && ids.members.length > 0 && !hasId(ids))
    ctx.findings.add("device-identity-missing", "/device_id");
}

/** Judges name → identity pairs; the page says "identity string". */
export function judgePairs(node, pointer, ctx) {
  if (!anyObject(node, pointer, ctx)) return;
  if (node.members.length === 0) ctx.findings.add("identity-data-empty", pointer);
  judgeEach(node, pointer, filledString, ctx);
}

function plural(_node, pointer, { findings }) {
  findings.add("identity-device-ids-plural", pointer);
}

function hashMethods(node, pointer, ctx) {
  if (anyObject(node, pointer, ctx)) judgeEach(node, pointer, filledString, ctx);
}

const REQUIRED = ["kochava_app_id", "device_id", "data"];
const ROOT = {
  kochava_app_id: appGuid,
  device_id: judgeIds,
  device_ids: plural,
  data: judgePairs,
  device_hash_method: hashMethods,
};
