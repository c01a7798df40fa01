//! `mapping`: the paths of attributes.

use super::faults::Faults;
use super::setting::Setting;
use crate::source::{Attribute, Path, Source};
use alloc::string::String;
use alloc::vec::Vec;

/// The paths of attributes; an attribute that is not mapped is read where the sender documents it.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// By the number of the attribute.
    paths: [Option<Vec<Path>>; Attribute::COUNT],
    /// The paths of the event's name, for senders that have none of their own.
    pub event_name: Vec<Path>,
    /// Further device ids: Kochava's key and the paths of each.
    pub custom_ids: Vec<(String, Vec<Path>)>,
}

impl Mapping {
    /// Returns the paths of an attribute, if it is mapped.
    #[must_use]
    pub fn paths(&self, attribute: Attribute) -> Option<&[Path]> {
        self.paths[attribute as usize].as_deref()
    }

    pub(super) fn all_paths_mut(&mut self) -> impl Iterator<Item = &mut Path> {
        let custom = self.custom_ids.iter_mut().flat_map(|(_, paths)| paths);
        let paths = self.paths.iter_mut().flatten().flatten();
        paths.chain(&mut self.event_name).chain(custom)
    }
}

/// The key of each attribute.
const KEYS: [(&str, Attribute); Attribute::COUNT] = Mapping::KEYS;

impl Mapping {
    /// The setting's key of each attribute.
    pub const KEYS: [(&'static str, Attribute); Attribute::COUNT] = [
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
        ("install_referrer", Attribute::InstallReferrer),
        ("referrer_click_time", Attribute::ReferrerClickTime),
        ("ad_services_token", Attribute::AdServicesToken),
        (
            "adservices_attribution_details",
            Attribute::AdServicesDetails,
        ),
    ];
}

/// The ids of which at least one is required.
const IDENTIFIERS: [Attribute; 4] = [
    Attribute::Idfa,
    Attribute::Idfv,
    Attribute::Adid,
    Attribute::AndroidId,
];

/// Their keys.
const IDENTIFIER_KEYS: [&str; 4] = ["idfa", "idfv", "adid", "android_id"];

/// Reads the paths; what must be mapped depends on the senders, which are all where `sources` is
/// `None`.
pub(super) fn read(
    faults: &mut Faults,
    setting: &Setting<'_, '_>,
    sources: Option<&[Source]>,
) -> Mapping {
    let mut mapping = Mapping::default();
    let keys = KEYS.iter().map(|(key, _)| *key);
    let known: Vec<&str> = keys.chain(["event_name", "custom_ids"]).collect();
    check_required(faults, setting, sources.unwrap_or(Source::ALL), &known);
    for (key, attribute) in KEYS {
        mapping.paths[attribute as usize] = faults.paths(&setting.member(key));
    }
    let event_name = setting.member("event_name");
    let needs_name = sources.is_some_and(|sources| sources.contains(&Source::Generic));
    if needs_name && event_name.is_absent() {
        faults.add_missing(&event_name);
    }
    mapping.event_name = faults.paths(&event_name).unwrap_or_default();
    mapping.custom_ids = read_custom_ids(faults, &setting.member("custom_ids"));
    mapping
}

/// Adds the faults of missing keys, also where the whole object is missing, so that all of it can be
/// mended at once: Kochava device id and IP address are required, and at least one of four
/// identifiers (Amplitude, Kochava (Post-install), step 10), each where a sender documents none.
fn check_required(
    faults: &mut Faults,
    setting: &Setting<'_, '_>,
    sources: &[Source],
    known: &[&str],
) {
    let is_required = |attributes: &[Attribute]| {
        sources.iter().any(|source| {
            let schema = source.schema();
            let is_documented = |attribute: &Attribute| !schema.paths(*attribute).is_empty();
            schema.needs_mapping || !attributes.iter().any(is_documented)
        })
    };
    let required = [
        ("kochava_device_id", Attribute::KochavaDeviceId),
        ("origination_ip", Attribute::OriginationIp),
    ]
    .map(|(key, attribute)| (key, is_required(&[attribute])));
    let needs_identifier = is_required(&IDENTIFIERS);
    if setting.is_absent()
        && (needs_identifier || required.iter().any(|(_, is_required)| *is_required))
    {
        faults.add_missing(setting);
    }
    faults.object(setting, known);
    for (key, is_required) in required {
        let member = setting.member(key);
        if is_required && member.is_absent() {
            faults.add_missing(&member);
        }
    }
    let mut identifiers = IDENTIFIER_KEYS.iter();
    if needs_identifier && identifiers.all(|key| setting.member(key).is_absent()) {
        let message = "needs at least one of `idfa`, `idfv`, `adid` and `android_id`";
        faults.add(setting, "missing", message);
    }
}

fn read_custom_ids(faults: &mut Faults, setting: &Setting<'_, '_>) -> Vec<(String, Vec<Path>)> {
    let mut ids = Vec::new();
    for (name, id) in faults.members(setting).unwrap_or_default() {
        let id = setting.child(&name, Some(id));
        if !is_custom_id_name(&name) {
            let message = "must have a name of at most 64 letters, digits, `_`, `.` and `-`, \
                           beginning with a letter";
            faults.add(&id, "invalid", message);
        } else if IDENTIFIER_KEYS.contains(&name.as_ref()) {
            faults.add(&id, "invalid", "belongs in `mapping` itself");
        }
        if let Some(paths) = faults.paths(&id) {
            ids.push((name.into_owned(), paths));
        }
    }
    ids
}

/// Reports whether a custom id may have this name. A letter comes first, since PHP reads an object
/// whose keys are 0, 1, 2… as a list.
fn is_custom_id_name(name: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(is_valid)
}
