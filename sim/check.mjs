// Checks a request against Kochava's public guide and returns all findings.
//
// An "error" is forbidden by the guide or cannot work; a "warning" is discouraged, unknown to the
// guide, or costs attribution. check/rules.mjs has all codes with their sources. `agreed` lists what
// the operator has agreed upon with Kochava: { rawUa, millis, deviceVer, customIds: [names] }.

import { own } from "./check/value-types.mjs";
import { newFindings } from "./check/findings.mjs";
import { checkIdentity } from "./check/identity.mjs";
import { checkText } from "./check/body-text.mjs";
import { checkTrack } from "./check/track.mjs";
import { headerOf } from "./signature.mjs";

/** → [{ code, pointer, message, severity }]; empty for a request that follows the guide. */
export function checkRequest({ path, headers = {}, bodyText = "", agreed = {} }) {
  const findings = newFindings();
  const checkBody = own(ROUTES, path);
  if (!checkBody) {
    findings.add("path-unknown", "");
    return findings.list();
  }
  checkContentType(headers, findings);
  const isSigned = headerOf(headers, "kochava-auth-token") !== undefined;
  const root = checkText(bodyText, isSigned, findings);
  if (root) checkBody(root, { findings, headers, agreed });
  return findings.list();
}

export const TRACK = "/track/json";
export const IDENTITY = "/v1/cpi/identityLink.php";

const ROUTES = { [TRACK]: checkTrack, [IDENTITY]: checkIdentity };

function checkContentType(headers, findings) {
  const sent = headerOf(headers, "content-type");
  if (!/^application\/json\s*(;|$)/i.test(sent ?? "")) findings.add("content-type", "");
}
