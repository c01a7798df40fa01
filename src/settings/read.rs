//! How are choices written down?
//!
//! Enters: one JSON object. Leaves: [`Settings`], or everything that is wrong with them.
//! `settings.schema.json` says the same, and a test holds both together.

use super::walk::{Faults, SettingPlace};
use super::{
    AppGuids, Credentials, Events, Mapping, Revenue, Selection, Settings, SettingsFault, Users,
    UsersFrom, blocks, delivery,
};
use crate::delivery::RetryPolicy;
use crate::json::{Reader, Spelling, Value};
use crate::kochava::{AppGuid, IdentityRoute, Nested, Secret, WireOptions};
use crate::source::Attribute;
use crate::source::Path;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Settings {
    /// The keys of the top level. A shell that takes settings in parts derives its list from it.
    pub const KEYS: [&'static str; 12] = [
        "$schema",
        "app_guid",
        "test_app_guid",
        "test",
        "enabled",
        "authentication",
        "events",
        "users",
        "mapping",
        "wire",
        "delivery",
        "rejects",
    ];

    /// Reads settings.
    ///
    /// # Errors
    /// Every fault at once: `{}` lacks `app_guid` and `mapping`; `{"app_guidd":"…"}` has an unknown
    /// key; `"enabled":"yes"` is no flag.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Settings;
    /// let faults = Settings::read(r#"{ "app_guid": "koexample", "maping": {} }"#).unwrap_err();
    /// assert_eq!(faults[0].to_string(), "`maping`: is not a setting; did you mean `mapping`?");
    /// assert_eq!(faults[1].to_string(), "`mapping`: is required");
    /// ```
    pub fn read(json: &str) -> Result<Self, Vec<SettingsFault>> {
        let root = SettingPlace::root(document(json)?);
        let mut faults = Faults::default();
        faults
            .object(&root, &Settings::KEYS)
            .ok_or_else(|| not_an_object("must be an object"))?;
        faults.text(&root.member("$schema"), "", |_| true);
        let settings = Settings {
            app_guid: required_app_guids(&mut faults, &root.member("app_guid")),
            test_app_guid: Some(root.member("test_app_guid"))
                .filter(|place| !place.is_null())
                .and_then(|place| app_guids(&mut faults, &place)),
            test: blocks::read(&mut faults, &root.member("test"), true).unwrap_or_default(),
            enabled: faults.flag(&root.member("enabled"), true),
            authentication: authentication(&mut faults, &root.member("authentication")),
            events: events(&mut faults, &root.member("events")),
            users: users(&mut faults, &root.member("users")),
            mapping: mapping(&mut faults, &root.member("mapping")),
            wire: wire(&mut faults, &root.member("wire")),
            delivery: delivery::read_policy(&mut faults, &root.member("delivery")),
            schedule: delivery::read_schedule(&mut faults, &root.member("delivery")),
            rejects: delivery::read_rejects(&mut faults, &root.member("rejects")),
        };
        if faults.0.is_empty() {
            Ok(settings)
        } else {
            Err(faults.0)
        }
    }
}

impl RetryPolicy {
    /// Reads the setting `delivery` alone, for a shell that delivers without planning.
    ///
    /// # Errors
    /// Every fault at once: `{"attempts":0}`, `{"tries":3}`.
    pub fn read(json: &str) -> Result<Self, Vec<SettingsFault>> {
        let place = SettingPlace::root(document(json)?);
        let mut faults = Faults::default();
        let policy = delivery::read_policy(&mut faults, &place);
        delivery::read_schedule(&mut faults, &place);
        if faults.0.is_empty() {
            Ok(policy)
        } else {
            Err(faults.0)
        }
    }
}

/// The one value that a text holds.
fn document(json: &str) -> Result<Value<'_>, Vec<SettingsFault>> {
    let mut reader = Reader::new(json);
    reader
        .value()
        .and_then(|document| reader.end().map(|()| document))
        .map_err(|_| not_an_object("is not JSON"))
}

fn not_an_object(message: &'static str) -> Vec<SettingsFault> {
    alloc::vec![SettingsFault {
        path: String::new(),
        code: "wrong-type",
        message: message.into()
    }]
}

fn required_app_guids(faults: &mut Faults, place: &SettingPlace<'_>) -> AppGuids {
    if place.is_absent() {
        faults.missing(place);
    }
    app_guids(faults, place).unwrap_or_default()
}

/// One App GUID for all platforms, or one for each.
fn app_guids(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<AppGuids> {
    let platforms = match place.value? {
        Value::String(_) => {
            return Some(AppGuids {
                default: app_guid(faults, place),
                ..AppGuids::default()
            });
        }
        object @ Value::Object(_) => object.members(),
        _ => {
            return faults.wrong_type(
                place,
                "must be an App GUID, or an object of them by platform",
            );
        }
    };
    if platforms.count() == 0 {
        faults.tell(place, "empty", "must name at least one platform");
    }
    let keys = AppGuids::KEYS.map(|(key, _)| key);
    faults.object(place, &[keys.as_slice(), &["default"]].concat());
    Some(AppGuids {
        by_platform: keys.map(|key| app_guid(faults, &place.member(key))),
        default: app_guid(faults, &place.member("default")),
    })
}

fn app_guid(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<AppGuid> {
    visible(faults, place).map(|text| AppGuid(text.to_string()))
}

/// A text of visible ASCII: it goes into a header or names an app.
fn visible<'v>(faults: &mut Faults, place: &SettingPlace<'v>) -> Option<Cow<'v, str>> {
    faults.text(
        place,
        "must be visible ASCII characters without spaces",
        |text| text.bytes().all(|byte| byte.is_ascii_graphic()),
    )
}

fn authentication(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<Credentials> {
    faults.object(place, &["api_key", "secret"])?;
    let mut credential = |key| {
        let place = place.member(key);
        if place.is_absent() {
            faults.tell(&place, "missing", "is required beside the other credential");
        }
        visible(faults, &place).map(|text| Secret(text.to_string()))
    };
    let (api_key, secret) = (credential("api_key"), credential("secret"));
    Some(Credentials {
        api_key: api_key?,
        secret: secret?,
    })
}

fn events(faults: &mut Faults, place: &SettingPlace<'_>) -> Events {
    faults.object(
        place,
        &[
            "send",
            "select",
            "properties",
            "user_properties",
            "rename",
            "revenue",
        ],
    );
    Events {
        send: faults.flag(&place.member("send"), true),
        select: blocks::read(faults, &place.member("select"), false),
        properties: selection(faults, &place.member("properties")),
        user_properties: selection(faults, &place.member("user_properties")),
        rename: rename(faults, &place.member("rename")),
        revenue: revenue(faults, &place.member("revenue")),
    }
}

fn rename(faults: &mut Faults, place: &SettingPlace<'_>) -> Vec<(String, String)> {
    let members = faults.members(place).into_iter().flatten();
    members
        .filter_map(|(from, to)| Some((from.into_owned(), name(faults, &to)?)))
        .collect()
}

fn name(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<String> {
    let is_name = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
    faults
        .text(
            place,
            "must not be blank or hold control characters",
            is_name,
        )
        .map(Cow::into_owned)
}

fn revenue(faults: &mut Faults, place: &SettingPlace<'_>) -> Revenue {
    if place.is_absent() {
        return Revenue::Documented;
    }
    if place.is_null() {
        return Revenue::Mapped {
            from: Vec::new(),
            currency: Vec::new(),
        };
    }
    faults.object(place, &["from", "currency"]);
    let from = place.member("from");
    if from.is_absent() && matches!(place.value, Some(Value::Object(_))) {
        faults.missing(&from);
    }
    Revenue::Mapped {
        from: paths(faults, &from).unwrap_or_default(),
        currency: paths(faults, &place.member("currency")).unwrap_or_default(),
    }
}

/// `"*"`, or a list of properties.
fn selection(faults: &mut Faults, place: &SettingPlace<'_>) -> Selection {
    if matches!(place.value, Some(Value::String(text)) if text.is("*")) {
        return Selection::All;
    }
    let elements = faults.array(place, true).unwrap_or_default();
    let mut named = Vec::new();
    let mut all = false;
    for element in elements {
        let want =
            "is named below the properties: leave `event_properties.` or `user_properties.` away";
        let is_below = |text: &str| {
            !text.starts_with("event_properties.") && !text.starts_with("user_properties.")
        };
        match faults.text(&element, want, is_below).as_deref() {
            Some("*") => all = true,
            Some(text) if named.iter().all(|path: &Path| path.as_str() != text) => {
                named.push(Path::dotted(text))
            }
            Some(_) | None => {}
        }
    }
    if all {
        Selection::All
    } else {
        Selection::Named(named)
    }
}

fn users(faults: &mut Faults, place: &SettingPlace<'_>) -> Users {
    const FROM: [(&str, UsersFrom); 3] = [
        ("user_payloads", UsersFrom::UserPayloads),
        ("events", UsersFrom::Events),
        ("both", UsersFrom::Both),
    ];
    faults.object(
        place,
        &[
            "send",
            "from",
            "user_id_as",
            "properties",
            "hold_until_event",
        ],
    );
    let user_id_as = place.member("user_id_as");
    Users {
        send: faults.flag(&place.member("send"), false),
        from: faults.choice(&place.member("from"), &FROM, UsersFrom::UserPayloads),
        user_id_as: match user_id_as.value {
            None => Some("app_userid".to_string()),
            Some(Value::Null) => None,
            Some(_) => name(faults, &user_id_as),
        },
        properties: selection(faults, &place.member("properties")),
        hold_until_event: faults.flag(&place.member("hold_until_event"), false),
    }
}

fn mapping(faults: &mut Faults, place: &SettingPlace<'_>) -> Mapping {
    if place.is_absent() {
        faults.missing(place);
        return Mapping::default();
    }
    let keys: Vec<&str> = ATTRIBUTES
        .iter()
        .map(|(key, _)| *key)
        .chain(["custom_ids"])
        .collect();
    if faults.object(place, &keys).is_none() {
        return Mapping::default();
    }
    // Amplitude, Kochava (Post-install), step 10: both are required, and at least one of the four
    // identifiers
    for required in ["kochava_device_id", "origination_ip"] {
        let required = place.member(required);
        if required.is_absent() {
            faults.missing(&required);
        }
    }
    if ["idfa", "idfv", "adid", "android_id"]
        .iter()
        .all(|id| place.member(id).is_absent())
    {
        faults.tell(
            place,
            "missing",
            "needs at least one of `idfa`, `idfv`, `adid` and `android_id`",
        );
    }
    let mut mapping = Mapping::default();
    for (key, attribute) in ATTRIBUTES {
        mapping.paths[attribute as usize] = paths(faults, &place.member(key));
    }
    mapping.custom_ids = custom_ids(faults, &place.member("custom_ids"));
    mapping
}

fn custom_ids(faults: &mut Faults, place: &SettingPlace<'_>) -> Vec<(String, Vec<Path>)> {
    let mut ids = Vec::new();
    for (name, id) in faults.members(place).into_iter().flatten() {
        // PHP reads an object whose names are 0, 1, 2… as a list: a letter comes first
        let is_name = (1..=64).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
        if !is_name {
            faults.tell(
                &id,
                "invalid",
                "must be named by letters, digits, `_`, `.` and `-`, a letter first",
            );
        } else if ["idfa", "idfv", "adid", "android_id"].contains(&name.as_ref()) {
            faults.tell(&id, "invalid", "has a setting of its own in `mapping`");
        }
        ids.extend(paths(faults, &id).map(|paths| (name.into_owned(), paths)));
    }
    ids
}

/// A path, or a list of paths tried in order.
fn paths(faults: &mut Faults, place: &SettingPlace<'_>) -> Option<Vec<Path>> {
    match place.value? {
        Value::String(_) => faults.path(place).map(|path| alloc::vec![path]),
        Value::Array(_) => Some(
            faults
                .array(place, false)?
                .iter()
                .filter_map(|place| faults.path(place))
                .collect(),
        ),
        _ => faults.wrong_type(place, "must be a path or a list of paths"),
    }
}

fn wire(faults: &mut Faults, place: &SettingPlace<'_>) -> WireOptions {
    faults.object(
        place,
        &[
            "usertime",
            "device_ua",
            "device_ver",
            "values",
            "nested",
            "identity_route",
        ],
    );
    let mut choose = |key, choices: &[(&'static str, bool); 2]| {
        faults.choice(&place.member(key), choices, false)
    };
    WireOptions {
        usertime_millis: choose("usertime", &[("seconds", false), ("millis", true)]),
        device_ua_raw: choose("device_ua", &[("encoded", false), ("raw", true)]),
        device_ver_model: choose("device_ver", &[("empty", false), ("model", true)]),
        values: if choose("values", &[("native", false), ("strings", true)]) {
            Spelling::Strings
        } else {
            Spelling::Native
        },
        nested: faults.choice(
            &place.member("nested"),
            &[
                ("flatten", Nested::Flatten),
                ("json", Nested::Json),
                ("drop", Nested::Drop),
            ],
            Nested::Flatten,
        ),
        identity_route: faults.choice(
            &place.member("identity_route"),
            &[
                ("identity_link", IdentityRoute::IdentityLink),
                ("track", IdentityRoute::Track),
            ],
            IdentityRoute::IdentityLink,
        ),
    }
}

const ATTRIBUTES: [(&str, Attribute); Attribute::COUNT] = [
    ("kochava_device_id", Attribute::KochavaDeviceId),
    ("origination_ip", Attribute::OriginationIp),
    ("idfa", Attribute::Idfa),
    ("idfv", Attribute::Idfv),
    ("adid", Attribute::Adid),
    ("android_id", Attribute::AndroidId),
    ("device_ua", Attribute::DeviceUa),
    ("app_version", Attribute::AppVersion),
    ("att", Attribute::Att),
    ("usertime", Attribute::Usertime),
    ("platform", Attribute::Platform),
    ("os_version", Attribute::OsVersion),
    ("device_model", Attribute::DeviceModel),
    ("user_id", Attribute::UserId),
    ("limit_ad_tracking", Attribute::LimitAdTracking),
    ("gdpr_applies", Attribute::GdprApplies),
    ("tc_string", Attribute::TcString),
    ("ad_user_data", Attribute::AdUserData),
    ("ad_personalization", Attribute::AdPersonalization),
];
