//! Which part of the event fills which part of the call, and from where?
//!
//! Enters: an [`Event`] and the choices. Leaves: a draft, each field with the path that filled it;
//! whether it may be sent is for `check` to say. A mapped attribute is looked for at its mapped
//! paths alone, any other where its sender documents it; of several paths the first with a usable
//! value wins.

mod device;
mod properties;
mod read;
mod trace;

use crate::json::{KeyHash, Value};
use crate::kochava::{
    Consent, Device, EventDraft, IdentityDraft, ListPool, Resolved, Rule, Violation,
};
use crate::settings::{Revenue, Settings, UsersFrom};
use crate::source::Path;
use crate::source::{Attribute, Event, FieldIndex, Kind, SourceSchema};
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use read::Reading;

pub use trace::{FieldPath, Lookup, LookupResult, Recorder, Trace};

/// Where each attribute is looked for: at the operator's paths, or at those that the sender
/// documents.
#[derive(Clone, Debug)]
pub struct Routes {
    attributes: [Vec<Path>; Attribute::COUNT],
    revenue: Vec<Path>,
    currency: Vec<Path>,
}

impl Routes {
    /// The routes under some settings, whose keys get slots.
    pub fn new(settings: &Settings, schema: &SourceSchema, fields: &mut FieldIndex) -> Self {
        let mut routed = |paths: &[Path]| {
            let mut paths = paths.to_vec();
            for path in &mut paths {
                fields.route(path);
            }
            paths
        };
        let attributes = Attribute::ALL.map(|attribute| {
            routed(
                settings
                    .mapping
                    .paths(attribute)
                    .unwrap_or_else(|| (schema.paths)(attribute)),
            )
        });
        let (revenue, currency) = match &settings.events.revenue {
            Revenue::Documented => (schema.revenue, schema.currency),
            Revenue::Mapped { from, currency } => (from.as_slice(), currency.as_slice()),
        };
        Routes {
            attributes,
            revenue: routed(revenue),
            currency: routed(currency),
        }
    }
}

/// Maps one event under some settings. The device is read once, and lent to the event and to its
/// identity.
#[derive(Clone, Copy, Debug)]
pub struct Mapper<'e, 'a> {
    /// The event.
    pub event: &'e Event<'a>,
    /// The choices.
    pub settings: &'a Settings,
    /// Where attributes are looked for under these settings.
    pub routes: &'a Routes,
}

/// Room for the lists of one event after the other.
#[derive(Debug, Default)]
pub struct Scratch<'a> {
    /// Those of its calls.
    pub lists: ListPool<'a>,
    /// The body of the call that is being written.
    pub body: String,
    sources: Vec<EntrySource>,
}

/// Where a datum comes from.
#[derive(Clone, Copy, Debug)]
struct EntrySource {
    /// The hash of its name.
    hash: KeyHash,
    /// The object of the event that it stood in, by its number.
    object: usize,
    /// How often its name was prefixed.
    prefixes: usize,
}

impl<'e, 'a> Mapper<'e, 'a> {
    /// The device, and the app on it.
    pub fn device(
        self,
        is_test: bool,
        recorder: &mut impl Recorder<'a>,
        scratch: &mut Scratch<'a>,
    ) -> Device<'a> {
        device::read(&mut self.reader(recorder), is_test, scratch)
    }

    /// The post-install event; `received_at` is when it arrived, if the shell says so.
    pub fn draft_event<'d>(
        self,
        device: &'d Device<'a>,
        received_at: Option<Moment>,
        recorder: &mut impl Recorder<'a>,
        scratch: &mut Scratch<'a>,
    ) -> EventDraft<'d, 'a> {
        let mut reader = self.reader(recorder);
        let mut notes = Vec::new();
        let name = reader.name(&mut notes);
        let revenue = reader.paths(EVENT_DATA.of("sum"), &self.routes.revenue, read::revenue);
        let has_revenue = !matches!(revenue, Resolved::Missing(_));
        EventDraft {
            device,
            name,
            usertime: reader.attribute(DATA.of("usertime"), Attribute::Usertime, |value| {
                read::moment(value, received_at)
            }),
            app_version: reader.attribute(
                DATA.of("app_version"),
                Attribute::AppVersion,
                read::word,
            ),
            device_ua: reader.attribute(DATA.of("device_ua"), Attribute::DeviceUa, read::word),
            origination_ip: reader.attribute(
                DATA.of("origination_ip"),
                Attribute::OriginationIp,
                read::ip,
            ),
            consent: Consent {
                gdpr_applies: reader.attribute(
                    CONSENT.of("gdpr_applies"),
                    Attribute::GdprApplies,
                    read::consent,
                ),
                tc_string: reader.attribute(
                    CONSENT.of("tc_string"),
                    Attribute::TcString,
                    read::word,
                ),
                ad_user_data: reader.attribute(
                    CONSENT.of("ad_user_data"),
                    Attribute::AdUserData,
                    read::consent,
                ),
                ad_personalization: reader.attribute(
                    CONSENT.of("ad_personalization"),
                    Attribute::AdPersonalization,
                    read::consent,
                ),
            },
            currency: if has_revenue {
                reader.paths(DATA.of("currency"), &self.routes.currency, read::currency)
            } else {
                Resolved::Missing(None)
            },
            event_data: properties::event_data(
                &mut reader,
                revenue.value().is_some(),
                scratch,
                &mut notes,
            ),
            revenue,
            notes,
        }
    }

    /// The identity, if the operator wants one from here and the event says anything that
    /// identifies.
    pub fn draft_identity<'d>(
        self,
        device: &'d Device<'a>,
        recorder: &mut impl Recorder<'a>,
        scratch: &mut Scratch<'a>,
    ) -> Option<IdentityDraft<'d, 'a>> {
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
        let data = properties::identity(&mut self.reader(recorder), scratch, &mut notes);
        (!data.is_empty()).then_some(IdentityDraft {
            device,
            data,
            notes,
        })
    }

    fn reader<R: Recorder<'a>>(self, recorder: &mut R) -> FieldReader<'e, 'a, '_, R> {
        FieldReader {
            event: self.event,
            settings: self.settings,
            routes: self.routes,
            recorder,
        }
    }
}

/// Asks paths of an event, and tells a recorder.
struct FieldReader<'e, 'a, 'r, R> {
    event: &'e Event<'a>,
    settings: &'a Settings,
    routes: &'a Routes,
    recorder: &'r mut R,
}

impl<'a, R: Recorder<'a>> FieldReader<'_, 'a, '_, R> {
    /// Looks for an attribute where it is mapped, else where it is documented.
    fn attribute<T>(
        &mut self,
        field: FieldKey<'a>,
        attribute: Attribute,
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Resolved<'a, T> {
        self.paths(field, &self.routes.attributes[attribute as usize], read)
    }

    /// Takes the first usable value at `paths`.
    fn paths<T>(
        &mut self,
        field: FieldKey<'a>,
        paths: &'a [Path],
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Resolved<'a, T> {
        let mut found = Resolved::Missing(paths.first().map(Path::as_str));
        for path in paths {
            let looked_for;
            let value = if let Some(route) = path.route() {
                self.event.routed(route)
            } else {
                looked_for = self.event.look_for(path).unwrap_or(Value::Null);
                &looked_for
            };
            let reading = if value.is_null() {
                Reading::Nothing
            } else {
                read(value)
            };
            let answer = match &reading {
                Reading::Value(_) => LookupResult::Used,
                Reading::Unusable(rule) => LookupResult::Unusable(Some(*rule)),
                Reading::Nothing => LookupResult::Missing,
            };
            self.recorder.record(
                field.name(),
                FieldPath::whole(path.as_str()),
                answer,
                Some(*value).filter(|value| !value.is_null()),
            );
            match reading {
                Reading::Value(value) => return Resolved::Value(value, path.as_str()),
                Reading::Unusable(rule) if matches!(found, Resolved::Missing(_)) => {
                    found = Resolved::Unusable(rule, path.as_str())
                }
                Reading::Unusable(_) | Reading::Nothing => {}
            }
        }
        found
    }

    /// The event's name, new where the operator renames it.
    fn name(&mut self, notes: &mut Vec<Violation>) -> Resolved<'a, Cow<'a, str>> {
        let schema = self.event.schema;
        let path = schema.key(schema.name).as_str();
        let name = self
            .event
            .name
            .filter(|name| name.chars().any(|character| !character.is_whitespace()));
        self.recorder.record(
            DATA.of("event_name").name(),
            FieldPath::whole(path),
            if name.is_some() {
                LookupResult::Used
            } else {
                LookupResult::Missing
            },
            self.event.name.map(Value::String),
        );
        let Some(text) = name else {
            return Resolved::Missing(Some(path));
        };
        if text.has_lone_surrogate() {
            notes.push(Violation::new(Rule::TextRepaired, "data.event_name").from_path(Some(path)));
        }
        let renamed = self
            .settings
            .events
            .rename
            .iter()
            .find(|(from, _)| text.is(from));
        Resolved::Value(
            renamed.map_or_else(|| text.decode(), |(_, to)| Cow::Borrowed(to.as_str())),
            path,
        )
    }
}

/// A field of Kochava's that is record for.
#[derive(Clone, Copy)]
struct FieldKey<'a> {
    parent: Parent,
    key: &'a str,
}

impl<'a> FieldKey<'a> {
    fn name(self) -> FieldPath<'a> {
        self.parent.name(Cow::Borrowed(self.key))
    }
}

/// A parent of fields.
#[derive(Clone, Copy)]
struct Parent(&'static str);

impl Parent {
    fn of(self, key: &str) -> FieldKey<'_> {
        FieldKey { parent: self, key }
    }

    fn name(self, key: Cow<'_, str>) -> FieldPath<'_> {
        FieldPath::new(self.0, key)
    }
}

const ROOT: Parent = Parent("");
const DATA: Parent = Parent("data");
const DEVICE_IDS: Parent = Parent("data.device_ids");
const EVENT_DATA: Parent = Parent("data.event_data");
const CONSENT: Parent = Parent("data.gdpr_privacy_consent");
/// Not a field of any body: what an identity's `data` is made of, told apart from an event's.
const IDENTITY: Parent = Parent("identity");
