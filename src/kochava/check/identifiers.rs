//! Checks the ids of app and device.

use super::device::System;
use super::findings::Findings;
use super::json_type::JsonType;
use super::object::{BodyField, Object};
use super::value::{is_hash, string};
use crate::json::trim;
use crate::kochava::{IdKey, KeySpelling, Rule};
use alloc::vec::Vec;

/// The device ids of a body.
#[derive(Clone, Debug, Default)]
pub(super) struct DeviceIdFindings<'o, 'a> {
    /// Whether they are an object with at least one key.
    pub(super) is_object: bool,
    /// Whether one of them is usable.
    pub(super) is_usable: bool,
    /// Whether a usable one is Apple's.
    pub(super) has_apple: bool,
    /// The IDFA, if it is usable.
    pub(super) idfa: Option<BodyField<'o, 'a>>,
    /// The usable ids that exist for advertising.
    pub(super) advertising: Vec<BodyField<'o, 'a>>,
}

/// Checks the device ids, the `object` of `field`, if it is one. The caller decides whether one of
/// them must be usable, since a Kochava device id may stand in. `is_hashed` tells the keys whose ids
/// are hashed.
#[inline(never)]
pub(super) fn check_device_ids<'o, 'a>(
    field: &BodyField<'_, 'a>,
    object: Option<&'o Object<'a>>,
    system: System,
    is_hashed: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) -> DeviceIdFindings<'o, 'a> {
    let mut ids = DeviceIdFindings::default();
    let Some(object) = object else {
        findings.add_mismatch(
            Rule::DeviceIdsNotAnObject,
            field,
            JsonType::Object.expected(),
        );
        return ids;
    };
    if object.members().is_empty() {
        findings.add(Rule::DeviceIdsEmpty, field);
        return ids;
    }
    ids.is_object = true;
    for member in object.members() {
        let field = object.field(member);
        check_key(&member.key, &field, is_hashed, findings);
        if !check_id(&member.key, &field, is_hashed, findings) {
            continue;
        }
        let key = IdKey::named(&member.key);
        let is_foreign = system.lacks(key);
        if is_foreign {
            findings.add(Rule::IdentifierWrongPlatform, &field);
        }
        if system.surely_lacks(key) {
            continue;
        }
        ids.is_usable = true;
        ids.has_apple |= matches!(key, IdKey::Idfa | IdKey::Idfv);
        if key.kind().is_for_advertising() {
            ids.advertising.push(field);
        }
        if key == IdKey::Idfa && !is_foreign {
            ids.idfa = Some(field);
        }
    }
    ids
}

fn check_key(
    key: &str,
    field: &BodyField<'_, '_>,
    is_hashed: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) {
    match IdKey::named(key).spelling() {
        KeySpelling::Known => {}
        KeySpelling::Unknown if is_hashed(key) => {}
        KeySpelling::Outdated => findings.add(Rule::DeviceIdKeyOutdated, field),
        KeySpelling::Wrong => findings.add(Rule::DeviceIdKeyMisspelt, field),
        KeySpelling::Unknown => findings.add(Rule::DeviceIdKeyUnknown, field),
    }
}

/// Checks one id; returns whether it is usable. An empty string is not, but breaks no rule:
/// Kochava's samples have one where an id is unknown.
#[inline(never)]
pub(super) fn check_id(
    key: &str,
    field: &BodyField<'_, '_>,
    is_hashed: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) -> bool {
    let Some(id) = string(field, findings) else {
        return false;
    };
    if id.is_empty() {
        return false;
    }
    match IdKey::named(key).fault_of(trim(&id)) {
        Some(Rule::IdentifierShape) if is_hashed(key) => true,
        // a hash is the id of a device, though not in a form that Kochava reads
        Some(Rule::IdentifierShape) if is_hash(&id) => {
            findings.add(Rule::ValueHashed, field);
            true
        }
        Some(rule) => {
            findings.add(rule, field);
            false
        }
        None => {
            if trim(&id) != id {
                findings.add(Rule::IdentifierShape, field);
            }
            true
        }
    }
}

/// Checks an App GUID. Its shape is not published, but those of store and bundle ids are known.
pub(super) fn check_app_guid(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(id) = string(field, findings) else {
        return;
    };
    let store_id = id.strip_prefix("id").unwrap_or(&id);
    let is_store_id = store_id.bytes().all(|byte| byte.is_ascii_digit());
    let is_bundle_id = id.matches('.').count() >= 2 && !id.contains("..");
    if id.trim().is_empty() {
        findings.add(Rule::AppGuidMissing, field);
    } else if is_store_id || is_bundle_id {
        findings.add(Rule::AppGuidShape, field);
    }
}
