//! Which part of the event fills which part of the call, and from where?
//!
//! Enters: an [`Event`] and the choices. Leaves: a draft, each field with the path that filled it; whether it may be sent is for `check`
//! to say. A mapped attribute is looked for at its mapped paths alone, any other where its sender documents it; of several paths the first
//! with a usable value wins.

mod device;
mod properties;
mod read;

use crate::event::{Attribute, Event, Kind};
use crate::json::Value;
use crate::kochava::{AppGuid, Consent, Device, EventDraft, Found, IdentityDraft, Rule, Violation};
use crate::path::Path;
use crate::settings::{Revenue, Settings, UsersFrom};
use crate::time::Moment;
use crate::trace::{Asked, Field, Recorder};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use read::Reading;

/// What mapping knows besides the event and the settings.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// When the event arrived, if the shell says so.
    pub received_at: Option<Moment>,
    /// Whether it goes to the app for tests.
    pub is_test: bool,
}

/// Maps one event; the device is read once for the event and its identity.
pub struct Mapper<'e, R> {
    event: &'e Event<'e>,
    settings: &'e Settings,
    circumstances: Circumstances,
    device: Device<'e>,
    recorder: &'e mut R,
}

impl<'e, R: Recorder> Mapper<'e, R> {
    /// Begins with the device.
    pub fn new(event: &'e Event<'e>, settings: &'e Settings, circumstances: Circumstances, recorder: &'e mut R) -> Self {
        let device = device::read(&mut Asking { event, settings, recorder });
        Mapper { event, settings, circumstances, device, recorder }
    }

    /// The post-install event.
    #[must_use]
    pub fn event(&mut self) -> EventDraft<'e> {
        let received_at = self.circumstances.received_at;
        let revenue_paths = self.revenue_paths();
        let app_guid = self.app_guid();
        let mut asking = Asking { event: self.event, settings: self.settings, recorder: self.recorder };
        let mut notes = Vec::new();
        let name = asking.name(&mut notes);
        let consent = Consent {
            gdpr_applies: asking.attribute(CONSENT.of("gdpr_applies"), Attribute::GdprApplies, read::consent),
            tc_string: asking.attribute(CONSENT.of("tc_string"), Attribute::TcString, read::word),
            ad_user_data: asking.attribute(CONSENT.of("ad_user_data"), Attribute::AdUserData, read::consent),
            ad_personalization: asking.attribute(CONSENT.of("ad_personalization"), Attribute::AdPersonalization, read::consent),
        };
        let usertime = asking.attribute(DATA.of("usertime"), Attribute::Usertime, |value| read::moment(value, received_at));
        let app_version = asking.attribute(DATA.of("app_version"), Attribute::AppVersion, read::word);
        let device_ua = asking.attribute(DATA.of("device_ua"), Attribute::DeviceUa, read::word);
        let origination_ip = asking.attribute(DATA.of("origination_ip"), Attribute::OriginationIp, read::ip);
        let revenue = asking.paths(EVENT_DATA.of("sum"), revenue_paths.0, read::revenue);
        let has_revenue = !matches!(revenue, Found::Nothing(_));
        let currency = if has_revenue { asking.paths(DATA.of("currency"), revenue_paths.1, read::currency) } else { Found::Nothing(None) };
        let event_data = properties::event_data(&mut asking, revenue.value().is_some(), &mut notes);
        EventDraft {
            app_guid,
            device: self.device.clone(),
            name,
            usertime,
            app_version,
            device_ua,
            origination_ip,
            consent,
            revenue,
            currency,
            event_data,
            notes,
        }
    }

    /// The identity, if the operator wants one from here and the event says anything that identifies.
    #[must_use]
    pub fn identity(&mut self) -> Option<IdentityDraft<'e>> {
        let users = &self.settings.users;
        let is_wanted = match self.event.kind {
            Kind::User => true,
            Kind::Event => users.send && users.from != UsersFrom::UserPayloads,
            Kind::Group => false,
        };
        if !is_wanted {
            return None;
        }
        let mut notes = Vec::new();
        let mut asking = Asking { event: self.event, settings: self.settings, recorder: self.recorder };
        let data = properties::identity(&mut asking, &mut notes);
        let app_guid = self.app_guid();
        (!data.is_empty()).then(|| IdentityDraft { app_guid, device: self.device.clone(), data, notes })
    }

    fn app_guid(&mut self) -> Option<&'e AppGuid> {
        let settings = self.settings;
        let (setting, guids) =
            if self.circumstances.is_test { ("test_app_guid", settings.test_app_guid.as_ref()) } else { ("app_guid", Some(&settings.app_guid)) };
        let app_guid = guids.and_then(|guids| guids.of(self.device.platform));
        self.recorder.asked(ROOT.of("kochava_app_id"), setting, if app_guid.is_some() { Asked::Taken } else { Asked::Nothing });
        app_guid
    }

    fn revenue_paths(&self) -> (&'e [Path], &'e [Path]) {
        let documented = self.event.documented;
        match &self.settings.events.revenue {
            Revenue::Documented => (documented.revenue, documented.currency),
            Revenue::Mapped { from, currency } => (from, currency),
        }
    }
}

/// Asks paths of an event, and tells a recorder.
struct Asking<'e, 'r, R> {
    event: &'e Event<'e>,
    settings: &'e Settings,
    recorder: &'r mut R,
}

impl<'e, R: Recorder> Asking<'e, '_, R> {
    /// Looks for an attribute where it is mapped, else where it is documented.
    fn attribute<T>(&mut self, field: Field<'_>, attribute: Attribute, read: impl Fn(Value<'e>) -> Reading<T>) -> Found<'e, T> {
        let paths = self.settings.mapping.paths(attribute).unwrap_or_else(|| (self.event.documented.paths)(attribute));
        self.paths(field, paths, read)
    }

    /// Takes the first usable value at `paths`.
    fn paths<T>(&mut self, field: Field<'_>, paths: &'e [Path], read: impl Fn(Value<'e>) -> Reading<T>) -> Found<'e, T> {
        let mut found = Found::Nothing(paths.first().map(Path::as_str));
        for path in paths {
            let reading = self.event.at(path).map_or(Reading::Nothing, &read);
            let answer = match &reading {
                Reading::Value(_) => Asked::Taken,
                Reading::Unusable(rule) => Asked::Unusable(Some(*rule)),
                Reading::Nothing => Asked::Nothing,
            };
            self.recorder.asked(field, path.as_str(), answer);
            match reading {
                Reading::Value(value) => return Found::Value(value, path.as_str()),
                Reading::Unusable(rule) if matches!(found, Found::Nothing(_)) => found = Found::Unusable(rule, path.as_str()),
                Reading::Unusable(_) | Reading::Nothing => {}
            }
        }
        found
    }

    /// The event's name, new where the operator renames it.
    fn name(&mut self, notes: &mut Vec<Violation>) -> Found<'e, Cow<'e, str>> {
        let path = self.event.documented.name;
        let name = self.event.name.filter(|name| name.chars().any(|character| !character.is_whitespace()));
        self.recorder.asked(DATA.of("event_name"), path, if name.is_some() { Asked::Taken } else { Asked::Nothing });
        let Some(text) = name else { return Found::Nothing(Some(path)) };
        if text.has_lone_surrogate() {
            notes.push(Violation::new(Rule::TextRepaired, "data.event_name").from_path(Some(path)));
        }
        let renamed = self.settings.events.rename.iter().find(|(from, _)| text.is(from));
        Found::Value(renamed.map_or_else(|| text.decode(), |(_, to)| Cow::Borrowed(to.as_str())), path)
    }
}

/// A parent of fields.
#[derive(Clone, Copy)]
struct Parent(&'static str);

impl Parent {
    fn of(self, key: &str) -> Field<'_> {
        Field { parent: self.0, key }
    }
}

const ROOT: Parent = Parent("");
const DATA: Parent = Parent("data");
const DEVICE_IDS: Parent = Parent("data.device_ids");
const EVENT_DATA: Parent = Parent("data.event_data");
const CONSENT: Parent = Parent("data.gdpr_privacy_consent");
/// Not a field of any body: what an identity's `data` is made of, told apart from an event's.
const IDENTITY: Parent = Parent("identity");
