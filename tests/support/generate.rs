//! Generates inbound bodies as raw JSON text, since a parsed value cannot express much of what is
//! hostile in them: duplicate keys, lone surrogates, huge numbers.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

/// Valid settings that together lead a body to every outcome.
pub(crate) fn settings_pool() -> Vec<String> {
    let all = r#""properties":"*","user_properties":"*""#;
    [
        String::new(),
        format!(r#","events":{{{all}}}"#),
        format!(r#","events":{{{all}}},"wire":{{"nested":"json","usertime":"millis"}},{SIGNED}"#),
        format!(r#","events":{{{all}}},"wire":{{"nested":"drop","values":"strings","device_ua":"raw"}}"#),
        r#","events":{"properties":"*"},"users":{"send":true,"from":"both","properties":"*"},"wire":{"identity_route":"track"}"#.to_owned(),
        format!(r#","events":{{{all}}},"users":{{"send":true,"from":"both","properties":"*"}},{SIGNED}"#),
        r#","test_app_guid":"kotest","wire":{"device_ver":"model"},"events":{"select":[{"names":["P*","*l*"]}],"rename":{"Purchase":"Bought/é"},
            "properties":["price","a.b","cart","items.0"],"user_properties":["price","plan"]},"users":{"send":true,"from":"events","user_id_as":null,"properties":["plan"]}"#
            .to_owned(),
        format!(r#","installs":{{"send":true,"select":[{{"names":["P*","*l*"]}}]}},"users":{{"send":true,"from":"both","properties":"*"}},"wire":{{"usertime":"millis"}},{SIGNED}"#),
    ]
    .iter()
    .map(|further| format!("{{{BASE}{further}}}"))
    .collect()
}

const SIGNED: &str = r#""authentication":{"api_key":"test-api-key","secret":"test-secret"}"#;

const BASE: &str = r#""app_guid":{"ios":"koios","default":"koother"},"mapping":{
    "kochava_device_id":["user_properties.kid","kid"],"origination_ip":["ip_address","user_properties.ip"],
    "idfa":["idfa","user_properties.idfa"],"idfv":"user_properties.idfv","adid":"user_properties.adid","android_id":"user_properties.android_id",
    "device_ua":"user_properties.ua","att":"user_properties.att","limit_ad_tracking":"user_properties.lat","gdpr_applies":"user_properties.gdpr",
    "tc_string":"user_properties.tc","ad_user_data":"user_properties.ad","ad_personalization":"/user_properties/ap",
    "install_referrer":"user_properties.referrer","referrer_click_time":"user_properties.clicked",
    "ad_services_token":"user_properties.token","adservices_attribution_details":"user_properties.search_ads",
    "custom_ids":{"rida":"user_properties.rida","udid":"user_properties.plan"}}"#;

/// A body: one element, a list, or one of Amplitude's wrappers.
pub(crate) fn body() -> impl Strategy<Value = String> {
    let events = || {
        prop::collection::vec(prop_oneof![9 => event(), 1 => value()], 0..4)
            .prop_map(|events| events.join(","))
    };
    prop_oneof![
        4 => event(),
        2 => events().prop_map(|events| format!("[{events}]")),
        1 => events().prop_map(|events| format!("{{\"events\":[{events}]}}")),
        1 => (events(), events()).prop_map(|(users, events)| format!("{{\"users\":[{users}],\"from\":1,\"events\":[{events}]}}")),
        1 => value(),
    ]
}

const TIMES: &[&str] = &[
    r#""2026-01-01 00:00:00.999999""#,
    r#""2026-02-30 00:00:00""#,
    "1767225600",
    "1767225600123",
    r#""""#,
    "1e9",
    r#""2026-01-01T00:00Z""#,
    r#""0001-01-01T00:00:00""#,
    r#""1900-01-01 00:00""#,
    r#""1970-01-01T01:00:00+01:00""#,
    r#""2038-01-19T03:14:07Z""#,
    r#""9999-12-31T23:59:59.9999999Z""#,
    "0",
    "-62135596800000",
    r#""946684799""#,
    "4102444801",
    "2.53402300799e14",
];

const ADDRESSES: &[&str] = &[
    r#""203.0.113.7""#,
    r#"" 8.8.8.8 ""#,
    r#""2001:db8::1""#,
    r#""203.0.113.7, 10.0.0.1""#,
    r#""203.0.113.7:443""#,
    r#""[2001:db8::1]:443""#,
    r#""::ffff:203.0.113.7""#,
    r#""::ffff:cb00:7107""#,
    r#""2002:cb00:7107::1""#,
    r#"["203.0.113.7"]"#,
    r#""10.0.0.1""#,
    r#""198.19.0.1""#,
    r#""::ffff:127.0.0.1""#,
    r#""64:ff9b::a00:1""#,
    r#""2002:a00:1::1""#,
    r#""100.64.0.1""#,
    r#""fe80::1%en0""#,
    r#""x""#,
    "3405803783",
    "null",
];

/// One event or user as Amplitude sends it, some of its fields damaged.
pub(crate) fn event() -> BoxedStrategy<String> {
    let fields = vec![
        field(
            "event_type",
            &[
                r#""Purchase""#,
                r#""Level Up""#,
                r#""purchase""#,
                r#""$identify""#,
                r#""unverified_revenue""#,
                r#""caf\u00e9 \ud83d\ude00/""#,
                r#""\ud83d""#,
                "null",
            ],
        ),
        field("event_time", TIMES),
        field("ip_address", ADDRESSES),
        field(
            "platform",
            &[
                r#""iOS""#,
                r#""Android""#,
                r#""Web""#,
                r#""tvOS""#,
                r#""Roku""#,
                r#""fire_tv""#,
                r#""visionOS""#,
                r#""macOS""#,
                r#""watchOS 11""#,
                r#""Windows""#,
                "null",
            ],
        ),
        field(
            "os_version",
            &[r#""17.2""#, r#""13""#, "14", "1", r#""unknown""#, r#""""#],
        ),
        field(
            "device_model",
            &[r#""iPhone15,2""#, r#""SM/G991B""#, r#""Pok\u00e9 phone""#],
        ),
        field("device_brand", &[r#""Google""#, r#""Amazon""#]),
        field(
            "user_id",
            &[
                r#""user/4711""#,
                "4711",
                r#""null""#,
                r#""(null)""#,
                r#"" u-1\u00a0""#,
                r#""some user id""#,
                "18446744073709551616",
            ],
        ),
        field("version_name", &[r#""4.2.0""#, "4.20", "null"]),
        event_properties().prop_map(Some).boxed(),
        user_properties().prop_map(Some).boxed(),
    ];
    (fields, prop::collection::vec(member(), 0..2))
        .prop_map(|(fields, further)| object_of(fields.into_iter().flatten().chain(further)))
        .boxed()
}

fn event_properties() -> BoxedStrategy<String> {
    let money = vec![
        field(
            "revenue",
            &["19.90", r#""1e2""#, "-5", r#""$5""#, "1e999", "0"],
        ),
        field("currency", &[r#""usd""#, r#""EUR""#, r#""""#, "5"]),
        field("price", &["10.0", r#""12""#, "0.1"]),
        field("$revenue", &["null", "5", r#"" 7.5 ""#, r#""""#]),
        field(
            "$price",
            &["0.1", r#""19.99""#, "0", "-5", "1e2", r#""1,5""#, "{}"],
        ),
        field("$quantity", &["3", r#""2""#, "0", "-1", "null", "1e400"]),
        field("$currency", &[r#""USD""#, r#""nil""#, "null"]),
        field("$receipt", &[r#""MIIT""#]),
        field("sum", &["7", r#""8.50""#, "null", "true"]),
    ];
    (
        money,
        prop::bool::weighted(0.5),
        prop::collection::vec(member(), 0..12),
    )
        .prop_map(|(money, is_sold, further)| {
            let money = money.into_iter().flatten().filter(|_| is_sold);
            format!("\"event_properties\":{}", object_of(money.chain(further)))
        })
        .boxed()
}

fn user_properties() -> BoxedStrategy<String> {
    let uuid = r#""A1B2C3D4-0000-4000-8000-0123456789AB""#;
    let zeros = r#""00000000-0000-0000-0000-000000000000""#;
    let mut device = vec![
        field(
            "kid",
            &[
                r#""KI-1""#,
                r#""ki\/\u00e9""#,
                r#""unknown""#,
                r#""(null)""#,
                r#""{{kid}}""#,
                r#""\u200b""#,
                "17",
                "0",
            ],
        ),
        field(
            "idfa",
            &[
                uuid,
                zeros,
                r#"" a ""#,
                r#""ffffffff-ffff-ffff-ffff-ffffffffffff""#,
                r#""{A1B2C3D4-0000-4000-8000-0123456789AB}""#,
                r#""A1B2C3D4000040008000012345678 9AB""#,
                r#""<null>""#,
            ],
        ),
        field(
            "idfv",
            &[
                r#""0DE1A0C0-1111-4222-8333-0123456789AB""#,
                uuid,
                r#""nil""#,
                r#""""#,
            ],
        ),
        field(
            "adid",
            &[r#""01234567-89ab-4def-8123-456789abcdef""#, uuid, zeros],
        ),
        field(
            "android_id",
            &[
                r#""3f0c7a52e1d94b6f""#,
                r#""9774D56D682E549C""#,
                r#""DEFACE""#,
                r#""f0c7a52e""#,
                "9007199254740993",
            ],
        ),
        field(
            "ua",
            &[
                r#""Mozilla/5.0 (iPhone; é)""#,
                r#""Mozilla%2F5.0""#,
                r#""\ud83d\ude00""#,
                r#""%zz 100%""#,
                r#""N/A""#,
                r#""%28null%29""#,
                "5",
                "null",
            ],
        ),
        field(
            "att",
            &[
                r#""authorized""#,
                r#""denied""#,
                "3",
                "false",
                r#""perhaps""#,
                r#""TrackingStatus.authorized""#,
                r#""not.authorized""#,
                r#""unavailable""#,
                "{}",
            ],
        ),
        field(
            "lat",
            &[r#""no""#, "true", "true", "1", "2", r#""unknown""#, "[]"],
        ),
        field("gdpr", &["1", r#""0""#, "7"]),
        field("tc", &[r#""CPXxRfAPXxRfA""#, "null"]),
        field("ad", &["true", "0", r#""GRANTED""#, r#""perhaps""#]),
        field("ap", &["false", "1", r#""denied""#]),
        field("plan", &[r#""pro""#, "5.50", "true", r#"{"name":"pro"}"#]),
    ];
    device.extend(attribution());
    let members = (device, prop::collection::vec(member(), 0..6));
    (members, prop::bool::weighted(0.2))
        .prop_map(|((device, further), is_set)| {
            let properties = object_of(device.into_iter().flatten().chain(further));
            if is_set {
                format!("\"user_properties\":{{\"$set\":{properties},\"$add\":{{\"n\":1}}}}")
            } else {
                format!("\"user_properties\":{properties}")
            }
        })
        .boxed()
}

/// What an install tells of its origin.
fn attribution() -> Vec<BoxedStrategy<Option<String>>> {
    vec![
        field(
            "referrer",
            &[
                r#""utm_source=google-play&utm_medium=organic""#,
                r#""gclid=a/b&caf\u00e9=\ud83d""#,
                r#""idfa=a1b2c3d4-0000-4000-8000-0123456789ab""#,
                r#""(null)""#,
                "17",
            ],
        ),
        field("clicked", TIMES),
        field("token", &[r#""dG9rZW4/\u002b==""#, r#"" ""#, "{}"]),
        field(
            "search_ads",
            &[
                r#"{"attribution":true,"orgId":40669820,"campaignId":542370539,"clickDate":"2026-01-01T00:00Z","claimType":"Click"}"#,
                r#"{"attribution":"true","orgId":18446744073709551616,"adId":1e400,"keywordId":12.50,"countryOrRegion":"\ud83d"}"#,
                r#"{"attribution":true,"attribution":false,"clickDate":null,"conversionType":"A1B2C3D4000040008000 0123456789AB"}"#,
                r#"{"surprise":1}"#,
                "[]",
            ],
        ),
    ]
}

/// A member that mostly has the first of `values`, a valid one, or another of them; sometimes any
/// value, and sometimes it is absent.
fn field(key: &'static str, values: &[&'static str]) -> BoxedStrategy<Option<String>> {
    let value = prop_oneof![8 => Just(values[0].to_owned()), 8 => select(values.to_vec()).prop_map(str::to_owned), 1 => value()];
    prop::option::weighted(
        0.85,
        value.prop_map(move |value| format!("\"{key}\":{value}")),
    )
    .boxed()
}

fn member() -> impl Strategy<Value = String> {
    (key(), value()).prop_map(|(key, value)| format!("{key}:{value}"))
}

fn object_of(members: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// A JSON string for a key: names with a meaning, duplicates, and any text.
fn key() -> impl Strategy<Value = String> {
    const KEYS: &[&str] = &[
        r#""price""#,
        r#""pr\u0069ce""#,
        r#""a.b""#,
        r#""a""#,
        r#""0""#,
        r#""1""#,
        r#""\u0000k""#,
        r#""\u0000""#,
        r#""source""#,
        r#""campaign""#,
        r#""sum""#,
        r#""ev_source""#,
        r#""ev_sum""#,
        r#""ev_ev_source""#,
        r#""ev_0""#,
        r#""currency""#,
        r#""""#,
        r#""caf\u00e9""#,
        r#""café""#,
        r#""cart""#,
        r#""items""#,
        r#""cart.sku""#,
        r#""$set""#,
        r#""$productId""#,
        r#""$receiptSig""#,
        r#""IDFA""#,
        r#""advertising_id""#,
        r#""device.gaid""#,
        r#""Device ID""#,
        r#""app_userid""#,
        r#""__proto__""#,
        r#""\ud83d""#,
        r#""\ud83e""#,
    ];
    prop_oneof![4 => select(KEYS).prop_map(str::to_owned), 1 => text()]
}

/// Any JSON value, some levels deep.
pub(crate) fn value() -> BoxedStrategy<String> {
    scalar()
        .prop_recursive(4, 24, 5, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|elements| format!("[{}]", elements.join(",")));
            let members = prop::collection::vec(
                (key(), inner).prop_map(|(key, value)| format!("{key}:{value}")),
                0..5,
            );
            prop_oneof![
                list,
                members.prop_map(|members| object_of(members.into_iter()))
            ]
        })
        .boxed()
}

fn scalar() -> BoxedStrategy<String> {
    prop_oneof![3 => text(), 3 => number(), 1 => select(&["true", "false", "null"][..]).prop_map(str::to_owned)].boxed()
}

/// A JSON string.
pub(crate) fn text() -> BoxedStrategy<String> {
    const HOSTILE: &[&str] = &[
        r#""""#,
        r#"" ""#,
        r#""\ud83d""#,
        r#""\ude00\ud83d""#,
        r#""\udc00\udc01x""#,
        r#""\ud83d\ud83d\ude00""#,
        r#""\uD83D\uDE00""#,
        r#""\u0000x""#,
        r#""a\/b/c""#,
        r#""\u2028\u007f""#,
        r#""</script>""#,
        r#""\\\" \b\f\n\r\t""#,
        r#""😀é\u00e9""#,
        r#""null""#,
        r#""<null>""#,
        r#""None""#,
        r#""a1b2c3d4-0000-4000-8000-0123456789ab""#,
        r#""https://a.example/?idfa=A1B2C3D4-0000-4000-8000-0123456789AB""#,
        r#""1e5""#,
        r#""\ud83dx""#,
        r#""\uffff""#,
    ];
    let quoted = |text: String| serde_json::to_string(&text).expect("a string is JSON");
    prop_oneof![4 => "[a-zA-Z0-9 _.:-]{0,12}".prop_map(quoted), 2 => any::<String>().prop_map(quoted), 2 => select(HOSTILE).prop_map(str::to_owned)]
        .boxed()
}

/// A JSON number.
pub(crate) fn number() -> BoxedStrategy<String> {
    const HOSTILE: &[&str] = &[
        "0",
        "-0",
        "-0.0",
        "1e2",
        "1E+5",
        "10.0",
        "0.10",
        "1e17",
        "1e16",
        "99999999999999999.0",
        "123456789012345678",
        "0.0001",
        "0.00001",
        "1.5e-7",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "9007199254740993",
        "9007199254740993.0",
        "1e308",
        "1e309",
        "-1e999",
        "1e-400",
        "5e-324",
        "2.2250738585072011e-308",
        "123456789012345678901234567890",
        "0.1e-6",
        "1e22",
        "1.7976931348623157e308",
    ];
    let float = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("JSON has no infinity", |float| float.is_finite());
    prop_oneof![
        3 => select(HOSTILE).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|integer| integer.to_string()),
        2 => (-1_000_000_i64..1_000_000, 0_u32..8).prop_map(|(digits, places)| format!("{digits}e-{places}")),
        1 => float.prop_map(|float| format!("{float:e}")),
    ]
    .boxed()
}

/// The same document with white space between tokens and trailing commas.
pub(crate) fn sprawl(json: &str) -> String {
    let mut sprawled = String::new();
    let (mut in_string, mut is_escaped, mut before) = (false, false, ' ');
    for (index, character) in json.chars().enumerate() {
        if !in_string {
            if matches!(character, '}' | ']') && !matches!(before, '{' | '[') {
                sprawled.push(',');
            }
            if "{}[],:\"".contains(character) {
                sprawled.push_str(["", " ", "\r\n\t"][index % 3]);
            }
        }
        sprawled.push(character);
        if !in_string && "{}[],:".contains(character) {
            sprawled.push_str(["\n", "", "  "][index % 3]);
        }
        match character {
            '"' if !is_escaped => in_string = !in_string,
            _ => {}
        }
        is_escaped = in_string && character == '\\' && !is_escaped;
        if !character.is_ascii_whitespace() {
            before = character;
        }
    }
    sprawled
}

/// Runs each property with `PROPTEST_CASES` inputs, by default 100. A failure prints its smallest
/// input and writes no file.
pub(crate) fn config() -> Config {
    let default = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        default.cases
    } else {
        100
    };
    Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..default
    }
}

/// `count` values of a strategy, the same ones every time.
pub(crate) fn some<T: std::fmt::Debug>(
    count: usize,
    strategy: &impl Strategy<Value = T>,
) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("no strategy here rejects values")
                .current()
        })
        .collect()
}
