//! An oracle for Kochava's guide: checks a request by its final bytes, with none of the core's code.
//!
//! Kochava, Post-Install Event Setup; IdentityLink Setup; Post-Install Event Examples; Install
//! Authentication Integration; S2S without Device UA; Google's DMA Consent Policy.

use kochava_edge::Request;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// What the settings choose among the guide's alternatives.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one choice of two in the settings"
)]
pub(crate) struct Guide {
    is_signed: bool,
    by_track: bool,
    millis: bool,
    strings: bool,
    raw_ua: bool,
    always_ver: bool,
    /// The last second at which an event can have happened.
    last_second: i64,
    /// Whether every property of an event, or of an identity, is selected by `*` alone.
    by_star: bool,
    identity_by_star: bool,
}

impl Guide {
    /// `received_at` is the second at which the events arrived, if that is known.
    pub(crate) fn of(settings: &str, received_at: Option<i64>) -> Self {
        let settings: Value = serde_json::from_str(settings).expect("settings are JSON");
        let wire = |key: &str, word: &str| settings["wire"][key] == word;
        Guide {
            is_signed: settings["authentication"].is_object(),
            by_track: wire("identity_route", "track"),
            millis: wire("usertime", "millis"),
            strings: wire("values", "strings"),
            raw_ua: wire("device_ua", "raw"),
            always_ver: wire("device_ver", "model"),
            last_second: received_at.map_or(YEAR_2100, |second| second + 86_400),
            by_star: settings["events"]["properties"] == "*"
                && !settings["events"]["user_properties"].is_array(),
            identity_by_star: settings["users"]["properties"] == "*",
        }
    }

    /// Panics with the rule that the request breaks.
    #[track_caller]
    pub(crate) fn check(&self, request: &Request) {
        let body = &request.body;
        assert!(body.len() < 2_000_000, "{} bytes", body.len());
        assert!(
            body.bytes().all(|byte| (0x20..0x80).contains(&byte)),
            "a body is visible ASCII: {body}"
        );
        let slashes = body
            .match_indices('/')
            .all(|(at, _)| at > 0 && body.as_bytes()[at - 1] == b'\\');
        assert!(slashes, "PHP writes a slash as `\\/`: {body}");
        let root: Json =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        let has_ua = match (request.kind.as_str(), self.by_track) {
            ("install", _) => self.install(&root, request),
            ("event", _) => self.event(&root, request),
            ("identity", true) => self.identity_track(&root, request),
            ("identity", false) => self.identity_link(&root, request),
            (kind, _) => panic!("`{kind}` is no kind of request"),
        };
        let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
        let mut wanted = vec!["Content-Type"];
        wanted.extend((!has_ua).then_some("User-Agent"));
        wanted.extend(
            self.is_signed
                .then_some(["Kochava-Api-Key", "Kochava-Auth-Token"])
                .into_iter()
                .flatten(),
        );
        assert_eq!(names, wanted, "for {body}");
        for (name, value) in &request.headers {
            match *name {
                "Content-Type" => assert_eq!(value, "application/json"),
                "User-Agent" => assert_eq!(value, "Unknown"),
                "Kochava-Auth-Token" => assert!(
                    value.len() == 64 && value.bytes().all(|b| b"0123456789abcdef".contains(&b)),
                    "{value}"
                ),
                _ => assert!(!value.is_empty()),
            }
        }
    }

    fn event(&self, root: &Json, request: &Request) -> bool {
        assert_eq!(request.url, "https://control.kochava.com/track/json");
        let (kochava_device_id, data) = root_of(root, "event", &[]);
        keys_in_order(
            data,
            &[
                "event_name",
                "device_ver",
                "device_ua",
                "origination_ip",
                "device_ids",
            ],
            &[
                "event_name",
                "usertime",
                "app_version",
                "device_ver",
                "device_ua",
                "origination_ip",
                "device_ids",
                "app_tracking_transparency",
                "device_limit_tracking",
                "gdpr_privacy_consent",
                "currency",
                "event_data",
            ],
        );
        assert!(!data.at("event_name").text().trim().is_empty());
        self.event_data(data);
        self.device_and_time(kochava_device_id, data)
    }

    /// Kochava, Install Notification Setup; Install Authentication Integration, samples (`app_ver`).
    fn install(&self, root: &Json, request: &Request) -> bool {
        assert_eq!(request.url, "https://control.kochava.com/track/json");
        let (kochava_device_id, data) = root_of(root, "install", &["app_ver"]);
        keys_in_order(
            data,
            &["device_ver", "device_ua", "origination_ip", "device_ids"],
            &[
                "usertime",
                "app_version",
                "device_ver",
                "device_ua",
                "origination_ip",
                "device_ids",
                "app_tracking_transparency",
                "device_limit_tracking",
                "gdpr_privacy_consent",
                "ad_services_token",
                "adservices_attribution_details",
                "install_referrer",
            ],
        );
        assert_eq!(
            root.get("app_ver").map(Json::text),
            data.get("app_version").map(Json::text)
        );
        if let Some(token) = data.get("ad_services_token") {
            assert!(!token.text().trim().is_empty());
        }
        if let Some(details) = data.get("adservices_attribution_details") {
            for (key, value) in details.members() {
                let fits = match key.as_str() {
                    "attribution" => matches!(value, Json::Bool(_)),
                    "orgId" | "campaignId" | "adGroupId" | "keywordId" | "adId"
                    | "creativeSetId" => matches!(value, Json::Integer(_) | Json::Float),
                    "conversionType" | "clickDate" | "countryOrRegion" => {
                        matches!(value, Json::Text(_))
                    }
                    _ => false,
                };
                assert!(fits, "`{key}` is not Apple's: {value:?}");
            }
        }
        if let Some(referrer) = data.get("install_referrer") {
            keys_in_order(
                referrer,
                &["referrer"],
                &["referrer", "referrer_click_time"],
            );
            assert!(!referrer.at("referrer").text().trim().is_empty());
            if let Some(time) = referrer.get("referrer_click_time") {
                assert!(
                    matches!(time, Json::Integer(second) if (YEAR_2000..=self.last_second).contains(second)),
                    "{time:?} is no second"
                );
            }
        }
        self.device_and_time(kochava_device_id, data)
    }

    /// Checks what installs and events have in common; returns whether there is a user agent.
    fn device_and_time(&self, kochava_device_id: &str, data: &Json) -> bool {
        if let Some(time) = data.get("usertime") {
            let Json::Integer(time) = time else {
                panic!("`usertime` is an integer: {time:?}")
            };
            let seconds = if self.millis { time / 1_000 } else { *time };
            assert!(
                (YEAR_2000..=self.last_second).contains(&seconds),
                "`usertime` {time} is no time of an event"
            );
        }
        if let Some(version) = data.get("app_version") {
            assert!(!version.text().is_empty());
        }
        let has_ua = self.user_agent(data);
        is_public(data.at("origination_ip").text());
        let ids = data.at("device_ids");
        let has_id = ids.members().iter().any(|(_, id)| !id.text().is_empty());
        assert!(
            has_id || !kochava_device_id.is_empty(),
            "neither a Kochava device id nor a device id"
        );
        assert!(
            has_id || ids.members().len() == 1,
            "one empty id is padding enough: {ids:?}"
        );
        if has_id {
            ids.members().iter().for_each(assert_id);
        }
        assert!(kochava_device_id.is_empty() || is_value(kochava_device_id));
        consent(data, ids);
        has_ua
    }

    fn user_agent(&self, data: &Json) -> bool {
        let agent = data.at("device_ua").text();
        let version = data.at("device_ver").text();
        let decoded = percent_encoding::percent_decode_str(agent).decode_utf8_lossy();
        assert!(
            agent.is_empty() || is_value(&decoded),
            "`{agent}` is a placeholder"
        );
        assert!(
            self.raw_ua || !agent.contains(' '),
            "`{agent}` is not URL-encoded"
        );
        assert!(
            agent.is_empty() || self.always_ver || version.is_empty(),
            "`device_ver` is empty beside a user agent"
        );
        let is_triple = SYSTEMS.iter().any(|system| version.contains(system));
        assert!(
            version.is_empty() || is_triple,
            "`{version}` is not model, system and version"
        );
        !agent.is_empty()
    }

    fn event_data(&self, data: &Json) {
        let currency = data.get("currency").map(Json::text);
        let Some(event_data) = data.get("event_data") else {
            assert_eq!(currency, None, "a currency needs a sum");
            return;
        };
        if let Some(currency) = currency {
            assert!(
                currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()),
                "{currency}"
            );
            let first = &event_data.members()[0];
            assert!(
                first.0 == "sum" && matches!(first.1, Json::Integer(_) | Json::Float),
                "a sum is a number and comes first: {first:?}"
            );
        }
        for (index, (key, value)) in event_data.members().iter().enumerate() {
            assert!(
                key != "sum" || (index == 0 && matches!(value, Json::Integer(_) | Json::Float)),
                "a sum is a number and comes first: {value:?}"
            );
            assert!(
                !self.by_star || !is_name_to_be_named(key),
                "`*` does not select `{key}`"
            );
            assert!(!RESERVED.contains(&key.as_str()), "`{key}` is reserved");
            assert!(
                !key.starts_with('\0') && key != "0",
                "PHP cannot keep an object with `{key}`"
            );
            let is_sum = index == 0 && key == "sum";
            assert!(!matches!(value, Json::Object(_)), "`{key}` is nested");
            assert!(
                !self.strings || is_sum || matches!(value, Json::Text(_)),
                "`{key}` is no text: {value:?}"
            );
        }
    }

    fn identity_link(&self, root: &Json, request: &Request) -> bool {
        assert!(!self.by_track);
        assert_eq!(
            request.url,
            "https://control.kochava.com/v1/cpi/identityLink.php"
        );
        keys_in_order(
            root,
            &["kochava_app_id", "device_id", "data"],
            &["kochava_app_id", "device_id", "data"],
        );
        assert!(!root.at("kochava_app_id").text().is_empty());
        root.at("device_id").members().iter().for_each(assert_id);
        root.at("data")
            .members()
            .iter()
            .for_each(|entry| self.identity(entry));
        false
    }

    fn identity_track(&self, root: &Json, request: &Request) -> bool {
        assert!(self.by_track);
        assert_eq!(request.url, "https://control.kochava.com/track/json");
        let (kochava_device_id, data) = root_of(root, "identityLink", &[]);
        keys_in_order(data, &["identity_link"], &["device_ids", "identity_link"]);
        let ids = data.get("device_ids").map_or(&[][..], Json::members);
        assert!(!ids.is_empty() || !kochava_device_id.is_empty());
        ids.iter().for_each(assert_id);
        assert!(kochava_device_id.is_empty() || is_value(kochava_device_id));
        let [entry] = data.at("identity_link").members() else {
            panic!("one pair a call: {data:?}")
        };
        self.identity(entry);
        false
    }

    fn identity(&self, (name, value): &(String, Json)) {
        let value = value.text();
        assert!(!value.is_empty(), "`{name}` is empty");
        let letters = letters(value);
        assert!(
            !["null", "nil", "none", "undefined"].contains(&letters.as_str()),
            "`{value}` is nobody"
        );
        assert!(
            name != "app_userid" || is_value(value),
            "`{value}` is no user id"
        );
        assert!(
            !self.identity_by_star || !is_name_to_be_named(name),
            "`*` does not select `{name}`"
        );
    }
}

fn root_of<'j>(root: &'j Json, action: &str, further: &[&str]) -> (&'j str, &'j Json) {
    const KEYS: [&str; 4] = ["action", "kochava_app_id", "kochava_device_id", "data"];
    let known = [&KEYS[..3], further, &KEYS[3..]].concat();
    keys_in_order(root, &KEYS, &known);
    assert_eq!(root.at("action").text(), action);
    assert!(!root.at("kochava_app_id").text().is_empty());
    (root.at("kochava_device_id").text(), root.at("data"))
}

#[track_caller]
fn keys_in_order(object: &Json, mandatory: &[&str], known: &[&str]) {
    let keys: Vec<_> = object
        .members()
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    let missing: Vec<_> = mandatory.iter().filter(|key| !keys.contains(key)).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} are mandatory, and {keys:?} are there"
    );
    let places: Vec<_> = keys
        .iter()
        .map(|key| known.iter().position(|other| other == key))
        .collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{keys:?} are not of {known:?} in this order"
    );
}

fn consent(data: &Json, ids: &Json) {
    let has = |keys: &[&str]| {
        ids.members()
            .iter()
            .any(|(key, id)| keys.contains(&key.as_str()) && !id.text().is_empty())
    };
    if let Some(block) = data.get("app_tracking_transparency") {
        keys_in_order(block, &["att"], &["att", "att_detail"]);
        let Json::Bool(att) = *block.at("att") else {
            panic!("`att` is a boolean")
        };
        let detail = block.get("att_detail").map(Json::text);
        assert!(
            detail.is_none_or(
                |detail| ["authorized", "denied", "notDetermined", "restricted"].contains(&detail)
            ),
            "{detail:?}"
        );
        assert_eq!(
            att,
            detail == Some("authorized"),
            "`att` is true only when authorized"
        );
        assert!(
            att || !has(&["idfa"]),
            "an IDFA goes against the user's will"
        );
    }
    // before iOS 14 nobody is asked, so that the status may be unknown
    let version = data.at("device_ver").text();
    let is_old = version.is_empty()
        || ["iOS-", "iPadOS-", "tvOS-"].iter().any(|system| {
            let number = version.split_once(system).map(|(_, number)| number);
            let major = number.and_then(|number| {
                number
                    .split(|c: char| !c.is_alphanumeric())
                    .next()?
                    .parse()
                    .ok()
            });
            major.is_some_and(|major: u32| (6..14).contains(&major))
        });
    assert!(
        data.get("app_tracking_transparency").is_some() || !has(&["idfa"]) || is_old,
        "an IDFA goes without its status: {version}"
    );
    if let Some(limited) = data.get("device_limit_tracking") {
        let Json::Bool(limited) = *limited else {
            panic!("`device_limit_tracking` is a boolean")
        };
        assert!(
            !limited || !has(&["idfa", "adid", "fire_adid", "rida", "oaid"]),
            "an advertising id goes against the user's will"
        );
    }
    if let Some(block) = data.get("gdpr_privacy_consent") {
        let flags = ["gdpr_applies", "ad_user_data", "ad_personalization"];
        keys_in_order(
            block,
            &[],
            &[
                "gdpr_applies",
                "tc_string",
                "ad_user_data",
                "ad_personalization",
            ],
        );
        flags
            .iter()
            .filter_map(|key| block.get(key))
            .for_each(|flag| assert!(matches!(flag, Json::Integer(0 | 1)), "{flag:?}"));
        let has_both = flags[1..].iter().all(|key| block.get(key).is_some());
        assert!(has_both || !block.at("tc_string").text().is_empty());
    }
}

/// The letters and digits of a text, in lower case.
fn letters(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Whether a text can be the id of one device: of the shape of its key, and no placeholder.
#[track_caller]
fn assert_id((key, id): &(String, Json)) {
    let id = id.text();
    let is_hex = |text: &str| text.chars().all(|digit| digit.is_ascii_hexdigit());
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    let has_shape = match key.as_str() {
        "idfa" | "idfv" | "adid" | "fire_adid" | "rida" => {
            lengths == [8, 4, 4, 4, 12] && id.split('-').all(is_hex)
        }
        "android_id" => (8..=16).contains(&id.len()) && is_hex(id),
        _ => true,
    };
    assert!(has_shape, "`{id}` is no `{key}`");
    assert!(is_value(id), "`{id}` is a placeholder");
}

/// Whether a text is no placeholder: Amplitude, HTTP V2 API and SDKs, invalid ids; nulls of common
/// languages.
fn is_value(text: &str) -> bool {
    let words = [
        "",
        "null",
        "nil",
        "none",
        "na",
        "nan",
        "undefined",
        "unknown",
        "anonymous",
        "deface",
        "android",
        "lmy47d",
        "9774d56d682e549c",
        "optionalnil",
        "objectobject",
        "notset",
    ];
    let letters = letters(text);
    let mut digits = letters.chars();
    let first = digits.next();
    let is_repeated = text.len() >= 16
        && text.is_ascii()
        && first.is_some_and(|first| first.is_ascii_hexdigit())
        && digits.all(|digit| Some(digit) == first);
    let is_template = text.starts_with("{{") || text.starts_with("${");
    let is_zero = text.chars().all(|c| c == '0' || !c.is_alphanumeric());
    let is_word = text.is_ascii() && (text == "-1" || words.contains(&letters.as_str()));
    text.trim() == text && ![is_zero, is_word, is_repeated, is_template].contains(&true)
}

/// Whether `*` leaves a name out: Amplitude's own, and those of identifiers.
fn is_name_to_be_named(name: &str) -> bool {
    let ids = [
        "idfa",
        "idfv",
        "gaid",
        "advertisingid",
        "androidid",
        "deviceid",
        "kochavadeviceid",
        "oaid",
        "rida",
    ];
    let last = name.rsplit('.').next().unwrap_or_default();
    name.starts_with('$') || (last.is_ascii() && ids.contains(&letters(last).as_str()))
}

const SYSTEMS: [&str; 8] = [
    "-iOS-",
    "-iPadOS-",
    "-tvOS-",
    "-visionOS-",
    "-watchOS-",
    "-macOS-",
    "-Android-",
    "-Roku-",
];

/// IANA, IPv4 and IPv6 Special-Purpose Address Registries, but for the ranges of documentation.
#[track_caller]
fn is_public(address: &str) {
    let nets = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/3",
    ]
    .iter()
    .chain(&[
        "::/128",
        "::1/128",
        "::ffff:0:0/96",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
        // embedded private addresses: NAT64 and 6to4 of 10.0.0.0/8
        "64:ff9b::a00:0/104",
        "2002:a00::/24",
    ]);
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, true),
        IpAddr::V6(v6) => (u128::from(v6), false),
    };
    let address: IpAddr = address
        .parse()
        .unwrap_or_else(|_| panic!("`{address}` is no literal address"));
    let (value, is_v4) = bits(address);
    for net in nets {
        let (base, length) = net.split_once('/').expect("a net has a length");
        let (base, of_v4) = bits(base.parse().expect("a net has a base"));
        let shift = 128 - length.parse::<u32>().expect("a length is a number");
        assert!(
            is_v4 != of_v4 || value >> shift != base >> shift,
            "{address} is not public"
        );
    }
}

/// 2000-01-01T00:00:00Z: default dates of languages and databases lie before.
const YEAR_2000: i64 = 946_684_800;

/// 2100-01-01T00:00:00Z: the other default dates lie behind.
const YEAR_2100: i64 = 4_102_444_800;

const RESERVED: [&str; 11] = [
    "network",
    "source",
    "fb_campaign",
    "campaign",
    "site",
    "creative",
    "attribution_type",
    "integration_type",
    "integration_version",
    "cracked",
    "jailbroken",
];

/// A body as read. `null`, lists, empty objects and duplicate keys are errors of the reader.
#[derive(Debug)]
enum Json {
    Bool(bool),
    Integer(i64),
    Float,
    Text(String),
    Object(Vec<(String, Json)>),
}

impl Json {
    #[track_caller]
    fn text(&self) -> &str {
        if let Json::Text(text) = self {
            text
        } else {
            panic!("{self:?} is no text")
        }
    }

    #[track_caller]
    fn members(&self) -> &[(String, Json)] {
        if let Json::Object(members) = self {
            members
        } else {
            panic!("{self:?} is no object")
        }
    }

    fn get(&self, key: &str) -> Option<&Json> {
        self.members()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    #[track_caller]
    fn at(&self, key: &str) -> &Json {
        self.get(key)
            .unwrap_or_else(|| panic!("`{key}` is missing in {self:?}"))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a boolean or an object that is not empty")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value)
            .map(Json::Integer)
            .map_err(|_| E::custom("PHP has no integer of more than 63 bits"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Float)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if !names.insert(key.clone()) {
                return Err(A::Error::custom(format!("`{key}` comes twice")));
            }
            members.push((key, value));
        }
        if members.is_empty() {
            Err(A::Error::custom("an object is empty"))
        } else {
            Ok(Json::Object(members))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Json, A::Error> {
        Err(A::Error::custom("a list has no place in a body"))
    }
}
