// What can be wrong with a request, how bad is it, and who says so?

const POST_INSTALL = "Kochava, Post-Install Event Setup";
const AUTHENTICATION = "Kochava, Install Authentication Integration";
const INSTALL = "Kochava, Install Notification Setup";
const NO_UA = "Kochava, S2S without Device UA";
const LINK = "Kochava, IdentityLink Setup";
const EXAMPLES = "Kochava, Post-Install Event Examples";
const DMA = "Kochava, Google's Digital Markets Act Consent Policy";
const TV = "Kochava, Over the Top TV and Connected TV";
const AMPLITUDE = "Amplitude, Kochava (Post-install)";
const PRACTICE = "no page says so; what senders to Kochava do, or what follows from a page";

const broken = (message, source) => ({ severity: "broken", message, source });
const weak = (message, source) => ({ severity: "weak", message, source });

export const CODES = {
  "path-unknown": broken("no endpoint has this path", POST_INSTALL),
  "content-type": weak("the Content-Type is not application/json", PRACTICE),
  "user-agent": broken("device_ua is empty, so the header User-Agent must be Unknown", NO_UA),

  "body-empty": broken("the body is empty", POST_INSTALL),
  "body-too-large": broken(
    "the body is not smaller than 2,000,000 bytes",
    `${AMPLITUDE}, "Requests must be smaller than 2MB"`,
  ),
  "body-not-utf8": broken("the body is not UTF-8", PRACTICE),
  "body-not-json": broken("the body is not JSON", POST_INSTALL),
  "body-not-object": broken("the body is not one JSON object", POST_INSTALL),
  "php-undecodable": broken("PHP cannot decode and encode the body", AUTHENTICATION),
  "not-canonical": weak("PHP would spell the body otherwise", AUTHENTICATION),
  "not-canonical-signed": broken("PHP would spell the signed body otherwise", AUTHENTICATION),
  "object-becomes-list": broken("PHP may read this object as a list", PRACTICE),
  "duplicate-key": broken("the key occurs twice", PRACTICE),
  "null-value": broken("null is never a value", `${POST_INSTALL}, "as an empty string"`),

  "key-missing": broken("the key must be present", `${POST_INSTALL}, WARNING`),
  "key-misplaced": broken("the key belongs elsewhere", `${POST_INSTALL}, sample calls`),
  "key-unknown": weak("the guide does not know the key", POST_INSTALL),
  "wrong-type": broken("the value has the wrong type", POST_INSTALL),
  "empty-value": broken("the value must not be empty", POST_INSTALL),

  "app-guid-shape": broken(
    "an App GUID is no store id and no bundle id",
    `${POST_INSTALL}, row kochava_app_id`,
  ),
  "action-unknown": broken("the action is not documented", POST_INSTALL),
  "action-sdk-only": broken("the action belongs to Kochava's SDKs", POST_INSTALL),
  "event-name-near-standard": weak("the name is a standard event's, spelled otherwise", EXAMPLES),
  "usertime-digits": broken(
    "the time has another number of digits",
    `${POST_INSTALL}, row usertime`,
  ),
  "usertime-quoted": weak("the time is a string", `${NO_UA}, whose sample quotes it`),
  "origination-ip-not-literal": broken(
    "the address is no literal IPv4 or IPv6",
    `${POST_INSTALL}, row origination_ip`,
  ),
  "origination-ip-not-public": broken(
    "the address cannot be a device's public address",
    `${POST_INSTALL}, row origination_ip`,
  ),
  "device-ua-raw": broken("the user agent is not URL-encoded", `${POST_INSTALL}, row device_ua`),
  "device-ua-encoded": broken(
    "the user agent is URL-encoded although raw was agreed",
    `${POST_INSTALL}, sample calls`,
  ),
  "device-ua-double-encoded": weak(
    "the user agent looks URL-encoded twice",
    `${POST_INSTALL}, row device_ua`,
  ),
  "device-ver-shape": broken("device_ver is not model-OS-version", NO_UA),
  "device-ver-with-ua": weak(
    "device_ver is to be empty where a user agent is sent",
    `${POST_INSTALL}, row device_ver`,
  ),
  "device-undescribed": weak("neither device_ua nor device_ver says what the device is", NO_UA),
  "value-hashed": broken(
    "the value looks hashed",
    `${LINK}, device_hash_method, which other calls lack`,
  ),

  "device-ids-not-object": broken("the device ids are no object", POST_INSTALL),
  "device-identity-missing": broken(
    "no device id is given, nor a kochava_device_id where one could help",
    `${POST_INSTALL}, NOTE`,
  ),
  "device-id-alias": broken("the id has another name at Kochava", `${POST_INSTALL}; ${TV}`),
  "device-id-legacy": weak("the id is no longer documented", POST_INSTALL),
  "device-id-unknown": weak(
    "the guide does not know the id",
    `${POST_INSTALL}, "a custom variant"`,
  ),
  "device-id-zero": broken("the id is all zeros, which is no id", "Segment, Kochava Destination"),
  "device-id-placeholder": broken("the id is a placeholder, which is no id", PRACTICE),
  "device-id-untrimmed": broken("the id has white space around it", PRACTICE),
  "device-id-shape": weak("the id has not the usual shape of its kind", PRACTICE),

  "att-missing": weak(
    "the ATT block is missing, so the IDFA is dropped",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "att-unneeded-idfa": weak(
    "an IDFA is sent without consent and will be dropped",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "att-detail": broken("att_detail is none of the four words", POST_INSTALL),
  "att-contradiction": broken("att and att_detail contradict each other", POST_INSTALL),
  "os-version-unreadable": weak(
    "the OS version cannot be read from device_ua or device_ver",
    `${POST_INSTALL}, iOS 14+`,
  ),
  "limit-tracking": broken("device_limit_tracking is neither true nor false", PRACTICE),
  "consent-flag": broken("the flag is neither 0 nor 1", DMA),
  "consent-incomplete": broken("tc_string or both Google flags are needed", DMA),
  "consent-applies-missing": broken("gdpr_applies is needed where no address is sent", DMA),

  "currency-shape": broken("the currency is no ISO 4217 code", `${POST_INSTALL}, sample calls`),
  "currency-missing": weak("a sum has no currency", EXAMPLES),
  "sum-not-number": broken("the sum is no number", `${POST_INSTALL}, sample calls`),
  "event-data-not-object": broken("event_data is no object", `${POST_INSTALL}, BEST PRACTICES`),
  "event-data-nested": broken("the value is no scalar", EXAMPLES),
  "event-data-reserved": broken("the name is reserved", EXAMPLES),
  "event-data-many-keys": weak("more than 16 parameters", EXAMPLES),

  "install-has-event-key": broken("an install does not carry the key", INSTALL),
  "identity-device-ids-plural": broken("IdentityLink takes device_id, not device_ids", LINK),
  "identity-data-empty": broken("there is no identity to link", LINK),
  "identity-many-pairs": weak("an SDK sends one pair a payload", PRACTICE),
};
