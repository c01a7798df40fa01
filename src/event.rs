//! What happened, to whom, on which device, in our words?
//!
//! Nouns only. An [`Event`] borrows everything from the inbound bytes; each [`Attribute`] of it is reached by a [`Path`], the operator's or
//! the one that the sender's documentation names. Knows neither Kochava nor the operator's choices.

use crate::json::{Key, Members, Text, Value};
use crate::path::{Path, Place};
use alloc::borrow::Cow;

/// What an element of a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something that happened.
    Event,
    /// A user's properties, without an event.
    User,
    /// A group's properties, of which Kochava knows nothing.
    Group,
}

/// One element of a batch.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its name as the sender wrote it, if it has one.
    pub name: Option<Text<'a>>,
    /// Whether the sender itself marks it as a test.
    pub is_test: bool,
    /// Every member of the element.
    pub root: Members<'a>,
    /// The properties of the event.
    pub properties: Members<'a>,
    /// The properties of the user as they stand after the event.
    pub user_properties: Members<'a>,
    /// Whether its place in the body says that it is a user.
    pub of_users: bool,
    /// How many levels of objects and arrays it nests, itself counted.
    pub levels: usize,
    /// Where its sender's documentation puts each attribute.
    pub documented: &'static Documented,
}

/// What we ask of an event, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
#[expect(missing_docs, reason = "the names are the settings' own, described there")]
pub enum Attribute {
    KochavaDeviceId,
    OriginationIp,
    Idfa,
    Idfv,
    Adid,
    AndroidId,
    DeviceUa,
    AppVersion,
    Att,
    Usertime,
    Platform,
    OsVersion,
    DeviceModel,
    UserId,
    LimitAdTracking,
    GdprApplies,
    TcString,
    AdUserData,
    AdPersonalization,
}

impl Attribute {
    /// How many there are.
    pub const COUNT: usize = Attribute::AdPersonalization as usize + 1;
}

/// A sender's own fields: the paths it documents for an attribute, in order; and the names of its two property containers.
#[derive(Debug)]
pub struct Documented {
    /// The paths by attribute; none where the sender documents none.
    pub paths: fn(Attribute) -> &'static [Path],
    /// The paths under which revenue is documented.
    pub revenue: &'static [Path],
    /// The paths under which revenue's currency is documented.
    pub currency: &'static [Path],
    /// The member that names the event.
    pub name: Key<'static>,
    /// The member that holds the event's properties.
    pub properties: Key<'static>,
    /// The member that holds the user's properties.
    pub user_properties: Key<'static>,
    /// The members that tell an event from every other of its device, the surest first.
    pub ids: &'static [Key<'static>],
    /// The member by which the sender itself tells devices apart.
    pub device: Key<'static>,
    /// The members that name the maker of the device.
    pub makers: &'static [Key<'static>],
}

impl<'a> Event<'a> {
    /// An event without any member, from a sender with these fields.
    #[must_use]
    pub fn blank(documented: &'static Documented) -> Self {
        Event {
            kind: Kind::Event,
            name: None,
            is_test: false,
            root: Members::default(),
            properties: Members::default(),
            user_properties: Members::default(),
            of_users: false,
            levels: 0,
            documented,
        }
    }

    /// By which name its sender tells it from the other events of the device, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.documented.ids.iter().find_map(|key| name(self.root.find(*key)?))
    }

    /// By which name its sender tells its device from others, if it has one.
    #[must_use]
    pub fn device(&self) -> Option<Cow<'a, str>> {
        name(self.root.find(self.documented.device)?)
    }

    /// The value at `path`; `null` is like absent, since senders write what they do not know so.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<Value<'a>> {
        path.find(&|key| {
            let value = self.root.find(key)?;
            Some(if key == self.documented.properties {
                Place::Indexed(&self.properties, value)
            } else if key == self.documented.user_properties {
                Place::Indexed(&self.user_properties, value)
            } else {
                Place::Value(value)
            })
        })
    }
}

/// A text that is not empty, or a number by its digits.
fn name(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.decode()).filter(|text| !text.is_empty()),
        Value::Number(digits) => Some(Cow::Borrowed(digits)),
        _ => None,
    }
}
