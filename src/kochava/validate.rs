//! The checks that every kind of call shares.
//!
//! A draft goes in; [`Validated`] comes out: a payload, or every mandatory rule that the draft
//! breaks; and the warnings. Each call runs its checks in the order of the body's keys, so that
//! violations are reported in that order.

use super::envelope::DeviceIds;
use super::{AppGuid, Device, ListPool, Payload, Resolved, Rule, Severity, Violation};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

/// The result of validating one draft.
#[derive(Debug)]
pub struct Validated<'d, 'a> {
    /// The call, or the rules of severity *refuse* that the draft breaks.
    pub payload: Result<Payload<'d, 'a>, Vec<Violation>>,
    /// The broken rules of severity *warn*.
    pub warnings: Vec<Violation>,
}

/// Collects the violations of one draft, by severity.
#[derive(Default)]
pub(super) struct Violations {
    refusals: Vec<Violation>,
    warnings: Vec<Violation>,
}

impl Violations {
    pub(super) fn add(
        &mut self,
        rule: Rule,
        field: impl Into<Cow<'static, str>>,
        path: Option<&str>,
    ) {
        let violation = Violation::new(rule, field).from_path(path);
        match rule.severity() {
            Severity::Refuse => self.refusals.push(violation),
            Severity::Warn => self.warnings.push(violation),
        }
    }

    /// Adds the notes of severity *refuse*: mapping stops early at properties that exceed any
    /// request. Its warnings are reported by the planner.
    pub(super) fn add_refusals(&mut self, notes: &[Violation]) {
        let is_refusal = |note: &&Violation| note.rule.severity() == Severity::Refuse;
        self.refusals
            .extend(notes.iter().filter(is_refusal).cloned());
    }

    pub(super) fn has_refusals(&self) -> bool {
        !self.refusals.is_empty()
    }

    pub(super) fn accept<'d, 'a>(self, payload: Payload<'d, 'a>) -> Validated<'d, 'a> {
        Validated {
            payload: Ok(payload),
            warnings: self.warnings,
        }
    }

    pub(super) fn refuse<'d, 'a>(self) -> Validated<'d, 'a> {
        Validated {
            payload: Err(self.refusals),
            warnings: self.warnings,
        }
    }

    /// Returns the value of a field; adds the rule of an unusable value, or `missing`, if the
    /// absence of a value breaks a rule.
    pub(super) fn optional<'f, T>(
        &mut self,
        resolved: &'f Resolved<'_, T>,
        missing: Option<Rule>,
        field: &'static str,
    ) -> Option<&'f T> {
        match (resolved, missing) {
            (Resolved::Value(value, _), _) => return Some(value),
            (Resolved::Unusable(rule, path), _) => self.add(*rule, field, Some(path)),
            (Resolved::Missing(path), Some(rule)) => self.add(rule, field, *path),
            (Resolved::Missing(_), None) => {}
        }
        None
    }

    /// Returns the text of a field whose absence breaks the rule `missing`.
    #[inline]
    pub(super) fn required<'f>(
        &mut self,
        resolved: &'f Resolved<'_, Cow<'_, str>>,
        missing: Rule,
        field: &'static str,
    ) -> Option<&'f str> {
        self.optional(resolved, Some(missing), field)
            .map(AsRef::as_ref)
    }

    /// Returns the text of an optional field, unless it contains an id that `withholding`, the device
    /// if it withholds any, keeps back.
    pub(super) fn permitted<'f>(
        &mut self,
        withholding: Option<&Device<'_>>,
        text: &'f Resolved<'_, Cow<'_, str>>,
        field: &'static str,
    ) -> Option<&'f str> {
        let sent = self.optional(text, None, field)?.as_ref();
        if withholding.is_some_and(|device| device.reveals_text(sent)) {
            self.add(Rule::AdvertisingIdWithheld, field, text.path());
            return None;
        }
        Some(sent)
    }

    pub(super) fn app_guid<'a>(&mut self, app_guid: Option<&'a AppGuid>) -> Option<&'a AppGuid> {
        if app_guid.is_none() {
            self.add(Rule::AppGuidMissing, "kochava_app_id", None);
        }
        app_guid
    }

    /// Returns the Kochava device id; empty if there is none.
    pub(super) fn kochava_device_id<'d>(&mut self, device: &'d Device<'_>) -> &'d str {
        const FIELD: &str = "kochava_device_id";
        match &device.kochava_device_id {
            Resolved::Unusable(_, path) => {
                self.add(Rule::KochavaDeviceIdMissing, FIELD, Some(path));
            }
            Resolved::Value(id, path) if device.reveals_text(id) => {
                self.add(Rule::KochavaDeviceIdMissing, FIELD, Some(path));
                self.add(Rule::AdvertisingIdWithheld, FIELD, Some(path));
                return "";
            }
            _ => {}
        }
        self.required(
            &device.kochava_device_id,
            Rule::KochavaDeviceIdMissing,
            FIELD,
        )
        .unwrap_or_default()
    }

    /// Selects the device ids that are sent; adds the rule of every other id that has a value. An
    /// id that is withheld under one key is not sent under another.
    pub(super) fn device_ids<'d, 'a>(
        &mut self,
        device: &'d Device<'a>,
        field: &'static str,
        lists: &mut ListPool<'_>,
    ) -> DeviceIds<'d, 'a> {
        let mut sent = core::mem::take(&mut lists.sent_ids);
        let has_withheld = device.has_withheld();
        for (index, identifier) in device.identifiers.iter().enumerate() {
            let key = identifier.key;
            let rule = match &identifier.id {
                Resolved::Value(..) if !identifier.of_platform => Rule::IdentifierWrongPlatform,
                Resolved::Value(id, _)
                    if device.withheld_kinds.include(key.kind())
                        || (has_withheld && device.reveals_text(id)) =>
                {
                    Rule::AdvertisingIdWithheld
                }
                Resolved::Value(..) => {
                    sent.push(index);
                    continue;
                }
                Resolved::Unusable(rule, _) if identifier.of_platform => *rule,
                Resolved::Unusable(..) | Resolved::Missing(_) => continue,
            };
            self.add(
                rule,
                format!("{field}.{}", key.as_str()),
                identifier.id.path(),
            );
        }
        DeviceIds::new(&device.identifiers, sent)
    }
}
