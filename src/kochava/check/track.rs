//! Checks a call by the route of events: an install, an event, an update, or an identity in the
//! form of Kochava's SDKs.

use super::call::Call;
use super::device::{self, System};
use super::findings::Findings;
use super::identifiers::{DeviceIdFindings, check_device_ids, check_id};
use super::identity::check_names;
use super::json_type;
use super::keys::{DATA_ORDER, EVENT_KEYS, INSTALL_KEYS, is_att_key};
use super::kind::Classification;
use super::object::{BodyField, Object};
use super::value::{check_members, is_empty_string, object, string, string_or_empty};
use super::{BodyKind, consent, event};
use crate::json::{Value, trim};
use crate::kochava::{IdKind, Rule, is_placeholder, kind_of_name};
use crate::limits::ATT_OS_VERSION_FIRST;

const ATT_KEY: &str = "app_tracking_transparency";

/// Checks the body with this root.
pub(super) fn check(root: &Object<'_>, classification: &Classification, findings: &mut Findings) {
    let data = root.get("data").and_then(|data| Object::of(&data));
    Call {
        root,
        data: data.as_ref(),
        kind: classification.kind,
        is_certain: classification.is_certain,
    }
    .check(findings);
}

impl<'a> Call<'_, 'a> {
    fn check(&self, findings: &mut Findings) {
        self.check_root(findings);
        self.check_data(findings);
        self.check_presence(findings);
        let system = System::read(
            &string_or_empty(self.field("device_ua")),
            &string_or_empty(self.field("device_ver")),
        );
        let ids = self.device_ids().and_then(|field| Object::of(&field));
        let ids = self.check_ids(ids.as_ref(), system, findings);
        for key in DATA_ORDER {
            if let Some(field) = self.field(key) {
                self.check_field(key, &field, findings);
            }
        }
        self.check_tracking(system, &ids, findings);
        match self.kind {
            BodyKind::Event => self.check_event(findings),
            BodyKind::Install => self.check_install(findings),
            BodyKind::Update => self.check_update(system, findings),
            BodyKind::Identity => self.check_identity(findings),
        }
    }

    fn check_field(&self, key: &str, field: &BodyField<'_, 'a>, findings: &mut Findings) {
        match key {
            "usertime" => device::check_time(field, findings),
            "app_version" => {
                string(field, findings);
            }
            "device_ver" => device::check_version(field, self.has_user_agent(), findings),
            "device_ua" => device::check_user_agent(field, findings),
            "origination_ip" => device::check_address(field, findings),
            "device_limit_tracking" => consent::check_limit(field, findings),
            "gdpr_privacy_consent" => {
                consent::check_google(field, self.has_text("origination_ip"), findings);
            }
            _ => {}
        }
    }

    fn check_ids<'o>(
        &self,
        object: Option<&'o Object<'a>>,
        system: System,
        findings: &mut Findings,
    ) -> DeviceIdFindings<'o, 'a> {
        let Some(field) = self.device_ids() else {
            return DeviceIdFindings::default();
        };
        let ids = check_device_ids(&field, object, system, &|_| false, findings);
        if ids.is_object && !ids.is_usable && self.kind != BodyKind::Update {
            let rule = if self.has_kochava_device_id() {
                Rule::DeviceIdsMissing
            } else {
                Rule::DeviceIdentityMissing
            };
            findings.add(rule, &field);
        }
        ids
    }

    /// Checks Apple's consent block, its absence, and the IDFA that depends on it.
    fn check_tracking(
        &self,
        system: System,
        ids: &DeviceIdFindings<'_, 'a>,
        findings: &mut Findings,
    ) {
        let is_apple = system.is_apple() || (ids.has_apple && !system.is_foreign_to_apple());
        if is_apple && ids.has_apple && system.major.is_none() && !system.always_asks {
            self.check_os_version(findings);
        }
        let is_authorized = self
            .field(ATT_KEY)
            .map(|field| consent::check_att(&field, findings));
        let is_required = is_apple
            && match system.major {
                Some(major) => major >= ATT_OS_VERSION_FIRST,
                None => ids.has_apple,
            };
        let is_sender = matches!(self.kind, BodyKind::Event | BodyKind::Install);
        if is_authorized.is_none() && is_required && is_sender && !self.has_misplaced_att() {
            self.add_missing(Rule::AttStatusMissing, ATT_KEY, findings);
        }
        if let (Some(false), Some(idfa)) = (is_authorized, &ids.idfa) {
            findings.add(Rule::IdfaWithoutConsent, idfa);
        }
        let is_limited = self
            .field("device_limit_tracking")
            .is_some_and(|field| consent::is_limited(&field));
        for id in ids.advertising.iter().filter(|_| is_limited) {
            findings.add(Rule::AdvertisingIdDespiteLimit, id);
        }
        if is_limited || is_authorized == Some(false) {
            self.check_ids_in_event_data(is_limited, findings);
        }
    }

    /// Checks `event_data` for advertising ids, to which the user has not consented.
    fn check_ids_in_event_data(&self, is_limited: bool, findings: &mut Findings) {
        let data = self.field("event_data").and_then(|data| Object::of(&data));
        for member in data.iter().flat_map(Object::members) {
            let kind = kind_of_name(&member.key).filter(|kind| kind.is_for_advertising());
            let (Some(kind), Value::String(text), Some(data)) = (kind, member.value, &data) else {
                continue;
            };
            let rule = match kind {
                _ if is_placeholder(trim(&text.decode())) => continue,
                _ if is_limited => Rule::AdvertisingIdDespiteLimit,
                IdKind::Idfa | IdKind::Advertising => Rule::IdfaWithoutConsent,
                _ => continue,
            };
            findings.add(rule, &data.field(member));
        }
    }

    /// Adds the finding for a description of an Apple device that has no version.
    fn check_os_version(&self, findings: &mut Findings) {
        let description = ["device_ua", "device_ver"]
            .into_iter()
            .filter_map(|key| self.field(key))
            .find(|field| matches!(field.value, Value::String(_)) && !is_empty_string(field));
        if let Some(field) = description {
            findings.add(Rule::OsVersionUnreadable, &field);
        }
    }

    /// Reports whether a key of Apple's consent block stands outside it.
    fn has_misplaced_att(&self) -> bool {
        let data = self.data.map_or(&[][..], Object::members);
        let mut members = self.root.members().iter().chain(data);
        members.any(|member| is_att_key(&member.key))
    }

    fn check_event(&self, findings: &mut Findings) {
        match self.field("event_name") {
            Some(field) => event::check_name(&field, findings),
            None => self.add_missing(Rule::EventNameMissing, "event_name", findings),
        }
        let currency = self.field("currency");
        if let Some(field) = &currency {
            event::check_currency(field, findings);
        }
        if let Some(field) = self.field("event_data") {
            let data = Object::of(&field);
            event::check_data(&field, data.as_ref(), findings);
            if let Some(data) = data.filter(|data| data.has("sum") && currency.is_none()) {
                match data.get("currency") {
                    Some(inside) => findings.add(Rule::CurrencyInsideEventData, &inside),
                    None => self.add_missing(Rule::CurrencyMissing, "currency", findings),
                }
            }
        }
        if let Some(field) = self.root.get("app_ver")
            && self.field("app_version").is_none()
        {
            findings.add(Rule::AppVersionOtherName, &field);
        }
    }

    fn check_install(&self, findings: &mut Findings) {
        for key in EVENT_KEYS {
            if let Some(field) = self.field(key) {
                findings.add(Rule::InstallHasEventKey, &field);
            }
        }
        for key in INSTALL_KEYS {
            match self.field(key) {
                Some(field) if key == "ad_services_token" => {
                    string(&field, findings);
                }
                Some(field) => check_attribution(key, &field, findings),
                None => {}
            }
        }
        if let Some(field) = self.field("identity_link") {
            check_names(&field, findings);
        }
        if let Some(field) = self.field("app_version")
            && !self.root.has("app_ver")
        {
            findings.add(Rule::AppVersionOtherName, &field);
        }
    }

    fn check_update(&self, system: System, findings: &mut Findings) {
        let Some(field) = self.field("idfa") else {
            return self.add_missing(Rule::UpdateIdfaMissing, "idfa", findings);
        };
        let is_usable = check_id("idfa", &field, &|_| false, findings);
        if is_usable && system.is_foreign_to_apple() {
            findings.add(Rule::IdentifierWrongPlatform, &field);
        } else if !is_usable && matches!(field.value, Value::String(_)) {
            findings.add(Rule::UpdateIdfaMissing, &field);
        }
    }

    fn check_identity(&self, findings: &mut Findings) {
        match self.field("identity_link") {
            Some(field) if check_names(&field, findings) > 1 => {
                findings.add(Rule::IdentityManyPairs, &field);
            }
            Some(_) => {}
            None => self.add_missing(Rule::MandatoryKeyMissing, "identity_link", findings),
        }
        if self.device_ids().is_none() && !self.has_kochava_device_id() {
            self.add_missing(Rule::DeviceIdentityMissing, "device_ids", findings);
        }
    }
}

/// Checks what an install tells of its attribution.
fn check_attribution(key: &str, field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(object) = object(field, findings) else {
        return;
    };
    match key {
        "install_referrer" => {
            check_members(&object, json_type::INSTALL_REFERRER, findings);
            let clicked = object.get("referrer_click_time");
            let is_other = |field: &BodyField<'_, '_>| matches!(field.value, Value::Number(number) if !consent::is_seconds(number));
            if let Some(clicked) = clicked.filter(is_other) {
                findings.add(Rule::ClickTimeUnreadable, &clicked);
            }
        }
        "adservices_attribution_details" => {
            check_members(&object, json_type::AD_SERVICES, findings);
        }
        "conversion_data" => check_members(&object, json_type::CONVERSION_DATA, findings),
        _ => check_iad_versions(&object, findings),
    }
}

/// Checks `iad_attribution_details`: an object of strings for each version of Apple's old framework.
fn check_iad_versions(versions: &Object<'_>, findings: &mut Findings) {
    for version in versions.members() {
        let Some(details) = object(&versions.field(version), findings) else {
            continue;
        };
        for member in details.members() {
            string(&details.field(member), findings);
        }
    }
}
