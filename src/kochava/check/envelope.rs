//! Checks that every key stands in its place and that no mandatory key is missing.

use super::BodyKind;
use super::call::Call;
use super::findings::Findings;
use super::identifiers::check_app_guid;
use super::keys::{ROOT_ORDER, is_among, is_att_key, is_known};
use super::object::BodyField;
use super::value::{object, string};
use crate::json::trim;
use crate::kochava::{Rule, is_placeholder};

impl Call<'_, '_> {
    /// Checks the keys at the root, and the values of those that belong there.
    pub(super) fn check_root(&self, findings: &mut Findings) {
        let mut is_flat = false;
        for member in self.root.members() {
            let field = self.root.field(member);
            match &*member.key {
                "action" => self.check_action(&field, findings),
                "kochava_app_id" => check_app_guid(&field, findings),
                "kochava_device_id" => self.check_kochava_device_id(&field, findings),
                "data" => {
                    object(&field, findings);
                }
                "app_ver" => {
                    string(&field, findings);
                }
                "device_id" => self.check_singular(&field, findings),
                // the result of the consent dialogue of Kochava's SDKs
                "consent" => {}
                key if is_known(self.kind, key) => {
                    if !core::mem::replace(&mut is_flat, true) {
                        findings.add(Rule::FlatBody, &field);
                    }
                    check_misplaced(key, &field, findings);
                }
                _ => findings.add(Rule::UnknownKey, &field),
            }
        }
    }

    /// Checks the keys in `data`.
    pub(super) fn check_data(&self, findings: &mut Findings) {
        let Some(data) = self.data else { return };
        for member in data.members() {
            let field = data.field(member);
            match &*member.key {
                "action" | "kochava_app_id" | "kochava_device_id" => {
                    let rule = if self.root.has(&member.key) {
                        Rule::UnknownKey
                    } else {
                        Rule::RootKeyInData
                    };
                    findings.add(rule, &field);
                }
                "device_id" => self.check_singular(&field, findings),
                "app_ver" => findings.add(Rule::AppVersionOtherName, &field),
                key if is_known(self.kind, key) => check_misplaced(key, &field, findings),
                _ => findings.add(Rule::UnknownKey, &field),
            }
        }
    }

    /// Adds the mandatory keys that are missing. An older sample of an install has no
    /// `kochava_device_id`.
    pub(super) fn check_presence(&self, findings: &mut Findings) {
        let kochava_device_id = match self.kind {
            BodyKind::Event => Rule::MandatoryKeyMissing,
            BodyKind::Update => Rule::UpdateKochavaDeviceIdMissing,
            BodyKind::Install | BodyKind::Identity => Rule::KochavaDeviceIdMissing,
        };
        let root_keys = [
            ("action", Rule::MandatoryKeyMissing),
            ("kochava_app_id", Rule::AppGuidMissing),
            ("kochava_device_id", kochava_device_id),
        ];
        for (key, rule) in root_keys {
            if !self.root.has(key) && !self.data.is_some_and(|data| data.has(key)) {
                findings.add_missing(rule, self.root, key, &ROOT_ORDER);
            }
        }
        if self.data_or_flat_root().is_none() && !self.root.has("data") {
            findings.add_missing(Rule::MandatoryKeyMissing, self.root, "data", &ROOT_ORDER);
        }
        if matches!(self.kind, BodyKind::Event | BodyKind::Install) {
            self.check_device_presence(findings);
        }
    }

    fn check_device_presence(&self, findings: &mut Findings) {
        let keys = [
            ("usertime", Rule::UsertimeMissing),
            ("device_ver", Rule::MandatoryKeyMissing),
            ("device_ua", Rule::MandatoryKeyMissing),
            ("origination_ip", Rule::OriginationIpMissing),
        ];
        for (key, rule) in keys {
            if self.field(key).is_none() {
                self.add_missing(rule, key, findings);
            }
        }
        if self.device_ids().is_none() {
            self.add_missing(Rule::MandatoryKeyMissing, "device_ids", findings);
        }
    }

    fn check_action(&self, field: &BodyField<'_, '_>, findings: &mut Findings) {
        const SDK_ACTIONS: [&str; 8] = [
            "session",
            "init",
            "get_attribution",
            "push_token_add",
            "push_token_remove",
            "error",
            "click",
            "smartlink",
        ];
        let Some(action) = string(field, findings) else {
            return;
        };
        match &*action {
            "install" | "event" | "update" => {}
            "identityLink" => findings.add(Rule::IdentitySdkForm, field),
            action if is_among(&SDK_ACTIONS, action) => findings.add(Rule::ActionSdkOnly, field),
            _ if self.is_certain => findings.add(Rule::ActionWrongCase, field),
            _ => findings.add(Rule::ActionUnknown, field),
        }
    }

    /// Checks `device_id`, the key of IdentityLink. Beside `device_ids` it is an unknown key.
    fn check_singular(&self, field: &BodyField<'_, '_>, findings: &mut Findings) {
        let rule = if self.field("device_ids").is_some() {
            Rule::UnknownKey
        } else {
            Rule::DeviceIdsMisnamed
        };
        findings.add(rule, field);
    }

    fn check_kochava_device_id(&self, field: &BodyField<'_, '_>, findings: &mut Findings) {
        let Some(id) = string(field, findings) else {
            return;
        };
        if id.is_empty() && self.kind == BodyKind::Update {
            findings.add(Rule::UpdateKochavaDeviceIdMissing, field);
        } else if id.is_empty() {
            findings.add(Rule::KochavaDeviceIdMissing, field);
        } else if is_placeholder(trim(&id)) {
            findings.add(Rule::IdentifierPlaceholder, field);
        }
    }
}

/// Checks a known key that belongs into an object beside it.
fn check_misplaced(key: &str, field: &BodyField<'_, '_>, findings: &mut Findings) {
    if is_att_key(key) {
        findings.add(Rule::AttMisspelt, field);
    } else if key == "event_value" {
        findings.add(Rule::EventDataOldStyle, field);
    }
}
