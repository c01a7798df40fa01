// All rules of the guide check: code, severity, message and source.

const POST_INSTALL = "Kochava, Post-Install Event Setup";
const AUTHENTICATION = "Kochava, Install Authentication Integration";
const INSTALL = "Kochava, Install Notification Setup";
const NO_UA = "Kochava, S2S without Device UA";
const LINK = "Kochava, IdentityLink Setup";
const EXAMPLES = "Kochava, Post-Install Event Examples";
const DMA = "Kochava, Google's Digital Markets Act Consent Policy";
const TV = "Kochava, Over the Top TV and Connected TV";
const AMPLITUDE = "Amplitude, Kochava (Post-install)";
const PRACTICE = "on no page; common practice of senders, or follows from a page";

const error = (message, source) => ({ severity: "error", message, source });
const warning = (message, source) => ({ severity: "warning", message, source });

export const RULES = {
  "path-unknown": error("no endpoint has this path", POST_INSTALL),
  "content-type": warning("the Content-Type is not application/json", PRACTICE),
  "user-agent": error("device_ua is empty, so the header User-Agent must be Unknown", NO_UA),

  "body-empty": error("the body is empty", POST_INSTALL),
  "body-too-large": error(
    "the body is not smaller than 2,000,000 bytes",
    `${AMPLITUDE}, "Requests must be smaller than 2MB"`,
  ),
  "body-not-utf8": error("the body is not UTF-8", PRACTICE),
  "body-not-json": error("the body is not JSON", POST_INSTALL),
  "body-not-object": error("the body is not one JSON object", POST_INSTALL),
  "php-undecodable": error("PHP cannot decode and re-encode the body", AUTHENTICATION),
  "not-canonical": warning("PHP would encode the body differently", AUTHENTICATION),
  "not-canonical-signed": error("PHP would encode the signed body differently", AUTHENTICATION),
  "object-becomes-list": error("PHP may decode this object as a list", PRACTICE),
  "duplicate-key": error("the key occurs twice", PRACTICE),
  "null-value": error("null is not a valid value", `${POST_INSTALL}, "as an empty string"`),

  "key-missing": error("the key must be present", `${POST_INSTALL}, WARNING`),
  "key-misplaced": error("the key is in the wrong object", `${POST_INSTALL}, sample calls`),
  "key-unknown": warning("the key is not in the guide", POST_INSTALL),
  "wrong-type": error("the value has the wrong type", POST_INSTALL),
  "empty-value": error("the value must not be empty", POST_INSTALL),

  "app-guid-shape": error(
    "an App GUID is not a store id or bundle id",
    `${POST_INSTALL}, row kochava_app_id`,
  ),
  "action-unknown": error("the action is not documented", POST_INSTALL),
  "action-sdk-only": error("the action is reserved for Kochava's SDKs", POST_INSTALL),
  "event-name-near-standard": warning(
    "the name differs from a standard event only in spelling",
    EXAMPLES,
  ),
  "usertime-digits": error(
    "the time has the wrong number of digits",
    `${POST_INSTALL}, row usertime`,
  ),
  "usertime-quoted": warning("the time is a string", `${NO_UA}, whose sample quotes it`),
  "origination-ip-not-literal": error(
    "the address is not a literal IPv4 or IPv6 address",
    `${POST_INSTALL}, row origination_ip`,
  ),
  "origination-ip-not-public": error(
    "the address is not public",
    `${POST_INSTALL}, row origination_ip`,
  ),
  "device-ua-raw": error("the user agent is not URL-encoded", `${POST_INSTALL}, row device_ua`),
  "device-ua-encoded": error(
    "the user agent is URL-encoded, but a raw one was agreed upon",
    `${POST_INSTALL}, sample calls`,
  ),
  "device-ua-double-encoded": warning(
    "the user agent looks URL-encoded twice",
    `${POST_INSTALL}, row device_ua`,
  ),
  "device-ver-shape": error("device_ver is not model-OS-version", NO_UA),
  "device-ver-with-ua": warning(
    "device_ver must be empty beside a user agent",
    `${POST_INSTALL}, row device_ver`,
  ),
  "device-undescribed": warning("device_ua and device_ver are both empty", NO_UA),
  "value-hashed": error(
    "the value looks hashed",
    `${LINK}, device_hash_method, which other calls lack`,
  ),

  "device-ids-not-object": error("the device ids are not an object", POST_INSTALL),
  "device-identity-missing": error(
    "no device id, and no kochava_device_id instead of one",
    `${POST_INSTALL}, NOTE`,
  ),
  "device-id-alias": error("the id has another name at Kochava", `${POST_INSTALL}; ${TV}`),
  "device-id-legacy": warning("the id is no longer documented", POST_INSTALL),
  "device-id-unknown": warning("the id is not in the guide", `${POST_INSTALL}, "a custom variant"`),
  "device-id-zero": error("the id is all zeros", "Segment, Kochava Destination"),
  "device-id-placeholder": error("the id is a placeholder", PRACTICE),
  "device-id-untrimmed": error("the id has white space around it", PRACTICE),
  "device-id-shape": warning("the id does not have the usual format of its kind", PRACTICE),

  "att-missing": warning(
    "the ATT block is missing, so the IDFA is dropped",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "att-unneeded-idfa": warning(
    "an IDFA is sent without consent and will be dropped",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "att-detail": error("att_detail is not one of the four documented values", POST_INSTALL),
  "att-contradiction": error("att and att_detail contradict each other", POST_INSTALL),
  "os-version-unreadable": warning(
    "the OS version cannot be read from device_ua or device_ver",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "limit-tracking": error("device_limit_tracking is neither true nor false", PRACTICE),
  "consent-flag": error("the flag is neither 0 nor 1", DMA),
  "consent-incomplete": error("tc_string or both Google flags are needed", DMA),
  "consent-applies-missing": error("gdpr_applies is needed where no address is sent", DMA),

  "currency-shape": error("the currency is not an ISO 4217 code", `${POST_INSTALL}, sample calls`),
  "currency-missing": warning("a sum has no currency", EXAMPLES),
  "sum-not-number": error("the sum is not a number", `${POST_INSTALL}, sample calls`),
  "event-data-not-object": error("event_data is not an object", `${POST_INSTALL}, BEST PRACTICES`),
  "event-data-nested": error("the value is not a scalar", EXAMPLES),
  "event-data-reserved": error("the name is reserved", EXAMPLES),
  "event-data-many-keys": warning("more than 16 parameters", EXAMPLES),

  "install-has-event-key": error("an install must not have the key", INSTALL),
  "identity-device-ids-plural": error("IdentityLink expects device_id, not device_ids", LINK),
  "identity-data-empty": error("there is no identity to link", LINK),
  "identity-many-pairs": warning("an SDK sends one pair per payload", PRACTICE),
};
