// Checks a body of identityLink.php.

import { member } from "../json.mjs";
import { anyObject, filledString, checkEach, checkMembers, checkPresence } from "./value-types.mjs";
import { appGuid, hasId, checkIds } from "./ids.mjs";

export function checkIdentity(root, given) {
  const methods = member(root, "device_hash_method");
  const ctx = {
    ...given,
    hashed: (methods?.members ?? []).map((one) => one.key),
    extraIds: ["idfv_sha1"],
  };
  const isPlural = member(root, "device_ids") && !member(root, "device_id");
  checkPresence(root, "", isPlural ? ["kochava_app_id", "data"] : REQUIRED, ctx);
  checkMembers(root, "", ROOT, ctx);
  const ids = member(root, "device_id");
  if (ids?.kind === "object" && ids.members.length > 0 && !hasId(ids))
    ctx.findings.add("device-identity-missing", "/device_id");
}

/** Checks pairs of name and identity; the page says "identity string". */
export function checkPairs(node, pointer, ctx) {
  if (!anyObject(node, pointer, ctx)) return;
  if (node.members.length === 0) ctx.findings.add("identity-data-empty", pointer);
  checkEach(node, pointer, filledString, ctx);
}

function plural(_node, pointer, { findings }) {
  findings.add("identity-device-ids-plural", pointer);
}

function hashMethods(node, pointer, ctx) {
  if (anyObject(node, pointer, ctx)) checkEach(node, pointer, filledString, ctx);
}

const REQUIRED = ["kochava_app_id", "device_id", "data"];
const ROOT = {
  kochava_app_id: appGuid,
  device_id: checkIds,
  device_ids: plural,
  data: checkPairs,
  device_hash_method: hashMethods,
};
