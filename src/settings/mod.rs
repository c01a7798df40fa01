//! What does the operator want?
//!
//! Nouns: choices that are already checked. `read`, behind this door, turns JSON into them, or into
//! everything that is wrong with it.

mod blocks;
mod delivery;
mod read;
mod walk;

use crate::delivery::{RetryPolicy, RetrySchedule};
use crate::kochava::{AppGuid, Credentials, Platform, WireOptions};
use crate::source::{Attribute, FieldIndex};
use crate::source::{Container, Path};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Every choice of the operator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The apps, by platform.
    pub app_guid: AppGuids,
    /// The apps for test traffic; none: it is skipped.
    pub test_app_guid: Option<AppGuids>,
    /// What is test traffic, besides what its sender marks.
    pub test: Vec<Block>,
    /// Whether anything is sent at all.
    pub enabled: bool,
    /// Credentials for strict authentication.
    pub authentication: Option<Credentials>,
    /// Which events, and what of them.
    pub events: Events,
    /// Which users, and what of them.
    pub users: Users,
    /// Where attributes lie.
    pub mapping: Mapping,
    /// Which spelling is taken where Kochava's sources leave a choice.
    pub wire: WireOptions,
    /// Attempts while the sender waits.
    pub delivery: RetryPolicy,
    /// Attempts once it has gone.
    pub schedule: RetrySchedule,
    /// What is kept of an event that cannot be sent.
    pub rejects: Rejects,
}

impl Settings {
    /// Gives slots to the keys of every path.
    pub fn route(&mut self, fields: &mut FieldIndex) {
        let blocks = self
            .test
            .iter_mut()
            .chain(self.events.select.iter_mut().flatten());
        let rows = blocks
            .flat_map(|block| &mut block.rows)
            .map(|row| &mut row.property);
        let custom_ids = self
            .mapping
            .custom_ids
            .iter_mut()
            .flat_map(|(_, paths)| paths);
        let mut attributes = self
            .mapping
            .paths
            .iter_mut()
            .flatten()
            .flatten()
            .chain(custom_ids);
        rows.chain(&mut attributes)
            .for_each(|path| fields.route(path));
        if let Revenue::Mapped { from, currency } = &mut self.events.revenue {
            from.iter_mut()
                .chain(currency)
                .for_each(|path| fields.route(path));
        }
        for (selection, container) in [
            (&mut self.events.properties, Container::Properties),
            (&mut self.events.user_properties, Container::UserProperties),
            (&mut self.users.properties, Container::UserProperties),
        ] {
            match selection {
                Selection::Named(paths) => paths
                    .iter_mut()
                    .for_each(|path| fields.route_in(container, path)),
                Selection::All => fields.want_all(container),
            }
        }
    }
}

/// App GUIDs by platform.
#[derive(Clone, Debug, Default)]
pub struct AppGuids {
    /// By platform, in the order of [`AppGuids::KEYS`].
    by_platform: [Option<AppGuid>; 7],
    default: Option<AppGuid>,
}

impl AppGuids {
    /// The platforms that an App GUID can be given for.
    pub const KEYS: [(&'static str, Platform); 7] = [
        ("ios", Platform::Ios),
        ("ipados", Platform::Ipados),
        ("tvos", Platform::Tvos),
        ("android", Platform::Android),
        ("fire", Platform::Fire),
        ("roku", Platform::Roku),
        ("web", Platform::Web),
    ];

    /// The app of a platform: its own, else its family's, else the default.
    #[must_use]
    pub fn of(&self, platform: Platform) -> Option<&AppGuid> {
        let own = |platform| {
            Self::KEYS
                .iter()
                .position(|&(_, key)| key == platform)
                .and_then(|at| self.by_platform[at].as_ref())
        };
        let family = match platform {
            Platform::Ipados | Platform::Tvos => Some(Platform::Ios),
            Platform::Fire => Some(Platform::Android),
            Platform::Ios
            | Platform::Android
            | Platform::Roku
            | Platform::Web
            | Platform::Unknown => None,
        };
        own(platform)
            .or_else(|| own(family?))
            .or(self.default.as_ref())
    }
}

/// Which events are sent, and what of them.
#[derive(Clone, Debug)]
pub struct Events {
    /// "Send Events".
    pub send: bool,
    /// Which; `None` is every event.
    pub select: Option<Vec<Block>>,
    /// Which event properties go into `event_data`.
    pub properties: Selection,
    /// Which user properties go there too.
    pub user_properties: Selection,
    /// New names for events.
    pub rename: Vec<(String, String)>,
    /// Where revenue lies.
    pub revenue: Revenue,
}

/// Where revenue lies.
#[derive(Clone, Debug)]
pub enum Revenue {
    /// Where the sender documents it.
    Documented,
    /// At these paths; none of the first: no revenue is sent.
    Mapped {
        /// Paths of the amount.
        from: Vec<Path>,
        /// Paths of its currency.
        currency: Vec<Path>,
    },
}

/// Some of the properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every one.
    All,
    /// These, by name or by a path below the properties.
    Named(Vec<Path>),
}

/// Which users are sent, and what of them.
#[derive(Clone, Debug)]
pub struct Users {
    /// "Send Users".
    pub send: bool,
    /// From where.
    pub from: UsersFrom,
    /// The name under which the user id is sent, if it is.
    pub user_id_as: Option<String>,
    /// Which user properties are sent.
    pub properties: Selection,
    /// Whether an identity waits until Kochava has taken an event of its device: it loses those of
    /// devices that it does not know.
    pub hold_until_event: bool,
}

/// What is kept of an event that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejects {
    /// For how many days.
    pub retention_days: u32,
    /// Whether the event itself is kept, or only why it was not sent.
    pub keep_events: bool,
}

/// What identities are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersFrom {
    /// Users that the sender sends.
    UserPayloads,
    /// Events: the identity follows its event.
    Events,
    /// Both.
    Both,
}

/// Where attributes lie; what is not mapped lies where the sender documents it.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    paths: [Option<Vec<Path>>; Attribute::COUNT],
    /// Further device ids: Kochava's name and the paths.
    pub custom_ids: Vec<(String, Vec<Path>)>,
}

impl Mapping {
    /// The paths of an attribute, if it is mapped.
    #[must_use]
    pub fn paths(&self, attribute: Attribute) -> Option<&[Path]> {
        self.paths[attribute as usize].as_deref()
    }
}

/// One way to choose events: a name and conditions that all hold.
#[derive(Clone, Debug)]
pub struct Block {
    /// Name patterns, any of which matches; `None` is every name.
    pub names: Option<Vec<Pattern>>,
    /// Conditions, all of which hold.
    pub rows: Vec<Condition>,
}

/// A name in which `*` stands for anything.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is as a whole, where nothing stands for anything; else what stands before the first
    /// `*`.
    pub head: String,
    /// What stands between two of them, in order, and behind the last one.
    pub rest: Option<(Vec<String>, String)>,
}

impl Pattern {
    /// Reads a pattern.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Some((head, rest)) = text.split_once('*') else {
            return Pattern {
                head: String::from(text),
                rest: None,
            };
        };
        let (pieces, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let pieces = pieces
            .split('*')
            .filter(|piece| !piece.is_empty())
            .map(String::from)
            .collect();
        Pattern {
            head: String::from(head),
            rest: Some((pieces, String::from(tail))),
        }
    }
}

/// A condition on a property.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Where the property lies.
    pub property: Path,
    /// What must hold of it.
    pub test: Predicate,
    /// Whether it must not hold instead.
    pub is_negated: bool,
}

/// What must hold of a property.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// It is there.
    Exists,
    /// It equals one of these.
    In(Vec<Operand>),
    /// Its text contains this.
    Contains(String),
    /// Its text begins so.
    StartsWith(String),
    /// Its text ends so.
    EndsWith(String),
    /// Its number stands so to this one.
    Compares(Comparison, String),
}

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A value to compare with, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A string.
    Text(String),
    /// A number, by its decimal text.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFault {
    /// Where: dotted, with `[0]` for elements; empty for the whole.
    pub path: String,
    /// A stable code for machines.
    pub code: &'static str,
    /// What is wrong, for people; never a value.
    pub message: Cow<'static, str>,
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path, self.message)
        }
    }
}
