//! Settings are read as documented, and every fault in them is reported.

mod support;

use kochava_edge::{
    AlertThresholds, AppGuid, AppGuids, Attribute, Comparison, IdentityRoute, Nested, Operand,
    Path, Platform, Predicate, RetryPolicy, Revenue, SelectedProperty, Selection, Settings,
    Spelling, UsersFrom, WireOptions,
};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;
use support::choices::{FULL, faults, least, with};

/// A selected property whose name identifies nothing.
fn unidentifying(name: &str) -> SelectedProperty {
    SelectedProperty {
        path: Path::dotted(name),
        kind: None,
    }
}

#[test]
fn the_smallest_settings_mean_the_defaults() {
    let settings = read(&least());
    assert!(settings.enabled && settings.events.send && !settings.users.send);
    assert!(
        settings.test_app_guid.is_none()
            && settings.test.is_empty()
            && settings.authentication.is_none()
            && settings.events.select.is_none()
    );
    assert_eq!(
        [
            &settings.events.properties,
            &settings.events.user_properties,
            &settings.users.properties
        ],
        [&Selection::default(); 3]
    );
    assert!(
        matches!(settings.events.revenue, Revenue::Documented) && settings.events.rename.is_empty()
    );
    assert_eq!(
        (settings.users.from, settings.users.user_id_as.as_deref()),
        (UsersFrom::UserPayloads, Some("app_userid"))
    );
    assert_eq!(settings.wire, WireOptions::default());
    let policy = settings.delivery;
    assert_eq!(
        (policy.attempts_max, policy.budget, policy.timeout),
        (3, Duration::from_secs(3), Duration::from_secs(2))
    );
    assert_eq!(
        settings.mapping.paths(Attribute::Idfv),
        Some(&[path("user_properties.idfv")][..])
    );
    assert_eq!(settings.mapping.paths(Attribute::Idfa), None);
}

#[test]
fn every_key_is_read() {
    let settings = Settings::read(FULL).expect("it has no fault");
    let document: Map<String, Value> = serde_json::from_str(FULL).expect("it is an object");
    assert_eq!(
        document.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(Settings::KEYS),
        "it has every top-level key"
    );
    let credentials = settings
        .authentication
        .as_ref()
        .expect("credentials were set");
    assert_eq!(
        (credentials.api_key.expose(), credentials.secret.expose()),
        ("key-1", "secret-1")
    );
    assert!(!settings.enabled && !settings.events.send && settings.users.send);
    assert_eq!(
        settings.events.properties,
        Selection {
            has_star: false,
            named: ["price", "/cart..x"].map(unidentifying).into(),
        }
    );
    let star = Selection {
        has_star: true,
        ..Selection::default()
    };
    assert_eq!(
        (&settings.events.user_properties, &settings.users.properties),
        (&star, &star)
    );
    assert_eq!(
        settings.events.rename,
        [("Order Completed".to_owned(), "Purchase".to_owned())]
    );
    let Revenue::Mapped { from, currency } = &settings.events.revenue else {
        panic!("{:?}", settings.events.revenue)
    };
    assert_eq!(
        (from.as_slice(), currency.as_slice()),
        (
            &[
                path("event_properties.$revenue"),
                path("/event_properties/a~1b")
            ][..],
            &[][..]
        )
    );
    assert_eq!(
        (settings.users.from, settings.users.user_id_as),
        (UsersFrom::Both, None)
    );
    let wire = WireOptions {
        usertime_millis: true,
        device_ua_raw: true,
        device_ver_model: true,
        values: Spelling::Strings,
        nested: Nested::Json,
        identity_route: IdentityRoute::Track,
    };
    assert_eq!(settings.wire, wire);
    let policy = RetryPolicy {
        attempts_max: 10,
        budget: Duration::from_secs(30),
        timeout: Duration::from_millis(100),
        ..RetryPolicy::default()
    };
    assert_eq!(settings.delivery, policy);
    let alerts = AlertThresholds {
        paused_minutes: Some(15),
        reject_percent: None,
        waiting_minutes: Some(10_080),
        coverage_drop_percent: Some(100),
    };
    assert_eq!(settings.alerts, alerts);
    let names: Vec<_> = settings
        .mapping
        .custom_ids
        .iter()
        .map(|(name, paths)| (name.as_str(), paths[0].as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("rida", "user_properties.rida"),
            ("custom", "kid"),
            ("A-1.x", "b")
        ],
        "in the order of the document"
    );
}

#[test]
fn every_attribute_is_mapped_by_its_own_key() {
    for (key, attribute) in ATTRIBUTES {
        let settings = read(&with("/mapping", key, json!(["a", format!("only.{key}")])));
        assert_eq!(
            settings.mapping.paths(attribute),
            Some(&[path("a"), path(&format!("only.{key}"))][..]),
            "{key}"
        );
    }
}

#[test]
fn every_operator_is_read() {
    let covered = RefCell::new(BTreeSet::new());
    let of = |is: &str, value: Value| {
        covered.borrow_mut().insert(is.to_owned());
        let row = if value.is_null() {
            json!({ "property": "a", "is": is })
        } else {
            json!({ "property": "a", "is": is, "value": value })
        };
        let settings = read(&with(
            "",
            "events",
            json!({ "select": [{ "names": ["Level *"], "where": [row] }] }),
        ));
        let block = &settings.events.select.as_ref().expect("there is one block")[0];
        assert_eq!(block.names.as_ref().map(Vec::len), Some(1));
        (block.rows[0].test.clone(), block.rows[0].is_negated)
    };
    let text = || Operand::Text("x".to_owned());
    assert!(
        matches!(of("is", json!("x")), (Predicate::In(operands), false) if operands == [text()])
    );
    assert!(
        matches!(of("is not", json!(5)), (Predicate::In(operands), true) if operands == [Operand::Number("5".to_owned())])
    );
    assert!(
        matches!(of("in", json!(["x", true])), (Predicate::In(operands), false) if operands == [text(), Operand::Bool(true)])
    );
    assert!(matches!(
        of("not in", json!(["x"])),
        (Predicate::In(_), true)
    ));
    assert!(
        matches!(of("contains", json!("x")), (Predicate::Contains(part), false) if part == "x")
    );
    assert!(matches!(
        of("does not contain", json!("x")),
        (Predicate::Contains(_), true)
    ));
    assert!(matches!(
        of("exists", Value::Null),
        (Predicate::Exists, false)
    ));
    assert!(matches!(
        of("does not exist", Value::Null),
        (Predicate::Exists, true)
    ));
    assert!(
        matches!(of("starts with", json!("x")), (Predicate::StartsWith(part), false) if part == "x")
    );
    assert!(
        matches!(of("ends with", json!("x")), (Predicate::EndsWith(part), false) if part == "x")
    );
    assert!(
        matches!(of("greater than", json!(" 5 ")), (Predicate::Compares(Comparison::Greater, number), false) if number == "5")
    );
    assert!(matches!(
        of("greater or equal", json!(5)),
        (Predicate::Compares(Comparison::GreaterOrEqual, _), false)
    ));
    assert!(matches!(
        of("less than", json!(5)),
        (Predicate::Compares(Comparison::Less, _), false)
    ));
    assert!(
        matches!(of("less or equal", json!(-0.5)), (Predicate::Compares(Comparison::LessOrEqual, number), false) if number == "-0.5")
    );
    assert_eq!(covered.into_inner(), operators());
}

/// The operators, as the fault of an unknown one lists them.
fn operators() -> BTreeSet<String> {
    let row = json!({ "property": "a", "is": "?" });
    let document = with("", "test", json!([{ "where": [row] }]));
    let faults = Settings::read(&document.to_string()).expect_err("`?` is no operator");
    let names = faults[0].message.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn a_platform_has_its_own_app_guid_or_that_of_its_family_or_the_default() {
    let of = |guids: Value, platform| {
        let settings = read(&with("", "app_guid", guids));
        settings
            .app_guid
            .of(platform)
            .map(AppGuid::as_str)
            .map(str::to_owned)
    };
    for (key, platform) in AppGuids::KEYS {
        assert_eq!(
            of(json!({ (key): "own", "default": "other" }), platform).as_deref(),
            Some("own"),
            "{key}"
        );
    }
    let families = json!({ "ios": "apple", "android": "google", "default": "other" });
    let expected = [
        "apple", "apple", "apple", "google", "google", "other", "other",
    ];
    for ((_, platform), expected) in AppGuids::KEYS.into_iter().zip(expected) {
        assert_eq!(
            of(families.clone(), platform).as_deref(),
            Some(expected),
            "{platform:?}"
        );
        assert_eq!(of(json!("one"), platform).as_deref(), Some("one"));
    }
    assert_eq!(of(families, Platform::Unknown).as_deref(), Some("other"));
    assert_eq!(of(json!({ "ios": "apple" }), Platform::Android), None);
}

#[test]
fn each_fault_has_its_path_its_code_and_its_sentence() {
    for (document, expected) in faults() {
        let faults = Settings::read(&document.to_string()).expect_err(expected);
        let [fault] = faults.as_slice() else {
            panic!("{faults:?} instead of `{expected}`")
        };
        assert_eq!(format!("{} {fault}", fault.code), expected, "{document}");
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let faults = Settings::read(
        r#"{"enabled":1,"evnts":{},"mapping":{"idfa":"a..b","custom_ids":[]},"wire":{"nested":"x"},"delivery":{"attempts":0}}"#,
    );
    let paths: Vec<_> = faults
        .expect_err("every setting is faulty")
        .iter()
        .map(|fault| fault.path.clone())
        .collect();
    let expected = [
        "evnts",
        "app_guid",
        "enabled",
        "mapping.kochava_device_id",
        "mapping.origination_ip",
        "mapping.idfa",
        "mapping.custom_ids",
        "wire.nested",
        "delivery.attempts",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_missing_object_names_the_required_members_below_it() {
    let below = [
        "missing `mapping.kochava_device_id`: is required",
        "missing `mapping.origination_ip`: is required",
        "missing `mapping`: needs at least one of `idfa`, `idfv`, `adid` and `android_id`",
    ];
    let named = |mapping: &str| {
        let document = format!(r#"{{"app_guid":"koexample"{mapping}}}"#);
        let faults = Settings::read(&document).expect_err("the mapping is missing");
        let faults = faults.iter().map(|fault| format!("{} {fault}", fault.code));
        faults.collect::<Vec<_>>()
    };
    let with_first = |first: &'static str| [first].into_iter().chain(below).collect::<Vec<&str>>();
    assert_eq!(named(""), with_first("missing `mapping`: is required"));
    for no_object in ["null", "[]", "5", "true", r#""user_properties""#] {
        assert_eq!(
            named(&format!(r#","mapping":{no_object}"#)),
            with_first("wrong-type `mapping`: must be an object"),
        );
    }
    assert_eq!(named(r#","mapping":{}"#), below);
    assert_eq!(
        named(r#","mapping":{"origination_ip":"ip","adid":"a"}"#),
        below[..1]
    );
}

#[test]
fn an_unknown_choice_names_the_nearest_one() {
    let row = |word: &str| json!([{ "where": [{ "property": "a", "is": word, "value": 5 }] }]);
    let settings = [
        ("", "test", None),
        ("users", "from", Some("user_payloads")),
        ("wire", "usertime", Some("seconds")),
        ("wire", "device_ua", Some("encoded")),
        ("wire", "device_ver", Some("empty")),
        ("wire", "values", Some("native")),
        ("wire", "nested", Some("flatten")),
        ("wire", "identity_route", Some("track")),
        ("rejects", "keep", Some("reason")),
    ];
    let hint = |object: &str, key: &str, word: &str| {
        let document = if object.is_empty() {
            with("", key, row(word))
        } else {
            with("", object, json!({ (key): word }))
        };
        let faults = Settings::read(&document.to_string()).expect_err(word);
        let [fault] = faults.as_slice() else {
            panic!("{faults:?} for {document}")
        };
        assert_eq!(fault.code, "not-a-choice");
        let (_, hint) = fault.message.split_once("; did you mean `")?;
        Some(hint.trim_end_matches("`?").to_owned())
    };
    for (object, key, choice) in settings {
        for choice in choice.map_or(operators(), |choice| BTreeSet::from([choice.to_owned()])) {
            let doubled = format!("{choice}{}", choice.chars().last().expect("it has letters"));
            for word in [
                choice.to_uppercase(),
                format!(" {choice} "),
                choice.replace([' ', '_'], "-") + " ",
                doubled,
            ] {
                assert_eq!(hint(object, key, &word), Some(choice.clone()), "{word}");
            }
            assert_eq!(hint(object, key, "zzzzzzzzzzzz"), None);
        }
    }
    for (word, operator) in [
        ("startsWith", "starts with"),
        ("greater_than", "greater than"),
        ("less than or equal", "less or equal"),
        ("greater than or equal", "greater or equal"),
        ("isn't", "is not"),
        ("contain", "contains"),
        ("doesn't contain", "does not contain"),
        ("exist", "exists"),
        ("not_in", "not in"),
    ] {
        assert_eq!(hint("", "test", word).as_deref(), Some(operator), "{word}");
    }
    for (object, key, word, choice) in [
        ("wire", "usertime", "milli", "millis"),
        ("wire", "usertime", "sec", "seconds"),
        ("wire", "values", "string", "strings"),
        ("wire", "device_ua", "encode", "encoded"),
        ("wire", "nested", "JSON", "json"),
        ("users", "from", "event", "events"),
        ("rejects", "keep", "reasons", "reason"),
    ] {
        assert_eq!(hint(object, key, word).as_deref(), Some(choice), "{word}");
    }
}

#[test]
fn an_unknown_platform_names_the_nearest_one() {
    for (word, platform) in [
        ("IOS", "ios"),
        ("Android", "android"),
        ("anroid", "android"),
        ("iPadOS", "ipados"),
        ("tv_os", "tvos"),
        ("defualt", "default"),
    ] {
        let document = with("", "app_guid", json!({ (word): "koexample" }));
        let faults = Settings::read(&document.to_string()).expect_err(word);
        let expected = format!("`app_guid.{word}`: is not a setting; did you mean `{platform}`?");
        assert_eq!(faults[0].to_string(), expected);
    }
}

#[test]
fn senders_that_cannot_be_read_demand_no_mapping() {
    for (sources, expected) in [
        (r#""segment""#, "`sources`: must be a list"),
        ("[]", "`sources`: must not be empty; leave it out instead"),
        (r#"["segmnt"]"#, "`sources[0]`: must be one of "),
        (r#"["segment","amplitud"]"#, "`sources[1]`: must be one of "),
    ] {
        let document = format!(r#"{{"app_guid":"koexample","sources":{sources}}}"#);
        let faults = Settings::read(&document).expect_err(expected);
        let [fault] = faults.as_slice() else {
            panic!("{faults:?} instead of `{expected}`")
        };
        assert!(fault.to_string().starts_with(expected), "{fault}");
    }
}

#[test]
fn a_document_that_is_no_object_is_one_fault() {
    for (text, message) in [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (r#"{"a":1}}"#, "is not JSON"),
        ("[]", "must be an object"),
        ("null", "must be an object"),
    ] {
        let faults = Settings::read(text).expect_err(message);
        assert_eq!(
            faults
                .iter()
                .map(|fault| (fault.code, fault.to_string()))
                .collect::<Vec<_>>(),
            [("wrong-type", message.to_owned())],
            "{text}"
        );
    }
}

#[test]
fn no_secret_is_printed() {
    let printed = format!("{:?}", Settings::read(FULL));
    assert!(
        !printed.contains("key-1") && !printed.contains("secret-1"),
        "{printed}"
    );
    let fault = Settings::read(&with("/authentication", "secret", json!("my secret")).to_string())
        .expect_err("the secret has a space");
    assert!(!format!("{fault:?}").contains("my secret"));
}

#[track_caller]
fn read(document: &Value) -> Settings {
    Settings::read(&document.to_string())
        .unwrap_or_else(|faults| panic!("{faults:?} in {document}"))
}

fn path(written: &str) -> Path {
    Path::parse(written).expect("it is a path")
}

#[rustfmt::skip]
const ATTRIBUTES: [(&str, Attribute); Attribute::COUNT] = [
    ("kochava_device_id", Attribute::KochavaDeviceId), ("origination_ip", Attribute::OriginationIp), ("idfa", Attribute::Idfa), ("idfv", Attribute::Idfv),
    ("adid", Attribute::Adid), ("android_id", Attribute::AndroidId), ("device_ua", Attribute::DeviceUa), ("app_version", Attribute::AppVersion),
    ("att", Attribute::Att), ("usertime", Attribute::Usertime), ("platform", Attribute::Platform), ("os_version", Attribute::OsVersion),
    ("device_model", Attribute::DeviceModel), ("user_id", Attribute::UserId), ("limit_ad_tracking", Attribute::LimitAdTracking),
    ("gdpr_applies", Attribute::GdprApplies), ("tc_string", Attribute::TcString), ("ad_user_data", Attribute::AdUserData),
    ("ad_personalization", Attribute::AdPersonalization),
    ("install_referrer", Attribute::InstallReferrer), ("referrer_click_time", Attribute::ReferrerClickTime),
    ("ad_services_token", Attribute::AdServicesToken), ("adservices_attribution_details", Attribute::AdServicesDetails),
];
