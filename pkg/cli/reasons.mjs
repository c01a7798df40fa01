// Every code that the commands print, with what docs/reasons.md says about it.
//
// `reasons.json` is made of that page by tools/reasons.mjs when the command line is built.

import reasons from "../../target/reasons.json";

/** Who can change what is not sent as it should be, and how, where the page says it for all of a kind. */
const OF_KIND = {
  warning: {
    by: "the app or the settings",
    how: "`kochava-edge explain` shows which paths were looked up, and what would help",
  },
  check: { by: "the program that writes the body", how: "correct the body" },
  settings: { by: "settings" },
};

/** What the codes of a kind are about. */
export const KINDS = {
  refused: "Refused: the event breaks a rule of Kochava's guide",
  skipped: "Skipped: the settings leave it out, or there is nothing to send",
  undelivered: "Not delivered: it was sent, or waited, and did not get through",
  warning: "Warnings: it is sent, but something weakens its attribution",
  check: "Only from check: a body that another program wrote breaks the guide",
  unreadable: "Unreadable: the input is no batch of events",
  settings: "Settings: nothing is planned until they are corrected",
};

/** @type {import("../../tools/reasons.mjs").Reason[]} by kind; some codes have several kinds */
export const REASONS = reasons.map((reason) => ({
  ...reason,
  by: reason.by ?? OF_KIND[reason.kind]?.by ?? null,
  how: reason.how ?? OF_KIND[reason.kind]?.how ?? null,
}));
