//! Maps one event to drafts of Kochava's calls.
//!
//! In: an [`Event`] and the settings. Out: a draft whose fields name the paths that filled them;
//! `kochava` validates it. An attribute is looked up at its mapped paths if the settings map it,
//! otherwise at its sender's documented paths; the first path with a usable value wins. A value that
//! cannot be used is part of the draft, with the rule that it breaks.

mod attribute_paths;
mod attribution;
mod data_list;
mod device;
mod field_reader;
mod fields;
mod fit;
mod guard;
mod properties;
mod property_name;
mod read;
mod revenue;
mod trace;
mod words;

use crate::json::KeyHash;
use crate::kochava::{
    Consent, Device, EventDraft, IdentityDraft, InstallDraft, ListPool, Resolved, TrackDraft,
};
use crate::settings::{Settings, UsersFrom};
use crate::source::{Attribute, Event, Kind};
use crate::time::Moment;
use alloc::string::String;
use alloc::vec::Vec;
use field_reader::{FieldReader, PRESET};
use fields::{CONSENT, DATA, DEVICE_IDS, EVENT_DATA, FieldKey, IDENTITY, Parent, REFERRER, ROOT};
use guard::Guard;

pub use attribute_paths::AttributePaths;
pub use fit::{MappedField, fits, platform_of};
pub use trace::{FieldPath, Lookup, LookupResult, Trace};

/// Maps one event. The device is read once and shared by the event's and the identity's drafts.
#[derive(Clone, Copy, Debug)]
pub struct Mapper<'e, 'a> {
    /// The event.
    pub event: &'e Event<'a>,
    /// The settings.
    pub settings: &'a Settings,
    /// The paths of attributes under these settings.
    pub paths: &'a AttributePaths,
    /// Whether the event is sent as an install.
    pub is_install: bool,
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
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
    ) -> Device<'a> {
        device::read(&mut self.reader(trace), is_test, scratch)
    }

    /// What an event and an install have in common; `received_at` is when it arrived, if the shell
    /// knows.
    pub fn draft_track<'d>(
        self,
        device: &'d Device<'a>,
        received_at: Option<Moment>,
        trace: Option<&mut Trace<'a>>,
    ) -> TrackDraft<'d, 'a> {
        let mut reader = self.reader(trace);
        TrackDraft {
            device,
            usertime: reader.attribute(DATA.of("usertime"), Attribute::Usertime, |value| {
                read::moment(value, received_at)
            }),
            app_version: reader.text(
                DATA.of("app_version"),
                Attribute::AppVersion,
                read::repaired_label,
            ),
            device_ua: reader.text(DATA.of("device_ua"), Attribute::DeviceUa, read::user_agent),
            origination_ip: reader.attribute(
                DATA.of("origination_ip"),
                Attribute::OriginationIp,
                read::ip,
            ),
            consent: consent(&mut reader),
        }
    }

    /// The draft of a post-install event.
    pub fn draft_event<'d>(
        self,
        track_draft: &'d TrackDraft<'d, 'a>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
    ) -> EventDraft<'d, 'a> {
        let mut reader = self.reader(trace);
        let mut notes = Vec::new();
        let name = reader.name(&mut notes);
        let (mut revenue, is_in_dollars) = revenue::amount(&mut reader, scratch);
        let mut event_data = properties::event_data(
            &mut reader,
            &Guard::new(track_draft.device, self.paths),
            revenue.value().is_some(),
            scratch,
            &mut notes,
        );
        if let Resolved::Missing(_) = revenue {
            revenue = revenue::take_sum(&mut event_data).unwrap_or(revenue);
        }
        EventDraft {
            name,
            track: track_draft,
            currency: match (&revenue, is_in_dollars) {
                (Resolved::Missing(_), _) => Resolved::Missing(None),
                (_, true) => reader.dollars(),
                (_, false) => {
                    reader.first_usable(DATA.of("currency"), &self.paths.currency, read::currency)
                }
            },
            event_data,
            revenue,
            notes,
        }
    }

    /// The draft of an install; `received_at` is when the event arrived, if the shell knows.
    pub fn draft_install<'d>(
        self,
        track_draft: &'d TrackDraft<'d, 'a>,
        received_at: Option<Moment>,
        trace: Option<&mut Trace<'a>>,
    ) -> InstallDraft<'d, 'a> {
        attribution::install(track_draft, &mut self.reader(trace), received_at)
    }

    /// The draft of an identity; `None` when the settings want none from this kind of element. It is
    /// empty when the event has no selected value that can be sent.
    pub fn draft_identity<'d>(
        self,
        device: &'d Device<'a>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
    ) -> Option<IdentityDraft<'d, 'a>> {
        let users = &self.settings.users;
        let is_wanted = match self.event.kind {
            Kind::User => true,
            Kind::Event => users.send && users.from != UsersFrom::UserPayloads,
            _ => false,
        };
        if !is_wanted {
            return None;
        }
        let mut notes = Vec::new();
        let guard = Guard::new(device, self.paths);
        let data = properties::identity(&mut self.reader(trace), &guard, scratch, &mut notes);
        Some(IdentityDraft {
            device,
            data,
            notes,
        })
    }

    fn reader<'r>(self, trace: Option<&'r mut Trace<'a>>) -> FieldReader<'e, 'a, 'r> {
        FieldReader {
            event: self.event,
            settings: self.settings,
            paths: self.paths,
            trace,
        }
    }
}

fn consent<'a>(reader: &mut FieldReader<'_, 'a, '_>) -> Consent<'a> {
    Consent {
        gdpr_applies: reader.attribute(
            CONSENT.of("gdpr_applies"),
            Attribute::GdprApplies,
            read::gdpr_applies,
        ),
        tc_string: reader.text(CONSENT.of("tc_string"), Attribute::TcString, read::label),
        ad_user_data: consent_flag(reader, "ad_user_data", Attribute::AdUserData),
        ad_personalization: consent_flag(
            reader,
            "ad_personalization",
            Attribute::AdPersonalization,
        ),
    }
}

fn consent_flag<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    key: &'static str,
    attribute: Attribute,
) -> Resolved<'a, bool> {
    reader.attribute(CONSENT.of(key), attribute, read::consent)
}
