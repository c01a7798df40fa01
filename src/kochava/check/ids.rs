//! Can Kochava find app and device by these ids?

use super::device::System;
use super::place::{BodyField, Findings, Object};
use super::value::{is_digest, text};
use crate::kochava::{IdKey, KeySpelling, Rule, is_placeholder};

/// What ids there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids<'a> {
    /// Is there an object of ids at all, whatever is in it?
    pub(super) is_object: bool,
    /// Does one of them say anything?
    pub(super) is_usable: bool,
    /// Is one of them Apple's?
    pub(super) has_apple: bool,
    /// The IDFA, if it says anything.
    pub(super) idfa: Option<BodyField<'a>>,
}

/// Judges the object of ids. Whether one of them must say something is for the call to ask: a
/// Kochava device id may stand in.
pub(super) fn judge<'a>(
    field: &BodyField<'a>,
    system: System,
    hashed: &dyn Fn(&str) -> bool,
    report: &mut Findings,
) -> Ids<'a> {
    let mut ids = Ids::default();
    let Some(object) = Object::of(field) else {
        report.tell(Rule::DeviceIdsNotAnObject, field);
        return ids;
    };
    if object.members().is_empty() {
        report.tell(Rule::DeviceIdsEmpty, field);
        return ids;
    }
    ids.is_object = true;
    for member in object.members() {
        let field = object.field(member);
        spelled(&member.key, &field, hashed, report);
        if !judge_id(&member.key, &field, hashed, report) {
            continue;
        }
        let key = IdKey::named(&member.key);
        let is_lacked = system.lacks(key);
        if is_lacked {
            report.tell(Rule::IdentifierWrongPlatform, &field);
        }
        if system.surely_lacks(key) {
            continue;
        }
        ids.is_usable = true;
        ids.has_apple |= matches!(key, IdKey::Idfa | IdKey::Idfv);
        if key == IdKey::Idfa && !is_lacked {
            ids.idfa = Some(field);
        }
    }
    ids
}

fn spelled(key: &str, field: &BodyField<'_>, hashed: &dyn Fn(&str) -> bool, report: &mut Findings) {
    match IdKey::named(key).spelling() {
        KeySpelling::Known => {}
        KeySpelling::Unknown if hashed(key) => {}
        KeySpelling::Outdated => report.tell(Rule::DeviceIdKeyOutdated, field),
        KeySpelling::Wrong => report.tell(Rule::DeviceIdKeyMisspelt, field),
        KeySpelling::Unknown => report.tell(Rule::DeviceIdKeyUnknown, field),
    }
}

/// Judges one id; true if it says anything. Kochava's samples pad with empty texts, so that an
/// empty one is no fault of its own.
pub(super) fn judge_id(
    key: &str,
    field: &BodyField<'_>,
    hashed: &dyn Fn(&str) -> bool,
    report: &mut Findings,
) -> bool {
    let Some(id) = text(field, report) else {
        return false;
    };
    if id.is_empty() {
        return false;
    }
    if is_placeholder(id.trim()) {
        report.tell(Rule::IdentifierPlaceholder, field);
        return false;
    }
    if !hashed(key) && !IdKey::named(key).fits(&id) {
        report.tell(
            if is_digest(&id) {
                Rule::ValueHashed
            } else {
                Rule::IdentifierShape
            },
            field,
        );
    }
    true
}

/// Judges an App GUID: of a store's or a bundle's id it can be told by its shape.
pub(super) fn app_guid(field: &BodyField<'_>, report: &mut Findings) {
    let Some(id) = text(field, report) else {
        return;
    };
    let digits = id.strip_prefix("id").unwrap_or(&id);
    if id.trim().is_empty() {
        report.tell(Rule::AppGuidMissing, field);
    } else if digits.bytes().all(|byte| byte.is_ascii_digit())
        || (id.matches('.').count() >= 2 && !id.contains(".."))
    {
        report.tell(Rule::AppGuidShape, field);
    }
}
