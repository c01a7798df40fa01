//! A synthetic event for the App GUID of test traffic: whether Kochava takes what this deployment
//! sends.

use super::Planner;
use crate::kochava::{
    Consent, Device, EventDraft, IdKey, Identifier, ListPool, Payload, Platform, Request,
    RequestKind, Resolved, TrackDraft, validate_event, write_payload,
};
use crate::settings::AppGuids;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

impl Planner {
    /// Returns the request of a synthetic event, signed like any other; `None` where the settings
    /// name no App GUID for test traffic. Every value in it is made up, and says so.
    #[must_use]
    pub fn test_event(&self, name: &str, now: Moment) -> Option<Request> {
        let (platform, app_guid) = self.test_app()?;
        let text = |text| Resolved::Value(Cow::Borrowed(text), "");
        let device = Device {
            app_guid: Some(app_guid),
            platform,
            os_version: None,
            model: None,
            kochava_device_id: text("KOCHAVA-EDGE-TEST"),
            identifiers: [Identifier {
                key: IdKey::Custom("custom"),
                id: text("kochava-edge-test"),
                of_platform: true,
                is_mapped: true,
            }]
            .into(),
            att: Resolved::Missing(None),
            limit_ad_tracking: Resolved::Missing(None),
        };
        let draft = EventDraft {
            track: TrackDraft {
                device: &device,
                usertime: Resolved::Value(now, ""),
                app_version: Resolved::Missing(None),
                device_ua: text("kochava-edge/test"),
                origination_ip: text(TEST_ADDRESS),
                consent: Consent {
                    gdpr_applies: Resolved::Missing(None),
                    tc_string: Resolved::Missing(None),
                    ad_user_data: Resolved::Missing(None),
                    ad_personalization: Resolved::Missing(None),
                },
            },
            name: text(name),
            revenue: Resolved::Missing(None),
            currency: Resolved::Missing(None),
            event_data: Vec::new(),
            notes: Vec::new(),
        };
        let mut lists = ListPool::default();
        let validated = validate_event(&draft, &self.settings.wire, &mut lists);
        let payload = Payload::Event(validated.payload.ok()?);
        let (mut body, mut request) = (String::new(), None);
        write_payload(&payload, &self.settings.wire, &mut body, |written| {
            request = self.request(RequestKind::Event, written).ok();
        });
        request
    }

    /// Returns a platform for which the settings name an App GUID for test traffic.
    fn test_app(&self) -> Option<(Platform, &crate::kochava::AppGuid)> {
        let apps = self.settings.test_app_guid.as_ref()?;
        let platforms = AppGuids::KEYS.iter().map(|(_, platform)| *platform);
        platforms
            .chain([Platform::Unknown])
            .find_map(|platform| Some((platform, apps.of(platform)?)))
    }
}

/// An address that no device has (RFC 5737, TEST-NET-1).
const TEST_ADDRESS: &str = "192.0.2.1";
