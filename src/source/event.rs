//! What happened, to whom, on which device, in our words?
//!
//! Nouns only. An [`Event`] borrows everything from the inbound bytes; each [`Attribute`] of it is
//! reached by a [`Path`], the operator's or the one that the sender's documentation names. Knows
//! neither Kochava nor the operator's choices.

use crate::json::{Key, KeyIndex, Members, Slot, Text, Value};
use crate::source::{Container, Path, PathTarget, SlotPath};
use alloc::borrow::Cow;
use alloc::sync::Arc;

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
    pub schema: &'static SourceSchema,
}

/// What we ask of an event, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
#[expect(
    missing_docs,
    reason = "the names are the settings' own, described there"
)]
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

    /// Every one, in order.
    pub const ALL: [Attribute; Attribute::COUNT] = [
        Attribute::KochavaDeviceId,
        Attribute::OriginationIp,
        Attribute::Idfa,
        Attribute::Idfv,
        Attribute::Adid,
        Attribute::AndroidId,
        Attribute::DeviceUa,
        Attribute::AppVersion,
        Attribute::Att,
        Attribute::Usertime,
        Attribute::Platform,
        Attribute::OsVersion,
        Attribute::DeviceModel,
        Attribute::UserId,
        Attribute::LimitAdTracking,
        Attribute::GdprApplies,
        Attribute::TcString,
        Attribute::AdUserData,
        Attribute::AdPersonalization,
    ];
}

/// A sender's own fields: the paths it documents for an attribute, in order; and the names of its
/// two property containers.
#[derive(Debug)]
pub struct SourceSchema {
    /// The paths by attribute; none where the sender documents none.
    pub paths: fn(Attribute) -> &'static [Path],
    /// The paths under which revenue is documented.
    pub revenue: &'static [Path],
    /// The paths under which revenue's currency is documented.
    pub currency: &'static [Path],
    /// The members that are asked for of every event, by their slots; first those that hold
    /// members or elements.
    pub known: &'static [Key<'static>],
    /// How many of them hold members or elements.
    pub holders: u16,
    /// The member that names the event.
    pub name: Slot,
    /// The member that holds the event's properties.
    pub properties: Slot,
    /// The member that holds the user's properties.
    pub user_properties: Slot,
    /// The member of a wrapper that holds users.
    pub users: Slot,
    /// The members of the user's properties that are no properties but operators, by their slots.
    pub operators: &'static [Key<'static>],
    /// The members that tell an event from every other of its device, the surest first.
    pub ids: &'static [Slot],
    /// The member by which the sender itself tells devices apart.
    pub device: Slot,
    /// The members that name the maker of the device.
    pub makers: &'static [Slot],
}

impl SourceSchema {
    /// The key of one of the known members.
    #[must_use]
    pub fn key(&self, slot: Slot) -> Key<'static> {
        self.known[slot.number() - 1]
    }
}

/// What will be asked of events, so that it is put where it is found without looking: keys with
/// slots, of the event itself and of its two containers.
#[derive(Clone, Debug)]
pub struct FieldIndex {
    root: Keys,
    properties: Keys,
    user_properties: Keys,
    schema: &'static SourceSchema,
}

/// Keys of one object that will be asked for.
#[derive(Clone, Debug, Default)]
struct Keys {
    slots: Arc<KeyIndex>,
    /// Whether all other keys will be asked for, too.
    are_all: bool,
}

impl FieldIndex {
    /// What is asked of every event.
    #[must_use]
    pub fn of(schema: &'static SourceSchema) -> Self {
        let (root, user_properties) = (Keys::of(schema.known), Keys::of(schema.operators));
        FieldIndex {
            root,
            properties: Keys::default(),
            user_properties,
            schema,
        }
    }

    /// Gives slots to the keys of a path.
    pub fn route(&mut self, path: &mut Path) {
        let FieldIndex {
            root,
            properties,
            user_properties,
            schema,
        } = self;
        path.set_route(root.slots(), |first, second| {
            if first == schema.key(schema.properties) {
                Some((Container::Properties, properties.slots().of(second)?))
            } else if first == schema.key(schema.user_properties)
                && !second.as_str().starts_with('$')
            {
                Some((
                    Container::UserProperties,
                    user_properties.slots().of(second)?,
                ))
            } else {
                // what operators such as `$set` hold stands in the object alone
                None
            }
        });
        if path.route().is_none() {
            for keys in [root, properties, user_properties] {
                keys.are_all = true;
            }
        }
    }

    /// Gives a slot to the key of a path that is looked for among the properties of `container`.
    pub fn route_in(&mut self, container: Container, path: &mut Path) {
        let keys = self.keys(container);
        path.set_route(keys.slots(), |_, _| None);
        keys.are_all |= path.route().is_none();
    }

    /// Says that every property of `container` will be asked for.
    pub fn want_all(&mut self, container: Container) {
        self.keys(container).are_all = true;
    }

    fn keys(&mut self, container: Container) -> &mut Keys {
        match container {
            Container::Properties => &mut self.properties,
            Container::UserProperties => &mut self.user_properties,
        }
    }
}

impl Keys {
    fn of(known: &[Key<'_>]) -> Self {
        let mut slots = KeyIndex::default();
        for (place, key) in known.iter().enumerate() {
            let slot = slots.of(*key);
            debug_assert_eq!(slot.map(Slot::number), Some(place + 1));
        }
        Keys {
            slots: Arc::new(slots),
            are_all: false,
        }
    }

    fn slots(&mut self) -> &mut KeyIndex {
        Arc::make_mut(&mut self.slots)
    }

    fn members<'a>(&self) -> Members<'a> {
        Members::with(Arc::clone(&self.slots), self.are_all)
    }
}

impl<'a> Event<'a> {
    /// An event without any member.
    #[must_use]
    pub fn blank(fields: &FieldIndex) -> Self {
        Event {
            kind: Kind::Event,
            name: None,
            is_test: false,
            root: fields.root.members(),
            properties: fields.properties.members(),
            user_properties: fields.user_properties.members(),
            of_users: false,
            levels: 0,
            schema: fields.schema,
        }
    }

    /// By which name its sender tells it from the other events of the device, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.schema
            .ids
            .iter()
            .find_map(|slot| name(*self.root.at(*slot)))
    }

    /// By which name its sender tells its device from others, if it has one.
    #[must_use]
    pub fn device(&self) -> Option<Cow<'a, str>> {
        name(*self.root.at(self.schema.device))
    }

    /// The value at `path`; `null` is like absent, since senders write what they do not know so.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<Value<'a>> {
        match path.route() {
            Some(route) => Some(*self.routed(route)).filter(|value| !value.is_null()),
            None => self.look_for(path),
        }
    }

    /// The value at the end of a route, where it lies: a copy of it would be written and read again
    /// at once.
    #[must_use]
    pub fn routed(&self, route: SlotPath) -> &Value<'a> {
        match (self.root.at(route.whole), route.below) {
            (Value::Null, Some((container, slot))) => self.container(container).at(slot),
            (value, _) => value,
        }
    }

    /// The members of a container.
    #[must_use]
    pub fn container(&self, container: Container) -> &Members<'a> {
        match container {
            Container::Properties => &self.properties,
            Container::UserProperties => &self.user_properties,
        }
    }

    /// The value at the end of a path without a route.
    #[inline(never)]
    #[must_use]
    pub fn look_for(&self, path: &Path) -> Option<Value<'a>> {
        path.find(&|key| {
            let value = self.root.find(key)?;
            Some(if key == self.schema.key(self.schema.properties) {
                PathTarget::Indexed(&self.properties, value)
            } else if key == self.schema.key(self.schema.user_properties) {
                PathTarget::Indexed(&self.user_properties, value)
            } else {
                PathTarget::Value(value)
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
