//! Do the keys stand where Kochava's samples have them, and are those there that the guide demands?

use super::BodyKind;
use super::call::Call;
use super::ids::app_guid;
use super::keys::{ROOT_ORDER, belongs, is_stray_att};
use super::place::{BodyField, Findings};
use super::value::{object, text};
use crate::kochava::{Rule, is_placeholder};

impl Call<'_, '_> {
    pub(super) fn judge_root(&self, report: &mut Findings) {
        let mut is_flat = false;
        for member in self.root.members() {
            let field = self.root.field(member);
            match &*member.key {
                "action" => self.judge_action(&field, report),
                "kochava_app_id" => app_guid(&field, report),
                "kochava_device_id" => self.judge_kochava_device_id(&field, report),
                "data" => drop(object(&field, report)),
                "app_ver" => drop(text(&field, report)),
                "device_id" => self.judge_singular(&field, report),
                // Kochava's SDKs tell of their own consent dialogue so
                "consent" => {}
                key if belongs(self.kind, key) => {
                    if !core::mem::replace(&mut is_flat, true) {
                        report.tell(Rule::FlatBody, &field);
                    }
                    judge_stray(key, &field, report);
                }
                _ => report.tell(Rule::UnknownKey, &field),
            }
        }
    }

    pub(super) fn judge_data(&self, report: &mut Findings) {
        let Some(data) = self.data else { return };
        for member in data.members() {
            let field = data.field(member);
            match &*member.key {
                "action" | "kochava_app_id" | "kochava_device_id" => {
                    report.tell(
                        if self.root.has(&member.key) {
                            Rule::UnknownKey
                        } else {
                            Rule::RootKeyInData
                        },
                        &field,
                    );
                }
                "device_id" => self.judge_singular(&field, report),
                "app_ver" => report.tell(Rule::AppVersionOtherName, &field),
                key if belongs(self.kind, key) => judge_stray(key, &field, report),
                _ => report.tell(Rule::UnknownKey, &field),
            }
        }
    }

    /// Tells what the guide wants and the body has not. An older sample of an install has no
    /// `kochava_device_id`.
    pub(super) fn judge_presence(&self, report: &mut Findings) {
        let device = match self.kind {
            BodyKind::Event => Rule::MandatoryKeyMissing,
            BodyKind::Update => Rule::UpdateKochavaDeviceIdMissing,
            BodyKind::Install | BodyKind::Identity => Rule::KochavaDeviceIdMissing,
        };
        let of_root = [
            ("action", Rule::MandatoryKeyMissing),
            ("kochava_app_id", Rule::AppGuidMissing),
            ("kochava_device_id", device),
        ];
        for (key, rule) in of_root {
            if !self.root.has(key) && !self.data.is_some_and(|data| data.has(key)) {
                report.tell_missing(rule, self.root, key, &ROOT_ORDER);
            }
        }
        if self.home().is_none() && !self.root.has("data") {
            report.tell_missing(Rule::MandatoryKeyMissing, self.root, "data", &ROOT_ORDER);
        }
        if matches!(self.kind, BodyKind::Event | BodyKind::Install) {
            self.judge_description(report);
        }
    }

    /// Tells what is missing of the device.
    fn judge_description(&self, report: &mut Findings) {
        let wanted = [
            ("usertime", Rule::UsertimeMissing),
            ("device_ver", Rule::MandatoryKeyMissing),
            ("device_ua", Rule::MandatoryKeyMissing),
            ("origination_ip", Rule::OriginationIpMissing),
        ];
        for (key, rule) in wanted {
            if self.field(key).is_none() {
                self.missing(rule, key, report);
            }
        }
        if self.device_ids().is_none() {
            self.missing(Rule::MandatoryKeyMissing, "device_ids", report);
        }
    }

    fn judge_action(&self, field: &BodyField<'_>, report: &mut Findings) {
        const OF_SDKS: [&str; 8] = [
            "session",
            "init",
            "get_attribution",
            "push_token_add",
            "push_token_remove",
            "error",
            "click",
            "smartlink",
        ];
        let Some(action) = text(field, report) else {
            return;
        };
        match &*action {
            "install" | "event" | "update" => {}
            "identityLink" => report.tell(Rule::IdentitySdkForm, field),
            word if OF_SDKS.contains(&word) => report.tell(Rule::ActionSdkOnly, field),
            _ if self.is_sure => report.tell(Rule::ActionWrongCase, field),
            _ => report.tell(Rule::ActionUnknown, field),
        }
    }

    /// Beside `device_ids` it is merely one key too many.
    fn judge_singular(&self, field: &BodyField<'_>, report: &mut Findings) {
        report.tell(
            if self.field("device_ids").is_some() {
                Rule::UnknownKey
            } else {
                Rule::DeviceIdsMisnamed
            },
            field,
        );
    }

    fn judge_kochava_device_id(&self, field: &BodyField<'_>, report: &mut Findings) {
        let Some(id) = text(field, report) else {
            return;
        };
        if id.is_empty() {
            let is_needed = self.kind == BodyKind::Update;
            report.tell(
                if is_needed {
                    Rule::UpdateKochavaDeviceIdMissing
                } else {
                    Rule::KochavaDeviceIdMissing
                },
                field,
            );
        } else if is_placeholder(id.trim()) {
            report.tell(Rule::IdentifierPlaceholder, field);
        }
    }
}

/// A key that stands beside the object which it belongs to.
fn judge_stray(key: &str, field: &BodyField<'_>, report: &mut Findings) {
    if is_stray_att(key) {
        report.tell(Rule::AttMisspelt, field);
    } else if key == "event_value" {
        report.tell(Rule::EventDataOldStyle, field);
    }
}
