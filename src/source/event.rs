//! One event of an inbound batch, in terms that all senders share.
//!
//! In: the members of an element. Out: an [`Event`] that borrows from the inbound bytes, and the
//! value of each [`Attribute`] at a [`Path`], the operator's or the one that the sender documents.

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
    /// A group's properties; Kochava has no groups.
    Group,
}

/// One element of a batch.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What the element is.
    pub kind: Kind,
    /// The event's name as the sender wrote it.
    pub name: Option<Text<'a>>,
    /// Whether the sender itself marks it as a test.
    pub is_test: bool,
    /// Every member of the element.
    pub root: Members<'a>,
    /// The properties of the event.
    pub properties: Members<'a>,
    /// The properties of the user after the event: its operators are applied.
    pub user_properties: Members<'a>,
    /// Whether it stands in the body's list of users.
    pub is_in_users: bool,
    /// Levels of objects and arrays that the element nests, itself included.
    pub levels: usize,
    /// The schema of its sender.
    pub schema: &'static SourceSchema,
}

/// A datum that Kochava's calls need of an event, in terms of no particular sender.
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
    /// How many attributes there are.
    pub const COUNT: usize = Attribute::AdPersonalization as usize + 1;

    /// Every attribute, in the order of their numbers.
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

/// Where a sender's documentation puts each datum.
#[derive(Debug)]
pub struct SourceSchema {
    /// The documented paths of each attribute, the first one preferred; empty when there is none.
    pub paths: fn(Attribute) -> &'static [Path],
    /// The documented paths of an event's revenue.
    pub revenue: &'static [Path],
    /// The documented paths of a price and of its quantity, whose product is the revenue where it is
    /// not given itself.
    pub price: &'static [Path],
    /// See `price`.
    pub quantity: &'static [Path],
    /// The documented paths of the revenue's currency.
    pub currency: &'static [Path],
    /// The names of events that the sender derives from another event of the same revenue.
    pub derived_revenue: &'static [&'static str],
    /// The members that are looked up in every event, in the order of their slots; first the
    /// containers.
    pub keys: &'static [Key<'static>],
    /// How many of `keys` are containers: members that hold properties or elements.
    pub container_count: u16,
    /// The member that names the event.
    pub name: Slot,
    /// The member that holds the event's properties.
    pub properties: Slot,
    /// The member that holds the user's properties.
    pub user_properties: Slot,
    /// The member of a wrapper that holds a list of users.
    pub users: Slot,
    /// The keys among the user's properties that are operators, in the order of their slots.
    pub operators: &'static [Key<'static>],
    /// The members that identify an event among those of its device, the most reliable first.
    pub ids: &'static [Slot],
    /// The member that identifies the device to the sender.
    pub device: Slot,
    /// The members that name the manufacturer of the device.
    pub manufacturers: &'static [Slot],
}

impl SourceSchema {
    /// The key that has this slot in `keys`.
    #[must_use]
    pub fn key(&self, slot: Slot) -> Key<'static> {
        self.keys[slot.number() - 1]
    }
}

/// The keys that a planner looks up in every event. Their values are stored by slot while the event
/// is read.
#[derive(Clone, Debug)]
pub struct FieldIndex {
    root: ObjectKeys,
    properties: ObjectKeys,
    user_properties: ObjectKeys,
    schema: &'static SourceSchema,
}

/// The keys that are looked up in one object.
#[derive(Clone, Debug, Default)]
struct ObjectKeys {
    index: Arc<KeyIndex>,
    /// Whether keys without a slot are looked up, too, so that all members must be listed.
    list_all: bool,
}

impl FieldIndex {
    /// The keys that are looked up in every event of a sender.
    #[must_use]
    pub fn of(schema: &'static SourceSchema) -> Self {
        FieldIndex {
            root: ObjectKeys::of(schema.keys),
            properties: ObjectKeys::default(),
            user_properties: ObjectKeys::of(schema.operators),
            schema,
        }
    }

    /// Gives slots to the keys of a path that starts at the event.
    pub fn index_path(&mut self, path: &mut Path) {
        let FieldIndex {
            root,
            properties,
            user_properties,
            schema,
        } = self;
        path.assign_slots(root.index_mut(), |first, second| {
            if first == schema.key(schema.properties) {
                Some((Container::Properties, properties.index_mut().add(second)?))
            } else if first == schema.key(schema.user_properties)
                // an operator's value stands in the object as it was read alone
                && !second.as_str().starts_with('$')
            {
                Some((
                    Container::UserProperties,
                    user_properties.index_mut().add(second)?,
                ))
            } else {
                None
            }
        });
        if path.slots().is_none() {
            for keys in [root, properties, user_properties] {
                keys.list_all = true;
            }
        }
    }

    /// Gives a slot to the key of a path that starts at the properties of `container`.
    pub fn index_property_path(&mut self, container: Container, path: &mut Path) {
        let keys = self.keys(container);
        path.assign_slots(keys.index_mut(), |_, _| None);
        keys.list_all |= path.slots().is_none();
    }

    /// Demands that every property of `container` is listed.
    pub fn index_all(&mut self, container: Container) {
        self.keys(container).list_all = true;
    }

    fn keys(&mut self, container: Container) -> &mut ObjectKeys {
        match container {
            Container::Properties => &mut self.properties,
            Container::UserProperties => &mut self.user_properties,
        }
    }
}

impl ObjectKeys {
    fn of(keys: &[Key<'_>]) -> Self {
        let mut index = KeyIndex::default();
        for (before, key) in keys.iter().enumerate() {
            let slot = index.add(*key);
            debug_assert_eq!(slot.map(Slot::number), Some(before + 1));
        }
        ObjectKeys {
            index: Arc::new(index),
            list_all: false,
        }
    }

    fn index_mut(&mut self) -> &mut KeyIndex {
        Arc::make_mut(&mut self.index)
    }

    fn members<'a>(&self) -> Members<'a> {
        Members::indexed(Arc::clone(&self.index), self.list_all)
    }
}

impl<'a> Event<'a> {
    /// An event without members, to be filled by a reader.
    #[must_use]
    pub fn empty(fields: &FieldIndex) -> Self {
        Event {
            kind: Kind::Event,
            name: None,
            is_test: false,
            root: fields.root.members(),
            properties: fields.properties.members(),
            user_properties: fields.user_properties.members(),
            is_in_users: false,
            levels: 0,
            schema: fields.schema,
        }
    }

    /// The sender's id of the event, unique among those of its device.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.schema
            .ids
            .iter()
            .find_map(|slot| id_text(*self.root.at(*slot)))
    }

    /// The sender's id of the device.
    #[must_use]
    pub fn device(&self) -> Option<Cow<'a, str>> {
        id_text(*self.root.at(self.schema.device))
    }

    /// The value at `path`. `null` counts as absent, since senders write it for what they do not
    /// know.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<Value<'a>> {
        match path.slots() {
            Some(slots) => Some(*self.at_slots(slots)).filter(|value| !value.is_null()),
            None => self.search(path),
        }
    }

    /// The value at a path whose keys have slots; `null` when there is none. Returns a reference,
    /// since the callers pass the value on at once.
    #[must_use]
    pub fn at_slots(&self, slots: SlotPath) -> &Value<'a> {
        match (self.root.at(slots.whole), slots.nested) {
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

    /// The value at a path whose keys have no slots.
    // out of line: inlined into every field's look-up it costs `plan` and `ndjson` 7 %
    #[inline(never)]
    #[must_use]
    pub fn search(&self, path: &Path) -> Option<Value<'a>> {
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
fn id_text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.decode()).filter(|text| !text.is_empty()),
        Value::Number(digits) => Some(Cow::Borrowed(digits)),
        _ => None,
    }
}
