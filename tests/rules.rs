//! Each rule of the mapper fires for an event that breaks it, and for no other event.
//!
//! A row breaks one part of a clean event, or of the settings, and names every violation that must
//! follow. The messages are part of the interface: they are compared to the letter.

mod support;

use kochava_edge::{Context, Fate, Moment, Rule, Severity, Skip, Violation};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[test]
fn a_clean_event_breaks_no_rule() {
    for clean in [ios(), android()] {
        assert_eq!(violations_of(&clean), (true, vec![]));
    }
}

#[test]
fn each_rule_is_broken_by_its_row_alone() {
    for row in rows() {
        let (mut setup, expected) = (row.clean, row.expected);
        (row.spoil)(&mut setup);
        let (is_ready, violations) = violations_of(&setup);
        let rule = expected.rule;
        let (own, others): (Vec<_>, Vec<_>) = violations
            .iter()
            .partition(|violation| violation.rule == rule);
        let [violation] = own.as_slice() else {
            panic!("{rule:?} must be reported once: {violations:?}")
        };
        assert_eq!(violation.field, expected.field, "{rule:?}");
        assert_eq!(violation.origin.as_deref(), expected.origin, "{rule:?}");
        assert_eq!(violation.to_string(), expected.message);
        assert_eq!(rule.severity(), expected.severity, "{rule:?}");
        assert_eq!(
            is_ready,
            expected.severity == Severity::Warn,
            "{rule:?}: an event with a warning is sent, a refused one is not"
        );
        let others: Vec<_> = others.iter().map(|violation| violation.rule).collect();
        assert_eq!(others, row.companions, "beside {rule:?}");
    }
}

#[test]
fn every_rule_of_the_mapper_has_one_row() {
    let covered: BTreeSet<_> = rows().iter().map(|row| row.expected.rule).collect();
    let of_the_mapper = support::rules_named_in(|file| !file.starts_with("kochava/check"));
    assert_eq!(covered, of_the_mapper);
    assert_eq!(rows().len(), of_the_mapper.len());
}

#[test]
fn every_rule_is_used_by_the_mapper_or_by_check() {
    assert_eq!(
        support::rules_named_in(|_| true),
        Rule::ALL.iter().copied().collect()
    );
}

#[test]
fn codes_are_kebab_case_and_unique() {
    assert_codes(Rule::ALL.iter().map(|rule| rule.code()));
    assert_codes(Skip::ALL.iter().map(|skip| skip.code()));
}

#[test]
fn every_rule_has_a_source_and_every_code_a_sentence() {
    for rule in Rule::ALL {
        let source = rule.source();
        let sources = [
            "Kochava, ",
            "Kochava SDK, ",
            "Amplitude, ",
            "Apple, ",
            "ISO 4217: ",
            "RFC 8259, ",
            "Ours: ",
            "Social-hub's ",
        ];
        assert!(
            source.len() > 20 && sources.iter().any(|name| source.starts_with(name)),
            "{}: `{source}` names no source",
            rule.code()
        );
        assert_sentence(rule.sentence());
    }
    for skip in Skip::ALL {
        assert_sentence(skip.sentence());
    }
}

#[test]
fn the_path_stands_behind_the_problem_and_before_the_advice() {
    for rule in Rule::ALL {
        let violation = Violation::new(*rule, "data.x");
        assert_eq!(violation.to_string(), rule.sentence());
        let message = violation.from_path(Some("a.b")).to_string();
        let (problem, advice) = rule
            .sentence()
            .split_once("; ")
            .unwrap_or((rule.sentence(), ""));
        let rest = message
            .strip_prefix(problem)
            .and_then(|rest| rest.strip_prefix(" in `a.b`"))
            .unwrap_or_else(|| panic!("`{message}` does not begin with its problem and path"));
        assert!(
            rest.is_empty() == advice.is_empty()
                && rest.trim_start_matches("; ").starts_with(advice),
            "`{message}` loses `{advice}`"
        );
    }
}

#[track_caller]
fn assert_codes<'c>(codes: impl Iterator<Item = &'c str>) {
    let mut seen = BTreeSet::new();
    for code in codes {
        let is_kebab = code.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(is_kebab, "`{code}` is not kebab-case");
        assert!(seen.insert(code), "`{code}` is used twice");
    }
}

#[track_caller]
fn assert_sentence(sentence: &str) {
    assert!(
        sentence.len() > 10 && !sentence.ends_with('.'),
        "`{sentence}` must be longer than a word and end without a full stop"
    );
}

/// Whether anything is sent, and the violations.
#[track_caller]
fn violations_of(setup: &Setup) -> (bool, Vec<Violation>) {
    let mut context = Context {
        received_at: setup.received_at,
        ..Context::default()
    };
    if setup.is_detected {
        context.source = None;
    }
    let body = setup.body.to_string().replace(HALF_A_PAIR, "\\ud83d");
    let planner = support::planner(&Value::Object(setup.settings.clone()).to_string());
    match planner
        .plan(body.as_bytes(), &context)
        .expect("rows are batches")
        .fates
        .as_slice()
    {
        [Fate::Ready(parcel)] => (true, parcel.warnings.clone()),
        [Fate::Refused(violations)] => (false, violations.clone()),
        other => panic!("{other:?}\n--- for ---\n{body}"),
    }
}

/// Settings and an event.
struct Setup {
    settings: Map<String, Value>,
    body: Value,
    received_at: Option<Moment>,
    /// Whether the sender is detected.
    is_detected: bool,
}

impl Setup {
    fn set(&mut self, key: &str, value: Value) {
        self.body[key] = value;
    }

    fn user(&mut self, key: &str, value: Value) {
        self.body["user_properties"][key] = value;
    }

    fn property(&mut self, key: &str, value: Value) {
        self.body["event_properties"][key] = value;
    }

    fn no_user(&mut self, keys: &[&str]) {
        for key in keys {
            self.user(key, Value::Null);
        }
    }

    fn setting(&mut self, block: &str, key: &str, value: Value) {
        self.settings[block][key] = value;
    }
}

/// The violation that must be reported.
struct Expected {
    rule: Rule,
    severity: Severity,
    field: &'static str,
    origin: Option<&'static str>,
    message: &'static str,
}

struct Row {
    clean: Setup,
    spoil: fn(&mut Setup),
    expected: Expected,
    /// Rules that `spoil` cannot but break, too.
    companions: Vec<Rule>,
}

/// Kochava's field, and the path in the sender's event.
type Position = (&'static str, Option<&'static str>);

fn refuses(
    rule: Rule,
    position: Position,
    message: &'static str,
    clean: Setup,
    spoil: fn(&mut Setup),
) -> Row {
    row((rule, Severity::Refuse), position, message, clean, spoil)
}

fn warns(
    rule: Rule,
    position: Position,
    message: &'static str,
    clean: Setup,
    spoil: fn(&mut Setup),
) -> Row {
    row((rule, Severity::Warn), position, message, clean, spoil)
}

fn row(
    (rule, severity): (Rule, Severity),
    (field, origin): Position,
    message: &'static str,
    clean: Setup,
    spoil: fn(&mut Setup),
) -> Row {
    Row {
        clean,
        spoil,
        expected: Expected {
            rule,
            severity,
            field,
            origin,
            message,
        },
        companions: vec![],
    }
}

fn beside(companion: Rule, row: Row) -> Row {
    Row {
        companions: vec![companion],
        ..row
    }
}

fn rows() -> Vec<Row> {
    [
        rows_of_the_call(),
        rows_of_the_device(),
        rows_of_consent(),
        rows_of_the_data(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[rustfmt::skip]
fn rows_of_the_call() -> Vec<Row> {
    vec![
        refuses(Rule::NotAnObject, ("", None),
            "an element of the batch is not a JSON object",
            ios(), |setup| setup.body = json!(["Purchase"])),
        refuses(Rule::UnrecognizedFormat, ("", None),
            "an element of the batch has the format of no known sender; name its sender",
            ios(), |setup| { setup.body = json!([{ "a": 1 }]); setup.is_detected = true; }),
        refuses(Rule::NestedTooDeep, ("", None),
            "nesting deeper than 128 levels; send a flatter object",
            ios(), |setup| setup.property("deep", (0..127).fold(json!(1), |inner, _| json!([inner])))),
        refuses(Rule::AppGuidMissing, ("kochava_app_id", None),
            "no App GUID for the app on this platform; Kochava needs one",
            ios(), |setup| { setup.settings.insert("app_guid".into(), json!({ "android": "koandroid" })); }),
        refuses(Rule::EventNameMissing, ("data.event_name", Some("event_type")),
            "no event name in `event_type`; Kochava needs one",
            ios(), |setup| setup.set("event_type", json!(" "))),
        refuses(Rule::EventNameWithheld, ("data.event_name", Some("event_type")),
            "event name with an advertising id without permission to track in `event_type`; send a name without it",
            ios(), |setup| {
                setup.set("event_type", json!("Opened by A1B2C3D4-0000-4000-8000-0123456789AB"));
                setup.body["user_properties"]["att"] = json!("denied");
            }),
        warns(Rule::EventNameNearStandard, ("data.event_name", Some("event_type")),
            "misspelt name of a standard event in `event_type`; Kochava treats it as a different event",
            ios(), |setup| setup.set("event_type", json!("add_to_wishlist"))),
        warns(Rule::UsertimeMissing, ("data.usertime", Some("event_time")),
            "no event time in `event_time`; Kochava will use the time of arrival",
            ios(), |setup| setup.set("event_time", Value::Null)),
        warns(Rule::UsertimeUnreadable, ("data.usertime", Some("event_time")),
            "unreadable event time in `event_time`; it is left out, so Kochava will use the time of arrival",
            ios(), |setup| setup.set("event_time", json!("01/02/2026"))),
        warns(Rule::UsertimeImplausible, ("data.usertime", Some("event_time")),
            "event time before 2000 or after 2100 in `event_time`; it is a default date or has another unit, and counts as missing",
            ios(), |setup| setup.set("event_time", json!("0001-01-01T00:00:00"))),
        warns(Rule::UsertimeInFuture, ("data.usertime", Some("event_time")),
            "future event time in `event_time`; it is more than a day after arrival and is left out",
            ios(), |setup| setup.received_at = Some(Moment::from_millis(1_767_225_600_000 - 86_401_000))),
        refuses(Rule::OriginationIpMissing, ("data.origination_ip", Some("ip_address")),
            "no IP address in `ip_address`; send the device's, or map another field",
            ios(), |setup| setup.set("ip_address", Value::Null)),
        refuses(Rule::OriginationIpInvalid, ("data.origination_ip", Some("ip_address")),
            "invalid IP address in `ip_address`; send one literal IPv4 or IPv6 address",
            ios(), |setup| setup.set("ip_address", json!("203.0.113"))),
        refuses(Rule::OriginationIpNotPublic, ("data.origination_ip", Some("ip_address")),
            "private or reserved IP address in `ip_address`; send the device's public one",
            ios(), |setup| setup.set("ip_address", json!("10.0.0.1"))),
        refuses(Rule::RequestTooLarge, ("", None),
            "request too large; it must be smaller than 2,000,000 bytes",
            ios(), |setup| setup.property("long", json!("x".repeat(2_000_000)))),
        warns(Rule::AttributionUnreadable, ("data.install_referrer.referrer", Some("event_properties.referrer")),
            "unreadable attribution of an install in `event_properties.referrer`; it is left out",
            android(), |setup| {
                setup.settings.insert("installs".into(), json!({ "send": true, "select": [{ "names": ["*"] }] }));
                setup.setting("mapping", "install_referrer", json!("event_properties.referrer"));
                setup.property("referrer", json!(["utm_source=google-play"]));
            }),
    ]
}

#[rustfmt::skip]
fn rows_of_the_device() -> Vec<Row> {
    vec![
        warns(Rule::KochavaDeviceIdMissing, ("kochava_device_id", Some("user_properties.kochava_device_id")),
            "no Kochava device id in `user_properties.kochava_device_id`; the install is found by device ids alone",
            ios(), |setup| setup.no_user(&["kochava_device_id"])),
        beside(Rule::DeviceUaMissing, warns(Rule::DeviceVerMissing, ("data.device_ver", None),
            "neither a user agent nor model, system and version; Kochava cannot identify the device type",
            android(), |setup| { setup.no_user(&["ua"]); setup.set("os_version", Value::Null); })),
        warns(Rule::DeviceUaMissing, ("data.device_ua", Some("user_properties.ua")),
            "no user agent in `user_properties.ua`; fingerprint attribution cannot work without it",
            android(), |setup| setup.no_user(&["ua"])),
        warns(Rule::PlatformUnknown, ("", None),
            "unknown platform; identifiers are sent as mapped, an IDFA only with consent",
            android(), |setup| setup.set("platform", json!("Windows"))),
        beside(Rule::DeviceUaMissing, warns(Rule::DeviceUaPlaceholder, ("data.device_ua", Some("user_properties.ua")),
            "placeholder or non-string value instead of a user agent in `user_properties.ua`; it counts as missing",
            android(), |setup| setup.user("ua", json!("(null)")))),
        refuses(Rule::DeviceIdentityMissing, ("data.device_ids", Some("user_properties.adid")),
            "no identifier in `user_properties.adid`; send a Kochava device id or at least one device id, or map another field",
            android(), |setup| setup.no_user(&["kochava_device_id", "adid", "android_id"])),
        warns(Rule::DeviceIdsMissing, ("data.device_ids", Some("user_properties.adid")),
            "no device id in `user_properties.adid`; the install is found by the Kochava device id alone",
            android(), |setup| setup.no_user(&["adid", "android_id"])),
        refuses(Rule::IdentityDeviceIdMissing, ("device_id", Some("user_properties.adid")),
            "no device id in `user_properties.adid`; IdentityLink needs at least one, or map another field",
            android(), |setup| {
                setup.setting("users", "send", json!(true));
                setup.set("event_type", Value::Null);
                setup.no_user(&["adid", "android_id"]);
            }),
        beside(Rule::DeviceIdsMissing, warns(Rule::IdentityLeftOut, ("device_id", Some("user_properties.adid")),
            "invalid identity in `user_properties.adid`; it is left out, and the event is sent without it",
            android(), |setup| {
                setup.setting("users", "send", json!(true));
                setup.setting("users", "from", json!("events"));
                setup.no_user(&["adid", "android_id"]);
            })),
        warns(Rule::IdentifierPlaceholder, ("data.device_ids.android_id", Some("user_properties.android_id")),
            "placeholder or non-string value instead of an identifier in `user_properties.android_id`; it counts as missing",
            android(), |setup| setup.user("android_id", json!("unknown"))),
        warns(Rule::IdentifierWrongPlatform, ("data.device_ids.idfv", Some("user_properties.idfv")),
            "identifier of another platform in `user_properties.idfv`; it counts as missing",
            android(), |setup| setup.user("idfv", json!("11111111-2222-4333-8444-555555555555"))),
        warns(Rule::IdentifierShape, ("data.device_ids.android_id", Some("user_properties.android_id")),
            "malformed identifier in `user_properties.android_id`; it counts as missing",
            android(), |setup| setup.user("android_id", json!("3f1c0a9"))),
    ]
}

#[rustfmt::skip]
fn rows_of_consent() -> Vec<Row> {
    vec![
        warns(Rule::AdvertisingIdWithheld, ("data.device_ids.idfa", Some("user_properties.idfa")),
            "advertising id without permission to track in `user_properties.idfa`; it is withheld",
            ios(), |setup| setup.user("att", json!("denied"))),
        warns(Rule::AttStatusMissing, ("data.app_tracking_transparency", Some("user_properties.att")),
            "no App Tracking Transparency status in `user_properties.att`; Kochava assumes no consent",
            ios(), |setup| setup.no_user(&["att", "idfa"])),
        warns(Rule::AttStatusUnreadable, ("data.app_tracking_transparency", Some("user_properties.att")),
            "unknown App Tracking Transparency status in `user_properties.att`; it counts as no consent",
            ios(), |setup| { setup.user("att", json!("perhaps")); setup.no_user(&["idfa"]); }),
        warns(Rule::LimitAdTrackingUnreadable, ("data.device_limit_tracking", Some("user_properties.lat")),
            "unreadable limit-ad-tracking flag in `user_properties.lat`; ad tracking counts as limited; send true or false",
            android(), |setup| { setup.user("lat", json!("perhaps")); setup.no_user(&["adid"]); }),
        warns(Rule::ConsentUnreadable, ("data.gdpr_privacy_consent", Some("user_properties.gdpr")),
            "unreadable consent flag in `user_properties.gdpr`; it counts as a refusal, `gdpr_applies` as missing; send 0 or 1",
            android(), |setup| { setup.user("gdpr", json!(2)); setup.user("tc", json!("CPXxRfAPXxRfA")); }),
        warns(Rule::ConsentIncomplete, ("data.gdpr_privacy_consent", Some("user_properties.tc")),
            "incomplete consent in `user_properties.tc`; it counts as missing without a TC string or both of Google's flags",
            android(), |setup| setup.user("gdpr", json!(1))),
    ]
}

#[rustfmt::skip]
fn rows_of_the_data() -> Vec<Row> {
    vec![
        refuses(Rule::RevenueUnreadable, ("data.event_data.sum", Some("event_properties.$revenue")),
            "unreadable revenue in `event_properties.$revenue`; send a number without a currency sign",
            ios(), |setup| { setup.property("$revenue", json!("$19.90")); setup.property("currency", json!("USD")); }),
        refuses(Rule::CurrencyUnreadable, ("data.currency", Some("event_properties.currency")),
            "unreadable currency in `event_properties.currency`; send a code of three letters (ISO 4217)",
            ios(), |setup| { setup.property("revenue", json!(19.9)); setup.property("currency", json!("Dollar")); }),
        warns(Rule::CurrencyMissing, ("data.currency", Some("event_properties.$currency")),
            "no currency for the revenue in `event_properties.$currency`; Kochava counts it in the app's default currency",
            ios(), |setup| setup.property("revenue", json!(19.9))),
        warns(Rule::EventDataKeyRenamed, ("data.event_data.ev_source", Some("event_properties.source")),
            "reserved or duplicate property name in `event_properties.source`; it is sent with the prefix `ev_`",
            ios(), |setup| setup.property("source", json!("mail"))),
        warns(Rule::EventDataManyKeys, ("data.event_data", None),
            "more than 16 keys in `event_data`; Kochava may ignore those beyond the 16th",
            ios(), |setup| (0..16).for_each(|index| setup.property(&format!("key {index}"), json!(index)))),
        warns(Rule::NumberAsText, ("data.event_data.big", Some("event_properties.big")),
            "number beyond 64 bits in `event_properties.big`; it is sent as a string to keep its digits",
            ios(), |setup| setup.property("big", json!(9_223_372_036_854_775_808_u64))),
        warns(Rule::TextRepaired, ("data.event_data.mood", Some("event_properties.mood")),
            "half a surrogate pair in `event_properties.mood`; it is replaced by U+FFFD",
            ios(), |setup| setup.property("mood", json!(HALF_A_PAIR))),
        warns(Rule::ValueDropped, ("data.event_data.cart", Some("event_properties.cart")),
            "nested value in `event_properties.cart`; it has no place here and is left out",
            ios(), |setup| { setup.setting("wire", "nested", json!("drop")); setup.property("cart", json!({ "sku": "a-1" })); }),
    ]
}

/// Stands for an escape that no `Value` can hold.
const HALF_A_PAIR: &str = "half a pair";

fn ios() -> Setup {
    let event = json!({
        "event_type": "Level Up", "event_time": "2026-01-01 00:00:00.000000", "platform": "iOS", "os_version": "17.2", "device_model": "iPhone15,2",
        "ip_address": "203.0.113.7", "version_name": "4.2.0", "user_id": "user-4711", "event_properties": { "level": 7 },
        "user_properties": {
            "kochava_device_id": "KI-1", "idfa": "A1B2C3D4-0000-4000-8000-0123456789AB", "idfv": "11111111-2222-4333-8444-555555555555",
            "att": "authorized", "ua": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X)"
        }
    });
    Setup {
        settings: settings(),
        body: event,
        received_at: None,
        is_detected: false,
    }
}

fn android() -> Setup {
    let event = json!({
        "event_type": "Level Up", "event_time": "2026-01-01 00:00:00.000000", "platform": "Android", "os_version": "14", "device_model": "SM-G991B",
        "ip_address": "2001:db8::7", "version_name": "4.2.0", "user_id": "user-4711", "event_properties": {},
        "user_properties": {
            "kochava_device_id": "KA-1", "adid": "a1b2c3d4-0000-4000-8000-0123456789ab", "android_id": "3f0c7a52e1d94b6f",
            "ua": "Mozilla/5.0 (Linux; Android 14; SM-G991B)"
        }
    });
    Setup {
        settings: settings(),
        body: event,
        received_at: None,
        is_detected: false,
    }
}

fn settings() -> Map<String, Value> {
    let mut settings: Map<String, Value> =
        serde_json::from_str(support::SETTINGS).expect("the settings are an object");
    let further = json!({ "limit_ad_tracking": "user_properties.lat", "gdpr_applies": "user_properties.gdpr", "tc_string": "user_properties.tc" });
    for (key, path) in further.as_object().expect("an object was written") {
        settings["mapping"][key] = path.clone();
    }
    settings.insert("events".into(), json!({ "properties": "*" }));
    settings.insert("users".into(), json!({}));
    settings.insert("wire".into(), json!({}));
    settings
}
