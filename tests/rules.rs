//! Does each rule fire for what breaks it, and for nothing else?
//!
//! A row spoils one thing of a clean event, or of the settings, and says all that must then be
//! told. The sentences are part of the interface: they are compared to the letter.

mod support;

use kochava_edge::{Context, Fate, Moment, Rule, Severity, Skip, Violation};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn a_clean_event_breaks_no_rule() {
    for clean in [ios(), android()] {
        assert_eq!(told(&clean), (true, vec![]));
    }
}

#[test]
fn each_rule_is_broken_alone() {
    for row in rows() {
        let (mut setup, expected) = (row.clean, row.told);
        (row.spoil)(&mut setup);
        let (is_ready, told) = told(&setup);
        let fired = told
            .iter()
            .find(|violation| violation.rule == expected.rule)
            .unwrap_or_else(|| panic!("{:?} was not told: {told:?}", expected.rule));
        assert_eq!(fired.field, expected.field, "{:?}", expected.rule);
        assert_eq!(
            fired.origin.as_deref(),
            expected.origin,
            "{:?}",
            expected.rule
        );
        assert_eq!(fired.to_string(), expected.sentence());
        assert_eq!(
            expected.rule.severity(),
            expected.severity,
            "{:?}",
            expected.rule
        );
        assert_eq!(
            is_ready,
            expected.severity == Severity::Warn,
            "{:?}: a warning is sent, a refusal is not",
            expected.rule
        );
        let companions: Vec<_> = told
            .iter()
            .map(|violation| violation.rule)
            .filter(|rule| *rule != expected.rule)
            .collect();
        assert_eq!(companions, row.companions, "beside {:?}", expected.rule);
        assert_eq!(
            told.len(),
            1 + companions.len(),
            "{:?} is told once",
            expected.rule
        );
    }
}

#[test]
fn every_rule_of_the_mapper_has_its_row() {
    let covered: BTreeSet<_> = rows().iter().map(|row| row.told.rule).collect();
    let of_the_mapper = support::rules_named_in(|file| !file.starts_with("kochava/check"));
    assert_eq!(covered, of_the_mapper);
    assert_eq!(rows().len(), of_the_mapper.len());
}

#[test]
fn every_rule_is_told_by_somebody() {
    assert_eq!(
        support::rules_named_in(|_| true),
        Rule::ALL.iter().copied().collect()
    );
}

#[test]
fn codes_are_kebab_case_and_none_comes_twice() {
    are_codes(Rule::ALL.iter().map(|rule| rule.code()));
    are_codes(Skip::ALL.iter().map(|skip| skip.code()));
}

#[test]
fn every_rule_says_its_source_and_its_want() {
    for rule in Rule::ALL {
        let source = rule.source();
        let vendors = [
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
            source.len() > 20 && vendors.iter().any(|vendor| source.starts_with(vendor)),
            "{}: who says `{source}`?",
            rule.code()
        );
        is_sentence(rule.sentence());
    }
    for skip in Skip::ALL {
        is_sentence(skip.sentence());
    }
}

#[track_caller]
fn are_codes<'c>(codes: impl Iterator<Item = &'c str>) {
    let mut seen = BTreeSet::new();
    for code in codes {
        let is_kebab = code.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(is_kebab, "`{code}` is not kebab-case");
        assert!(seen.insert(code), "`{code}` comes twice");
    }
}

#[track_caller]
fn is_sentence(sentence: &str) {
    assert!(
        sentence.len() > 10 && !sentence.ends_with('.'),
        "`{sentence}` ends as no sentence of ours does"
    );
}

/// Whether anything is sent, and all that is told.
#[track_caller]
fn told(setup: &Setup) -> (bool, Vec<Violation>) {
    let context = Context {
        received_at: setup.received_at,
        ..Context::default()
    };
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

/// What a test starts from and spoils.
struct Setup {
    settings: Map<String, Value>,
    body: Value,
    received_at: Option<Moment>,
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

/// What must be told.
struct Told {
    rule: Rule,
    severity: Severity,
    field: &'static str,
    origin: Option<&'static str>,
    want: &'static str,
}

impl Told {
    fn sentence(&self) -> String {
        self.origin.map_or_else(
            || self.want.to_owned(),
            |origin| format!("{} (at `{origin}`)", self.want),
        )
    }
}

struct Row {
    clean: Setup,
    spoil: fn(&mut Setup),
    told: Told,
    /// Rules that cannot but be broken too.
    companions: Vec<Rule>,
}

fn refuses(
    rule: Rule,
    (field, origin): At,
    want: &'static str,
    clean: Setup,
    spoil: fn(&mut Setup),
) -> Row {
    Row {
        clean,
        spoil,
        told: Told {
            rule,
            severity: Severity::Refuse,
            field,
            origin,
            want,
        },
        companions: vec![],
    }
}

fn warns(
    rule: Rule,
    (field, origin): At,
    want: &'static str,
    clean: Setup,
    spoil: fn(&mut Setup),
) -> Row {
    Row {
        clean,
        spoil,
        told: Told {
            rule,
            severity: Severity::Warn,
            field,
            origin,
            want,
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

type At = (&'static str, Option<&'static str>);

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
        refuses(Rule::NotAnObject, ("", None), "an element of a batch must be a JSON object",
            ios(), |setup| setup.body = json!(["Purchase"])),
        refuses(Rule::NestedTooDeep, ("", None), "an event may nest at most 128 levels",
            ios(), |setup| setup.property("deep", (0..127).fold(json!(1), |inner, _| json!([inner])))),
        refuses(Rule::AppGuidMissing, ("kochava_app_id", None), "no App GUID for this platform; add it, or `default`, to `app_guid`",
            ios(), |setup| { setup.settings.insert("app_guid".into(), json!({ "android": "koandroid" })); }),
        refuses(Rule::EventNameMissing, ("data.event_name", Some("event_type")), "the event has no name",
            ios(), |setup| setup.set("event_type", json!(" "))),
        warns(Rule::EventNameNearStandard, ("data.event_name", Some("event_type")),
            "the name differs from a standard event's only in spelling; Kochava files it as another event",
            ios(), |setup| setup.set("event_type", json!("add_to_wishlist"))),
        warns(Rule::UsertimeMissing, ("data.usertime", Some("event_time")), "no time of the event; Kochava will use the time of arrival",
            ios(), |setup| setup.set("event_time", Value::Null)),
        warns(Rule::UsertimeUnreadable, ("data.usertime", Some("event_time")), "the time cannot be read and is not sent",
            ios(), |setup| setup.set("event_time", json!("01/02/2026"))),
        warns(Rule::UsertimeInFuture, ("data.usertime", Some("event_time")), "the time is more than a day in the future and is not sent",
            ios(), |setup| setup.received_at = Some(Moment::from_millis(1_767_225_600_000 - 86_401_000))),
        refuses(Rule::OriginationIpMissing, ("data.origination_ip", Some("ip_address")), "no IP address of the device; send it, or map another field",
            ios(), |setup| setup.set("ip_address", Value::Null)),
        refuses(Rule::OriginationIpInvalid, ("data.origination_ip", Some("ip_address")), "the IP address must be one literal IPv4 or IPv6 address",
            ios(), |setup| setup.set("ip_address", json!("203.0.113.7, 10.0.0.1"))),
        refuses(Rule::OriginationIpNotPublic, ("data.origination_ip", Some("ip_address")), "the IP address must be a public one",
            ios(), |setup| setup.set("ip_address", json!("10.0.0.1"))),
        refuses(Rule::RequestTooLarge, ("", None), "the request must be smaller than 2,000,000 bytes",
            ios(), |setup| setup.property("long", json!("x".repeat(2_000_000)))),
    ]
}

#[rustfmt::skip]
fn rows_of_the_device() -> Vec<Row> {
    vec![
        warns(Rule::KochavaDeviceIdMissing, ("kochava_device_id", Some("user_properties.kochava_device_id")),
            "no Kochava device id; Kochava finds the install by device ids alone",
            ios(), |setup| setup.no_user(&["kochava_device_id"])),
        beside(Rule::DeviceUaMissing, warns(Rule::DeviceVerMissing, ("data.device_ver", None),
            "neither a user agent nor model, system and version are known; Kochava cannot tell the kind of device",
            android(), |setup| { setup.no_user(&["ua"]); setup.set("os_version", Value::Null); })),
        warns(Rule::DeviceUaMissing, ("data.device_ua", Some("user_properties.ua")),
            "no user agent of the device; fingerprint attribution cannot work",
            android(), |setup| setup.no_user(&["ua"])),
        warns(Rule::PlatformUnknown, ("", None), "the platform is unknown, so every identifier is sent as mapped",
            android(), |setup| setup.set("platform", json!("Windows"))),
        refuses(Rule::DeviceIdentityMissing, ("data.device_ids", Some("user_properties.adid")),
            "no Kochava device id and no device id; send at least one of them",
            android(), |setup| setup.no_user(&["kochava_device_id", "adid", "android_id"])),
        warns(Rule::DeviceIdsMissing, ("data.device_ids", Some("user_properties.adid")),
            "no device id; Kochava finds the install by the Kochava device id alone",
            android(), |setup| setup.no_user(&["adid", "android_id"])),
        refuses(Rule::IdentityDeviceIdMissing, ("device_id", Some("user_properties.adid")), "no device id; IdentityLink needs at least one",
            android(), |setup| {
                setup.setting("users", "send", json!(true));
                setup.set("event_type", Value::Null);
                setup.no_user(&["adid", "android_id"]);
            }),
        beside(Rule::DeviceIdsMissing, warns(Rule::IdentityLeftOut, ("device_id", Some("user_properties.adid")),
            "the identity breaks a rule of its own and is not sent; the event is",
            android(), |setup| {
                setup.setting("users", "send", json!(true));
                setup.setting("users", "from", json!("events"));
                setup.no_user(&["adid", "android_id"]);
            })),
        warns(Rule::IdentifierPlaceholder, ("data.device_ids.android_id", Some("user_properties.android_id")),
            "the identifier is a placeholder (empty, zeros, null or the like) or not a text, and is ignored",
            android(), |setup| setup.user("android_id", json!("unknown"))),
        warns(Rule::IdentifierWrongPlatform, ("data.device_ids.idfv", Some("user_properties.idfv")),
            "the identifier belongs to another platform and is ignored",
            android(), |setup| setup.user("idfv", json!("11111111-2222-4333-8444-555555555555"))),
        warns(Rule::IdentifierShape, ("data.device_ids.android_id", Some("user_properties.android_id")),
            "the identifier does not have the form of its kind; Kochava will probably not match it",
            android(), |setup| setup.user("android_id", json!("9774d56d682e549"))),
    ]
}

#[rustfmt::skip]
fn rows_of_consent() -> Vec<Row> {
    vec![
        warns(Rule::AdvertisingIdWithheld, ("data.device_ids.idfa", Some("user_properties.idfa")),
            "tracking is not authorized, so the advertising id is not sent",
            ios(), |setup| setup.user("att", json!("denied"))),
        warns(Rule::AttStatusMissing, ("data.app_tracking_transparency", Some("user_properties.att")),
            "no App Tracking Transparency status; Kochava assumes no consent",
            ios(), |setup| setup.no_user(&["att", "idfa"])),
        warns(Rule::AttStatusUnreadable, ("data.app_tracking_transparency", Some("user_properties.att")),
            "the App Tracking Transparency status cannot be read and counts as no consent",
            ios(), |setup| { setup.user("att", json!("perhaps")); setup.no_user(&["idfa"]); }),
        warns(Rule::LimitAdTrackingUnreadable, ("data.device_limit_tracking", Some("user_properties.lat")),
            "the flag that limits ad tracking must be true or false; any other value is ignored",
            android(), |setup| setup.user("lat", json!("perhaps"))),
        warns(Rule::ConsentUnreadable, ("data.gdpr_privacy_consent", Some("user_properties.gdpr")),
            "a consent flag must be 0 or 1; any other value is ignored",
            android(), |setup| { setup.user("gdpr", json!(2)); setup.user("tc", json!("CPXxRfAPXxRfA")); }),
        warns(Rule::ConsentIncomplete, ("data.gdpr_privacy_consent", Some("user_properties.tc")),
            "consent needs a TC string or both of Google's flags; anything less is ignored",
            android(), |setup| setup.user("gdpr", json!(1))),
    ]
}

#[rustfmt::skip]
fn rows_of_the_data() -> Vec<Row> {
    vec![
        refuses(Rule::RevenueUnreadable, ("data.event_data.sum", Some("event_properties.$revenue")),
            "the amount must be a number, without a currency sign",
            ios(), |setup| { setup.property("$revenue", json!("$19.90")); setup.property("currency", json!("USD")); }),
        refuses(Rule::CurrencyUnreadable, ("data.currency", Some("event_properties.currency")),
            "the currency must be a code of three letters (ISO 4217)",
            ios(), |setup| { setup.property("revenue", json!(19.9)); setup.property("currency", json!("Dollar")); }),
        warns(Rule::CurrencyMissing, ("data.currency", Some("event_properties.$currency")),
            "revenue without a currency; Kochava counts it in the app's default currency",
            ios(), |setup| setup.property("revenue", json!(19.9))),
        warns(Rule::EventDataKeyRenamed, ("data.event_data.ev_source", Some("event_properties.source")),
            "the property's name is reserved or already used; it is sent with the prefix `ev_`",
            ios(), |setup| setup.property("source", json!("mail"))),
        warns(Rule::EventDataManyKeys, ("data.event_data", None), "Kochava may ignore keys after the 16th",
            ios(), |setup| (0..16).for_each(|index| setup.property(&format!("key {index}"), json!(index)))),
        warns(Rule::NumberAsText, ("data.event_data.big", Some("event_properties.big")),
            "the number does not fit 64 bits and is sent as text to keep its digits",
            ios(), |setup| setup.property("big", json!(9_223_372_036_854_775_808_u64))),
        warns(Rule::TextRepaired, ("data.event_data.mood", Some("event_properties.mood")), "an unpaired surrogate was replaced by U+FFFD",
            ios(), |setup| setup.property("mood", json!(HALF_A_PAIR))),
        warns(Rule::ValueDropped, ("data.event_data.cart", Some("event_properties.cart")), "a nested value cannot be sent here and is dropped",
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
