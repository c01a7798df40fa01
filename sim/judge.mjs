// Does this request keep Kochava's public guide? Every fault is told, not only the first.
//
// "broken" is what the guide forbids or what cannot work; "weak" is what it discourages, does not know, or what
// costs attribution. Codes, severities, sentences and sources stand in judge/codes.mjs. `told` carries what the
// operator has agreed upon: { rawUa, millis, deviceVer, customIds: [names] }.

import { own } from "./judge/fields.mjs";
import { newFindings } from "./judge/findings.mjs";
import { judgeIdentity } from "./judge/identity.mjs";
import { judgeText } from "./judge/text.mjs";
import { judgeTrack } from "./judge/track.mjs";
import { headerOf } from "./signature.mjs";

/** → [{ code, pointer, message, severity }], empty where nothing is wrong. */
export function judge({ path, headers = {}, bodyText = "", told = {} }) {
  const findings = newFindings();
  const judgeBody = own(ROUTES, path);
  if (!judgeBody) {
    findings.add("path-unknown", "");
    return findings.list();
  }
  judgeContentType(headers, findings);
  const isSigned = headerOf(headers, "kochava-auth-token") !== undefined;
  const root = judgeText(bodyText, isSigned, findings);
  if (root) judgeBody(root, { findings, headers, told });
  return findings.list();
}

export const TRACK = "/track/json";
export const IDENTITY = "/v1/cpi/identityLink.php";

const ROUTES = { [TRACK]: judgeTrack, [IDENTITY]: judgeIdentity };

function judgeContentType(headers, findings) {
  const sent = headerOf(headers, "content-type");
  if (!/^application\/json\s*(;|$)/i.test(sent ?? "")) findings.add("content-type", "");
}
