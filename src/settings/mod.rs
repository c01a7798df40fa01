//! The operator's settings.
//!
//! One JSON object goes in; [`Settings`] come out, or every fault at once, each with its path, a
//! code, a sentence and, for an unknown key, the nearest known one. `serde` stops at the first
//! fault and does not know the path of a missing key; therefore settings have a reader of their
//! own: `setting` is a value with its path, `faults` the checks of single values. One file holds
//! each top-level key: its types and how they are read. `settings.schema.json` describes the same
//! object, and a test compares the two.

mod alerts;
mod app_guids;
mod authentication;
mod blocks;
mod delivery;
mod events;
mod faults;
mod installs;
mod mapping;
mod setting;
mod sources;
mod users;
mod wire;

use crate::delivery::{RetryPolicy, RetrySchedule};
use crate::json::{Reader, Text, Value};
use crate::kochava::{Credentials, WireOptions};
use crate::source::{Container, Event, FieldIndex, Path, Source, View};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use faults::Faults;
use setting::Setting;

pub use alerts::AlertThresholds;
pub use app_guids::AppGuids;
pub use blocks::{Block, Comparison, Condition, Operand, Pattern, Predicate};
pub use delivery::Rejects;
pub use events::{Events, Revenue, SelectedProperty, Selection};
pub use faults::SettingsFault;
pub use installs::Installs;
pub use mapping::Mapping;
pub use users::{Users, UsersFrom};

/// Every choice of the operator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The apps, by platform.
    pub app_guid: AppGuids,
    /// The apps for test traffic; `None`: test traffic is skipped.
    pub test_app_guid: Option<AppGuids>,
    /// Blocks that select test traffic, in addition to events that their sender marks as test.
    pub test: Vec<Block>,
    /// The senders whose events are taken; `None`: all.
    pub sources: Option<Vec<Source>>,
    /// Whether anything is sent at all.
    pub enabled: bool,
    /// Credentials for strict authentication.
    pub authentication: Option<Credentials>,
    /// Which events are sent as installs.
    pub installs: Installs,
    /// Which events are sent, and which parts of them.
    pub events: Events,
    /// Which identities are sent, and which parts of them.
    pub users: Users,
    /// The paths of attributes.
    pub mapping: Mapping,
    /// The form of calls where Kochava's pages leave a choice.
    pub wire: WireOptions,
    /// Attempts while the sender waits.
    pub delivery: RetryPolicy,
    /// Attempts from the queue.
    pub schedule: RetrySchedule,
    /// What is kept of an event that cannot be sent.
    pub rejects: Rejects,
    /// When an operator is told.
    pub alerts: AlertThresholds,
}

impl Settings {
    /// The top-level keys.
    pub const KEYS: [&'static str; 15] = [
        "$schema",
        "sources",
        "app_guid",
        "test_app_guid",
        "test",
        "enabled",
        "authentication",
        "installs",
        "events",
        "users",
        "mapping",
        "wire",
        "delivery",
        "rejects",
        "alerts",
    ];

    /// Reads settings.
    ///
    /// # Errors
    /// Every fault at once: `{}` lacks `app_guid` and `mapping`; `{"app_guidd":"…"}` has an unknown
    /// key; in `{"enabled":"yes"}` the value is neither true nor false.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Settings;
    /// let faults = Settings::read(r#"{ "app_guid": "koexample", "maping": {} }"#).unwrap_err();
    /// assert_eq!(faults[0].to_string(), "`maping`: is not a setting; did you mean `mapping`?");
    /// assert_eq!(faults[1].to_string(), "`mapping`: is required");
    /// ```
    pub fn read(json: &str) -> Result<Self, Vec<SettingsFault>> {
        let root = Setting::root(parse(json)?);
        let mut faults = Faults::default();
        faults
            .object(&root, &Self::KEYS)
            .ok_or_else(|| fault_of_document("must be an object"))?;
        faults.string(&root.member("$schema"), "", &|_| true);
        let sources = sources::read(&mut faults, &root.member("sources"));
        let settings = Settings {
            app_guid: app_guids::read_required(&mut faults, &root.member("app_guid")),
            test_app_guid: app_guids::read_optional(&mut faults, &root.member("test_app_guid")),
            test: blocks::read(&mut faults, &root.member("test"), true).unwrap_or_default(),
            enabled: faults.flag(&root.member("enabled"), true),
            authentication: authentication::read(&mut faults, &root.member("authentication")),
            installs: installs::read(&mut faults, &root.member("installs")),
            events: events::read(&mut faults, &root.member("events")),
            users: users::read(&mut faults, &root.member("users")),
            mapping: mapping::read(&mut faults, &root.member("mapping"), sources.as_deref()),
            sources,
            wire: wire::read(&mut faults, &root.member("wire")),
            delivery: delivery::read_policy(&mut faults, &root.member("delivery")),
            schedule: delivery::read_schedule(&mut faults, &root.member("delivery")),
            rejects: delivery::read_rejects(&mut faults, &root.member("rejects")),
            alerts: alerts::read(&mut faults, &root.member("alerts")),
        };
        faults.into_result().map(|()| settings)
    }

    /// The name of an event as the settings read it, before it is renamed: the sender's own, the one
    /// at `mapping.event_name` where the sender has none, or that of a view.
    #[must_use]
    pub fn event_name<'a>(&self, event: &Event<'a>) -> Option<Cow<'a, str>> {
        let name = self.name_text(event).map(Text::decode);
        let pattern = match event.view {
            None => return name,
            Some(View::Screen) => &self.events.screen_name,
            Some(View::Page) => &self.events.page_name,
        };
        if pattern == "*" {
            return name;
        }
        let name = name.unwrap_or_default();
        let mut whole = String::with_capacity(pattern.len() + name.len());
        for (number, part) in pattern.split('*').enumerate() {
            whole.push_str(if number > 0 { &name } else { "" });
            whole.push_str(part);
        }
        whole.truncate(whole.trim_end().len());
        let blanks = whole.len() - whole.trim_start().len();
        whole.drain(..blanks);
        Some(Cow::Owned(whole))
    }

    /// The text of an event's name.
    #[must_use]
    pub fn name_text<'a>(&self, event: &Event<'a>) -> Option<Text<'a>> {
        if !event.name_path.is_empty() {
            return event.name;
        }
        let mut paths = self.mapping.event_name.iter();
        paths.find_map(|path| match event.at(path) {
            Some(Value::String(name)) if !name.is("") => Some(name),
            _ => None,
        })
    }

    /// The path at which an event's name is expected.
    #[must_use]
    pub fn name_path<'s>(&'s self, event: &Event<'_>) -> &'s str {
        if event.name_path.is_empty() {
            self.mapping.event_name.first().map_or("", Path::as_str)
        } else {
            event.name_path
        }
    }

    /// Gives slots in `fields` to the keys of every path.
    pub fn route(&mut self, fields: &mut FieldIndex) {
        let blocks = self
            .test
            .iter_mut()
            .chain(self.installs.select.iter_mut().flatten())
            .chain(self.events.select.iter_mut().flatten());
        let conditions = blocks.flat_map(|block| &mut block.rows);
        conditions.for_each(|condition| fields.index_path(&mut condition.property));
        self.mapping
            .all_paths_mut()
            .for_each(|path| fields.index_path(path));
        if let Revenue::Mapped { from, currency } = &mut self.events.revenue {
            from.iter_mut()
                .chain(currency)
                .for_each(|path| fields.index_path(path));
        }
        for (selection, container) in [
            (&mut self.events.properties, Container::Properties),
            (&mut self.events.user_properties, Container::UserProperties),
            (&mut self.users.properties, Container::UserProperties),
        ] {
            if selection.has_star {
                fields.index_all(container);
            } else {
                for property in &mut selection.named {
                    fields.index_property_path(container, &mut property.path);
                }
            }
        }
    }
}

impl RetryPolicy {
    /// Reads the setting `delivery` alone, for a caller that delivers without planning.
    ///
    /// # Errors
    /// Every fault at once: in `{"attempts":0}` the number is out of range; `{"tries":3}` has an
    /// unknown key.
    pub fn read(json: &str) -> Result<Self, Vec<SettingsFault>> {
        let root = Setting::root(parse(json)?);
        let mut faults = Faults::default();
        let policy = delivery::read_policy(&mut faults, &root);
        delivery::read_schedule(&mut faults, &root);
        faults.into_result().map(|()| policy)
    }
}

impl Rejects {
    /// Reads the setting `rejects` alone: what is kept, and for how long, does not depend on faults
    /// elsewhere.
    ///
    /// # Errors
    /// Every fault at once: in `{"retention_days":0}` the number is out of range; `{"days":30}` has
    /// an unknown key.
    pub fn read(json: &str) -> Result<Self, Vec<SettingsFault>> {
        let root = Setting::root(parse(json)?);
        let mut faults = Faults::default();
        let rejects = delivery::read_rejects(&mut faults, &root);
        faults.into_result().map(|()| rejects)
    }
}

/// Reads the only value of a JSON text.
fn parse(json: &str) -> Result<Value<'_>, Vec<SettingsFault>> {
    let mut reader = Reader::new(json);
    reader
        .value()
        .and_then(|document| reader.end().map(|()| document))
        .map_err(|_| fault_of_document("is not JSON"))
}

fn fault_of_document(message: &'static str) -> Vec<SettingsFault> {
    alloc::vec![SettingsFault::of_document(message)]
}
