//! Does this body of an install, an event or an update keep the rules of its action?

use super::call::Call;
use super::device::System;
use super::ids::Ids;
use super::keys::{DATA_ORDER, EVENT_KEYS, INSTALL_KEYS, is_stray_att};
use super::kind::Guess;
use super::place::{BodyField, Findings, Object};
use super::value::{object, said, text};
use super::{BodyKind, consent, device, event, identity, ids};
use crate::json::Value;
use crate::kochava::Rule;
use crate::limits::ATT_OS_VERSION_FIRST;

pub(super) fn judge(root: &Object<'_>, guess: &Guess, report: &mut Findings) {
    let data = root.get("data").and_then(|data| Object::of(&data));
    Call {
        root,
        data: data.as_ref(),
        kind: guess.kind,
        is_sure: guess.is_sure,
    }
    .judge(report);
}

impl<'a> Call<'_, 'a> {
    fn judge(&self, report: &mut Findings) {
        self.judge_root(report);
        self.judge_data(report);
        self.judge_presence(report);
        let system = System::read(
            &said(self.field("device_ua")),
            &said(self.field("device_ver")),
        );
        let ids = self.judge_ids(system, report);
        for key in DATA_ORDER {
            if let Some(field) = self.field(key) {
                self.judge_field(key, &field, report);
            }
        }
        self.judge_tracking(system, &ids, report);
        match self.kind {
            BodyKind::Event => self.judge_event(report),
            BodyKind::Install => self.judge_install(report),
            BodyKind::Update => self.judge_update(system, report),
            BodyKind::Identity => self.judge_identity(report),
        }
    }

    fn judge_field(&self, key: &str, field: &BodyField<'a>, report: &mut Findings) {
        match key {
            "usertime" => device::time(field, report),
            "app_version" => drop(text(field, report)),
            "device_ver" => {
                device::version(field, !said(self.field("device_ua")).is_empty(), report)
            }
            "device_ua" => device::user_agent(field, report),
            "origination_ip" => device::address(field, report),
            "device_limit_tracking" => consent::limit(field, report),
            "gdpr_privacy_consent" => consent::google(
                field,
                !said(self.field("origination_ip")).is_empty(),
                report,
            ),
            _ => {}
        }
    }

    fn judge_ids(&self, system: System, report: &mut Findings) -> Ids<'a> {
        let Some(field) = self.device_ids() else {
            return Ids::default();
        };
        let ids = ids::judge(&field, system, &|_| false, report);
        if ids.is_object && !ids.is_usable && self.kind != BodyKind::Update {
            report.tell(
                if self.has_kochava_device_id() {
                    Rule::DeviceIdsMissing
                } else {
                    Rule::DeviceIdentityMissing
                },
                &field,
            );
        }
        ids
    }

    /// Judges Apple's block, its absence, and the IDFA that depends on it.
    fn judge_tracking(&self, system: System, ids: &Ids<'a>, report: &mut Findings) {
        const BLOCK: &str = "app_tracking_transparency";
        let is_apple = system.is_apple() || (ids.has_apple && !system.is_foreign_to_apple());
        let is_asked = is_apple
            && if let Some(major) = system.major {
                major >= ATT_OS_VERSION_FIRST
            } else {
                ids.has_apple
            };
        let is_described = ["device_ua", "device_ver"].into_iter().find_map(|key| {
            self.field(key)
                .filter(|field| matches!(field.value, Value::String(text) if !text.is("")))
        });
        if let Some(field) =
            is_described.filter(|_| is_apple && ids.has_apple && system.major.is_none())
        {
            report.tell(Rule::OsVersionUnreadable, &field);
        }
        let block = self.field(BLOCK);
        let is_granted = block.as_ref().map(|block| consent::tracking(block, report));
        let is_stray = || {
            self.root
                .members()
                .iter()
                .chain(self.data.map_or(&[][..], Object::members))
                .any(|member| is_stray_att(&member.key))
        };
        if is_granted.is_none()
            && is_asked
            && !is_stray()
            && matches!(self.kind, BodyKind::Event | BodyKind::Install)
        {
            self.missing(Rule::AttStatusMissing, BLOCK, report);
        }
        if let (Some(false), Some(idfa)) = (is_granted, &ids.idfa) {
            report.tell(Rule::IdfaWithoutConsent, idfa);
        }
    }

    fn judge_event(&self, report: &mut Findings) {
        match self.field("event_name") {
            Some(field) => event::name(&field, report),
            None => self.missing(Rule::EventNameMissing, "event_name", report),
        }
        let currency = self.field("currency");
        if let Some(field) = &currency {
            event::currency(field, report);
        }
        let money = self
            .field("event_data")
            .map(|field| event::data(&field, report))
            .unwrap_or_default();
        if money.has_sum && currency.is_none() {
            match money.currency {
                Some(inside) => report.tell(Rule::CurrencyInsideEventData, &inside),
                None => self.missing(Rule::CurrencyMissing, "currency", report),
            }
        }
        if let Some(field) = self
            .root
            .get("app_ver")
            .filter(|_| self.field("app_version").is_none())
        {
            report.tell(Rule::AppVersionOtherName, &field);
        }
    }

    fn judge_install(&self, report: &mut Findings) {
        for key in EVENT_KEYS {
            if let Some(field) = self.field(key) {
                report.tell(Rule::InstallHasEventKey, &field);
            }
        }
        for key in INSTALL_KEYS {
            match self.field(key) {
                Some(field) if key == "ad_services_token" => drop(text(&field, report)),
                Some(field) => drop(object(&field, report)),
                None => {}
            }
        }
        if let Some(field) = self.field("identity_link") {
            identity::names(&field, report);
        }
        if let Some(field) = self
            .field("app_version")
            .filter(|_| !self.root.has("app_ver"))
        {
            report.tell(Rule::AppVersionOtherName, &field);
        }
    }

    fn judge_update(&self, system: System, report: &mut Findings) {
        let Some(field) = self.field("idfa") else {
            return self.missing(Rule::UpdateIdfaMissing, "idfa", report);
        };
        let is_usable = ids::judge_id("idfa", &field, &|_| false, report);
        if is_usable && system.is_foreign_to_apple() {
            report.tell(Rule::IdentifierWrongPlatform, &field);
        } else if !is_usable && matches!(field.value, Value::String(_)) {
            report.tell(Rule::UpdateIdfaMissing, &field);
        }
    }

    /// Judges the form of Kochava's SDKs, which is documented for no server.
    fn judge_identity(&self, report: &mut Findings) {
        match self.field("identity_link") {
            Some(field) if identity::names(&field, report) > 1 => {
                report.tell(Rule::IdentityManyPairs, &field)
            }
            Some(_) => {}
            None => self.missing(Rule::MandatoryKeyMissing, "identity_link", report),
        }
        if self.device_ids().is_none() && !self.has_kochava_device_id() {
            self.missing(Rule::DeviceIdentityMissing, "device_ids", report);
        }
    }
}
