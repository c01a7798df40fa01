//! Maps one event to drafts of Kochava's calls.
//!
//! In: an [`Event`] and the settings. Out: a draft whose fields name the paths that filled them;
//! `kochava` validates it. An attribute is looked up at its mapped paths if the settings map it,
//! otherwise at its sender's documented paths; the first path with a usable value wins. A value that
//! cannot be used is part of the draft, with the rule that it breaks.

mod data_list;
mod device;
mod properties;
mod read;
mod trace;

use crate::json::{KeyHash, Value};
use crate::kochava::{
    Consent, Device, EventDraft, Found, IdentityDraft, ListPool, Rule, Violation,
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

/// The paths of each attribute: the operator's, otherwise the documented ones.
#[derive(Clone, Debug)]
pub struct AttributePaths {
    attributes: [Vec<Path>; Attribute::COUNT],
    revenue: Vec<Path>,
    currency: Vec<Path>,
}

impl AttributePaths {
    /// The paths under these settings; their keys get slots in `fields`.
    pub fn new(settings: &Settings, schema: &SourceSchema, fields: &mut FieldIndex) -> Self {
        let mut indexed = |paths: &[Path]| {
            let mut paths = paths.to_vec();
            for path in &mut paths {
                fields.index_path(path);
            }
            paths
        };
        let attributes = Attribute::ALL.map(|attribute| {
            indexed(
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
        AttributePaths {
            attributes,
            revenue: indexed(revenue),
            currency: indexed(currency),
        }
    }
}

/// Maps one event. The device is read once and shared by the event's and the identity's drafts.
#[derive(Clone, Copy, Debug)]
pub struct Mapper<'e, 'a> {
    /// The event.
    pub event: &'e Event<'a>,
    /// The settings.
    pub settings: &'a Settings,
    /// The paths of attributes under these settings.
    pub paths: &'a AttributePaths,
}

/// Scratch buffers that are reused from event to event.
#[derive(Debug, Default)]
pub struct Scratch<'a> {
    /// The lists of drafts and payloads.
    pub lists: ListPool<'a>,
    /// The body of the call that is being written.
    pub body: String,
    sources: Vec<EntrySource>,
}

/// Where an entry of a [`data_list::DataList`] comes from.
#[derive(Clone, Copy, Debug)]
struct EntrySource {
    /// The hash of its name.
    hash: KeyHash,
    /// The number of the object that it stood in.
    object: usize,
    /// How many prefixes its name got.
    prefixes: usize,
}

impl<'e, 'a> Mapper<'e, 'a> {
    /// Reads the device, and which app it is to Kochava.
    pub fn device(
        self,
        is_test: bool,
        recorder: &mut impl Recorder<'a>,
        scratch: &mut Scratch<'a>,
    ) -> Device<'a> {
        device::read(&mut self.reader(recorder), is_test, scratch)
    }

    /// The draft of a post-install event; `received_at` is when it arrived, if the shell knows.
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
        let revenue = reader.first_usable(EVENT_DATA.of("sum"), &self.paths.revenue, read::revenue);
        let has_revenue = !matches!(revenue, Found::Nothing(_));
        EventDraft {
            device,
            name,
            usertime: reader.attribute(DATA.of("usertime"), Attribute::Usertime, |value| {
                read::moment(value, received_at)
            }),
            app_version: reader.attribute(
                DATA.of("app_version"),
                Attribute::AppVersion,
                read::label,
            ),
            device_ua: reader.attribute(DATA.of("device_ua"), Attribute::DeviceUa, read::label),
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
                    read::label,
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
                reader.first_usable(DATA.of("currency"), &self.paths.currency, read::currency)
            } else {
                Found::Nothing(None)
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

    /// The draft of an identity; `None` when the settings want none from this kind of element, or
    /// the event has no selected value.
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
            paths: self.paths,
            recorder,
        }
    }
}

/// Looks up the paths of one event, and records each look-up.
struct FieldReader<'e, 'a, 'r, R> {
    event: &'e Event<'a>,
    settings: &'a Settings,
    paths: &'a AttributePaths,
    recorder: &'r mut R,
}

impl<'a, R: Recorder<'a>> FieldReader<'_, 'a, '_, R> {
    /// The first usable value of an attribute.
    fn attribute<T>(
        &mut self,
        field: FieldKey<'a>,
        attribute: Attribute,
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Found<'a, T> {
        self.first_usable(field, &self.paths.attributes[attribute as usize], read)
    }

    /// The first usable value at `paths`; otherwise the first rule that a value there breaks.
    fn first_usable<T>(
        &mut self,
        field: FieldKey<'a>,
        paths: &'a [Path],
        read: impl Fn(&Value<'a>) -> Reading<T>,
    ) -> Found<'a, T> {
        let mut found = Found::Nothing(paths.first().map(Path::as_str));
        for path in paths {
            let searched;
            let value = if let Some(slots) = path.slots() {
                self.event.at_slots(slots)
            } else {
                searched = self.event.search(path).unwrap_or(Value::Null);
                &searched
            };
            let reading = if value.is_null() {
                Reading::Nothing
            } else {
                read(value)
            };
            let result = match &reading {
                Reading::Value(_) => LookupResult::Used,
                Reading::Unusable(rule) => LookupResult::Unusable(Some(*rule)),
                Reading::Nothing => LookupResult::Missing,
            };
            self.recorder.record(
                field.name(),
                FieldPath::undivided(path.as_str()),
                result,
                Some(*value).filter(|value| !value.is_null()),
            );
            match reading {
                Reading::Value(value) => return Found::Value(value, path.as_str()),
                Reading::Unusable(rule) if matches!(found, Found::Nothing(_)) => {
                    found = Found::Unusable(rule, path.as_str());
                }
                Reading::Unusable(_) | Reading::Nothing => {}
            }
        }
        found
    }

    /// The event's name, or what the operator renames it to.
    fn name(&mut self, notes: &mut Vec<Violation>) -> Found<'a, Cow<'a, str>> {
        let schema = self.event.schema;
        let path = schema.key(schema.name).as_str();
        let name = self
            .event
            .name
            .filter(|name| name.chars().any(|character| !character.is_whitespace()));
        self.recorder.record(
            DATA.of("event_name").name(),
            FieldPath::undivided(path),
            if name.is_some() {
                LookupResult::Used
            } else {
                LookupResult::Missing
            },
            self.event.name.map(Value::String),
        );
        let Some(text) = name else {
            return Found::Nothing(Some(path));
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
        Found::Value(
            renamed.map_or_else(|| text.decode(), |(_, to)| Cow::Borrowed(to.as_str())),
            path,
        )
    }
}

/// A field of a body that paths are looked up for.
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

/// An object of a body, by its dotted name.
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
/// The parent of an identity's `data`, which has the same name as an event's.
const IDENTITY: Parent = Parent("identity");
