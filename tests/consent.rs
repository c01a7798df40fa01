//! No request carries an advertising id that the user does not permit, wherever the id stands in an
//! event and however platform, status and flags are spelled.
//!
//! The expectation comes from what each spelling means, which is written beside it; none of the
//! core's code decides it (Kochava, Post-Install Event Setup, iOS 14; Apple,
//! `ATTrackingManager.AuthorizationStatus`; the SDKs named beside the words).

mod support;

use kochava_edge::{Context, Fate, Planner};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::generate::config;

const IDFA: &str = "A1B2C3D4-0000-4000-8000-0123456789AB";
const ADID: &str = "5c3f1e2d-0000-4000-9000-0123456789ab";
/// An IDFA that nothing but the key above it tells.
const OTHER_IDFA: &str = "D4C3B2A1-0000-4000-8000-0123456789AB";

/// What a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Yes,
    No,
    /// There is none.
    None,
}

/// Spellings of the status of App Tracking Transparency.
fn statuses() -> Vec<(Value, Status)> {
    let yes = [
        // Apple's enum, by name and number
        json!("authorized"),
        json!("Authorized"),
        json!("AUTHORIZED"),
        json!(3),
        json!("3"),
        json!(3.0),
        json!(true),
        json!("ATTrackingManagerAuthorizationStatusAuthorized"),
        json!("ATTrackingManagerAuthorizationStatus(rawValue: 3)"),
        json!(".authorized"),
        // Flutter, Unity, Expo, React Native Permissions
        json!("TrackingStatus.authorized"),
        json!("AuthorizationTrackingStatus.AUTHORIZED"),
        json!("granted"),
        json!(" granted\n"),
        json!("PermissionStatus.granted"),
    ];
    let no = [
        json!("denied"),
        json!(2),
        json!("restricted"),
        json!(1),
        json!("1"),
        json!("not-determined"),
        json!("NOT_DETERMINED"),
        json!("undetermined"),
        json!("TrackingStatus.notDetermined"),
        json!(0),
        json!(false),
        json!("blocked"),
        // no word of any SDK
        json!("not.authorized"),
        json!("NotAuthorized"),
        json!("no.granted"),
        json!("authorized?"),
        json!("!authorized"),
        json!("аuthorized"),
        json!("perhaps"),
        json!(33),
        json!(-3),
        json!([3]),
        json!({ "status": "authorized" }),
        json!("ATTrackingManagerAuthorizationStatus(rawValue: 2)"),
    ];
    let none = [
        json!(null),
        json!(""),
        json!("(null)"),
        json!("undefined"),
        json!("Optional(nil)"),
        json!("unavailable"),
    ];
    let with = |values: &[Value], status| -> Vec<_> {
        values.iter().map(|value| (value.clone(), status)).collect()
    };
    [
        with(&yes, Status::Yes),
        with(&no, Status::No),
        with(&none, Status::None),
    ]
    .concat()
}

/// Spellings of the limit of ad tracking, each with whether it permits advertising ids.
fn limits() -> Vec<(Value, bool)> {
    let permits = [
        json!(null),
        json!(""),
        json!("<null>"),
        json!(false),
        json!("False"),
        json!("NO"),
        json!(0),
        json!("0"),
        json!("off"),
    ];
    let forbids = [
        json!(true),
        json!("True"),
        json!("YES"),
        json!(1),
        json!("1.0"),
        json!(2),
        json!("perhaps"),
        json!("unknown"),
        json!([false]),
        json!({}),
    ];
    permits
        .into_iter()
        .map(|value| (value, true))
        .chain(forbids.into_iter().map(|value| (value, false)))
        .collect()
}

/// What a platform means to an IDFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    /// Every version that the event may name asks.
    Asks,
    /// It is known to be older than the question.
    Old,
    /// Its devices have no IDFA.
    Other,
}

/// Platform and version.
fn systems() -> Vec<(Value, Value, System)> {
    let all = [
        ("iOS", json!("18.5"), System::Asks),
        ("ios", json!("14"), System::Asks),
        ("iPadOS", json!(null), System::Asks),
        ("iOS", json!("unknown"), System::Asks),
        ("iOS", json!(0), System::Asks),
        ("tvOS", json!("iOS 17.0"), System::Asks),
        ("visionOS", json!("2.0"), System::Asks),
        ("watchOS", json!("11.0"), System::Asks),
        ("macOS", json!("13.6"), System::Asks),
        ("Mac OS X", json!("10.15"), System::Asks),
        ("iOS", json!("13.7"), System::Old),
        ("iPad OS", json!(13), System::Old),
        ("tvOS", json!("tvOS 12.4"), System::Old),
        ("Windows", json!("13"), System::Asks),
        ("", json!("13.7"), System::Asks),
        ("unknown", json!("18.5"), System::Asks),
        ("Android", json!("14"), System::Other),
        ("Web", json!(null), System::Other),
        ("Roku", json!("13"), System::Other),
    ];
    all.into_iter()
        .map(|(platform, version, system)| {
            let platform = if platform.is_empty() {
                json!(null)
            } else {
                json!(platform)
            };
            (platform, version, system)
        })
        .collect()
}

/// The events: every place in which an id can stand.
fn event(parts: &Parts) -> String {
    let mut user = json!({
        "kid": "KI-1", "att": parts.att.0, "lat": parts.limit.0, "idfa": IDFA, "adid": ADID,
        "idfv": "0DE1A0C0-1111-4222-8333-0123456789AB", "android_id": "3f0c7a52e1d94b6f",
        "Advertising-ID": IDFA.to_lowercase(), "plan": format!("pro {IDFA}"),
        "nested": { "deep": [{ "id": IDFA }, { IDFA: 1 }] }, "note": IDFA.replace('-', "")
    });
    if parts.is_set {
        user = json!({ "$set": user });
    }
    if parts.kid_is_idfa {
        let properties = if parts.is_set {
            &mut user["$set"]
        } else {
            &mut user
        };
        properties["kid"] = json!(IDFA);
    }
    let mut event = json!({
        "event_time": "2026-01-01 00:00:00.000000", "platform": parts.system.0, "os_version": parts.system.1,
        "ip_address": "203.0.113.7", "version_name": format!("4.2+{IDFA}"), "device_model": ADID, "user_id": if parts.kid_is_idfa { IDFA } else { "u-1" }, "user_properties": user,
        "event_properties": { "idfa": IDFA, "gaid": ADID, "url": format!("https://a.example/?id={IDFA}&g={ADID}"), "level": 7,
            "device": { "IDFA": [OTHER_IDFA], "model": "a" }, "idfa.raw": OTHER_IDFA }
    });
    if !parts.is_user {
        event["event_type"] = json!("Level Up");
    }
    event.to_string()
}

#[derive(Clone, Debug)]
struct Parts {
    att: (Value, Status),
    limit: (Value, bool),
    system: (Value, Value, System),
    is_user: bool,
    is_set: bool,
    /// Whether the IDFA stands in for the Kochava device id and the user id, too.
    kid_is_idfa: bool,
}

fn parts() -> impl Strategy<Value = Parts> {
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    (
        select(statuses()),
        select(limits()),
        select(systems()),
        flags,
    )
        .prop_map(
            |(att, limit, system, (is_user, is_set, kid_is_idfa))| Parts {
                att,
                limit,
                system,
                is_user,
                is_set,
                kid_is_idfa,
            },
        )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_id_goes_out_only_as_the_user_permits(parts in parts()) {
        let event = event(&parts);
        let ((_, status), (_, is_permitted), (_, _, system)) = (&parts.att, &parts.limit, &parts.system);
        let may_send_idfa = *is_permitted && match (status, system) {
            (Status::Yes, _) => true,
            (Status::No, _) => false,
            (Status::None, system) => *system == System::Old,
        };
        for planner in PLANNERS.iter() {
            let bodies = bodies(planner, &event);
            prop_assert!(!bodies.is_empty() || parts.kid_is_idfa || parts.is_user, "{}", event);
            for body in &bodies {
                // on Android an Apple id that is mapped as none of the device's is only a text
                if *system != System::Other {
                    prop_assert!(may_send_idfa || !holds(body, IDFA), "{}\n{}", event, body);
                }
                let names_idfa = body.to_lowercase().contains("idfa\":\"a1b2");
                prop_assert!(may_send_idfa || !names_idfa, "{}\n{}", event, body);
                prop_assert!(may_send_idfa || !holds(body, OTHER_IDFA), "{}\n{}", event, body);
                prop_assert!(*is_permitted || !holds(body, ADID) || *system != System::Other, "{}\n{}", event, body);
            }
            if may_send_idfa && *system != System::Other && !parts.is_user {
                let sent: Value = serde_json::from_str(&bodies[0]).expect("a body is JSON");
                prop_assert_eq!(&sent["data"]["device_ids"]["idfa"], &json!(IDFA), "{}", event);
                if *status == Status::Yes {
                    prop_assert_eq!(&sent["data"]["app_tracking_transparency"], &json!({ "att": true, "att_detail": "authorized" }));
                }
            }
        }
    }
}

#[test]
fn every_status_is_generated_with_every_system() {
    let seen: Vec<_> = support::generate::some(2_000, &parts())
        .iter()
        .map(|parts| (parts.att.1, parts.limit.1, parts.system.2))
        .collect();
    for status in [Status::Yes, Status::No, Status::None] {
        for is_permitted in [true, false] {
            for system in [System::Asks, System::Old, System::Other] {
                assert!(seen.contains(&(status, is_permitted, system)));
            }
        }
    }
}

#[test]
fn a_withheld_description_of_the_device_tells_the_path_of_the_part_with_the_id() {
    let settings = json!({
        "app_guid": "koexample",
        "mapping": {
            "kochava_device_id": "kid", "origination_ip": "ip_address", "idfa": "idfa", "device_model": "hw",
            "att": "att"
        }
    });
    let planner = support::planner(&settings.to_string());
    let paths = [
        (json!({ "hw": IDFA, "os_version": "18.5" }), "hw"),
        (
            json!({ "hw": "iPhone15,2", "os_version": format!("18.5 {IDFA}") }),
            "os_version",
        ),
        // the system's name is cut off, and the id must not be with it
        (
            json!({ "hw": "iPhone15,2", "os_version": IDFA }),
            "os_version",
        ),
    ];
    for (parts, path) in paths {
        let mut event = json!({
            "event_type": "Level Up", "platform": "iOS", "ip_address": "203.0.113.9", "kid": "KD-1", "idfa": IDFA,
            "att": "denied"
        });
        for (key, value) in parts.as_object().expect("an object") {
            event[key] = value.clone();
        }
        let plan = planner
            .plan(event.to_string().as_bytes(), &Context::default())
            .expect("the event is a batch");
        let [Fate::Ready(parcel)] = plan.fates.as_slice() else {
            panic!("{event}");
        };
        let told = parcel.warnings.iter().any(|warning| {
            warning.field == "data.device_ver" && warning.origin.as_deref() == Some(path)
        });
        assert!(told, "{event}: {:?}", parcel.warnings);
        assert!(!holds(&parcel.requests[0].body, IDFA), "{event}");
    }
}

/// Whether a body contains an id, hyphens and case aside.
fn holds(body: &str, id: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    plain(body).contains(&plain(id))
}

fn bodies(planner: &Planner, event: &str) -> Vec<String> {
    let plan = planner
        .plan(event.as_bytes(), &Context::default())
        .expect("the event is a batch");
    let fates = plan.fates.into_iter().map(|fate| match fate {
        Fate::Ready(parcel) => parcel.requests,
        _ => Vec::new(),
    });
    fates.flatten().map(|request| request.body).collect()
}

/// Settings that select every property by `*`, by name, and as an identity.
static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    const MAPPING: &str = r#""app_guid":"koexample","mapping":{"kochava_device_id":"user_properties.kid","origination_ip":"ip_address",
        "idfa":"user_properties.idfa","idfv":"user_properties.idfv","adid":"user_properties.adid","android_id":"user_properties.android_id",
        "att":"user_properties.att","limit_ad_tracking":"user_properties.lat","custom_ids":{"custom":"event_properties.idfa"}}"#;
    const NAMES: &str = r#"["*","idfa","gaid","adid","Advertising-ID","plan","nested","note","url","level","device","idfa.raw"]"#;
    [
        String::new(),
        r#","events":{"properties":"*","user_properties":"*"},"users":{"send":true,"from":"both","properties":"*"}"#.to_owned(),
        format!(r#","events":{{"properties":{NAMES},"user_properties":{NAMES}}},"users":{{"send":true,"from":"both","properties":{NAMES}}},"wire":{{"identity_route":"track"}}"#),
        format!(r#","events":{{"properties":{NAMES},"user_properties":{NAMES}}},"users":{{"send":true,"from":"both"}},"wire":{{"nested":"json"}}"#),
        format!(r#","events":{{"properties":{NAMES}}},"users":{{"send":true,"from":"both"}},"wire":{{"nested":"drop","values":"strings"}}"#),
    ]
    .iter()
    .map(|further| support::planner(&format!("{{{MAPPING}{further}}}")))
    .collect()
});
