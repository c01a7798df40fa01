// Links to the documents that rules cite.

const KOCHAVA = "https://support.kochava.com";
const S2S = `${KOCHAVA}/server-to-server-integration`;
const REFERENCE = `${KOCHAVA}/reference-information`;

/** Names as the sources of the rules write them; a longer name stands before one that it contains. */
const GUIDES: readonly (readonly [name: string, url: string])[] = [
  ["Post-Install Event Setup", `${S2S}/post-install-event-setup/`],
  ["Post-Install Event Examples", `${REFERENCE}/post-install-event-examples/`],
  ["Install Notification Setup", `${S2S}/install-notification-setup/`],
  ["Install Authentication Integration", `${S2S}/kochava-install-authentication-integration/`],
  ["IdentityLink Setup", `${S2S}/identitylink-setup/`],
  ["S2S without Device UA", `${S2S}/s2s-without-device-ua/`],
  ["Segment integration", `${S2S}/segment-integration/`],
  ["Over the Top TV and Connected TV", `${REFERENCE}/over-the-top-tv-and-connected-tv/`],
  ["Google's DMA Consent Policy", `${REFERENCE}/googles-digital-markets-act-consent-policy/`],
  ["HTTP V2 API", "https://amplitude.com/docs/apis/analytics/http-v2"],
  ["RFC 8259", "https://www.rfc-editor.org/rfc/rfc8259"],
  ["ISO 4217", "https://www.iso.org/iso-4217-currency-codes.html"],
];

/** A part of a sentence; `url` if it is the name of a document. */
interface Part {
  text: string;
  url: string | null;
}

const urls = new Map(GUIDES);
const NAMES = new RegExp(`(${GUIDES.map(([name]) => name).join("|")})`);

/** Splits a sentence at the names of the documents that it cites. */
export function withGuides(sentence: string): Part[] {
  return sentence
    .split(NAMES)
    .filter((text) => text !== "")
    .map((text) => ({ text, url: urls.get(text) ?? null }));
}
