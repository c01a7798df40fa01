//! What a sender's file says about its format, as data.
//!
//! In: nothing; every schema is a constant. Out: the envelope of a sender's bodies, where it
//! documents each [`Attribute`], and its names for what needs a decision. The rest of the crate knows
//! a sender by its schema alone.

use super::detect::Shape;
use super::{Event, Kind, Source, StandardName};
use crate::json::{Key, Slot, Text};

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
    InstallReferrer,
    ReferrerClickTime,
    AdServicesToken,
    AdServicesDetails,
}

impl Attribute {
    /// How many attributes there are.
    pub const COUNT: usize = Attribute::AdServicesDetails as usize + 1;

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
        Attribute::InstallReferrer,
        Attribute::ReferrerClickTime,
        Attribute::AdServicesToken,
        Attribute::AdServicesDetails,
    ];
}

/// A sender's format. Paths are dotted; a list of them is separated by blanks, the preferred one
/// first.
#[derive(Debug)]
pub struct SourceSchema {
    /// The sender.
    pub source: Source,
    /// The stable name for machines.
    pub name: &'static str,
    /// The sender's name for people.
    pub title: &'static str,
    /// The documented paths of each attribute that has some.
    pub documented: &'static [(Attribute, &'static str)],
    /// Whether the ids and the address must be mapped although there are documented paths.
    pub needs_mapping: bool,
    /// Where an event's amount, its factors and its currency are documented.
    pub revenue: RevenueSchema,
    /// The paths of flags that say that ad tracking is *allowed*.
    pub ad_tracking: &'static str,
    /// The paths of an advertising id whose zeros say that the user limits ad tracking.
    pub limiting_zeros: &'static str,
    /// The paths of the manufacturer of the device.
    pub manufacturers: &'static str,
    /// Whether one path documents the ids of several systems, so that an id is read only on its own.
    pub ids_by_system: bool,
    /// The sender's own words for a platform, each with the usual one.
    pub platforms: &'static [(&'static str, &'static str)],
    /// The names of events that the sender derives from another event of the same revenue.
    pub derived_revenue: &'static [&'static str],
    /// The names of events that say that the app was installed.
    pub installs: &'static [&'static str],
    /// Kochava's standard events by the sender's names.
    pub standard_events: &'static [StandardName],
    /// Kochava's raw keys by the sender's property keys.
    pub standard_keys: &'static [StandardName],
    /// The member of a body that wraps an element; a path of the operator may begin with it. Empty
    /// where there is none.
    pub wrapped_in: &'static str,
    /// The member of a user property's object that holds its value; a path of the operator may end
    /// with it. Empty where a user property is its value.
    pub value_member: &'static str,
    /// The members of an element that are looked up in each, in the order of their slots; first those
    /// that hold something.
    pub keys: &'static [Key<'static>],
    /// What the first of `keys` hold.
    pub holds: &'static [Holds],
    /// The objects within an element that are read with it.
    pub objects: &'static [ObjectSchema],
    /// The member that an element has and a wrapper has not.
    pub element_mark: Slot,
    /// The path of the name of an event that is made up; empty where only the settings know one.
    pub name_at: &'static str,
    /// What such an event needs besides to be one, by paths.
    pub typed_by: &'static [(&'static str, &'static str)],
    /// The path of the object with the event's properties; empty where that is the element itself.
    pub properties: &'static str,
    /// The object in which a property that is selected by its name is sought where the properties
    /// have none of that name.
    pub further_properties: Option<Container>,
    /// The path of the object with the user's properties; empty where there is none.
    pub user_properties: &'static str,
    /// The keys among the user's properties that are operators, in the order of their slots.
    pub operators: &'static [Key<'static>],
    /// The places that identify an event among those of its device, the most reliable first.
    pub ids: &'static [Place],
    /// The places that identify the device to the sender, the most reliable first.
    pub devices: &'static [Place],
    /// Where the device's address and user agent belong that only the connection tells; `None`
    /// where the sender never speaks for itself.
    pub connection: Option<ConnectionPlaces>,
    /// Whether a member of a wrapper is part of each element below it; `None` where none is.
    pub shares: Option<fn(&str) -> bool>,
    /// The members that are objects whose own members are shared one by one.
    pub merges: &'static [Slot],
    /// Where an element that carries another sender's event has that event, its own id and its own
    /// source.
    pub carries: Option<[Slot; 3]>,
    /// The members of an element that hold the key of its SDK: it lets a request in, is no part of
    /// the event and goes no further. Their slots follow those of `keys`.
    pub sdk_keys: &'static [Key<'static>],
    /// Derives kind, name, marks and user properties from an event's members.
    pub read: fn(&mut Event<'_>),
    /// Whether an element that was read by this schema certainly has this sender's shape. `false`
    /// means that [`super::detect`] has to look.
    pub confirms: fn(&Event<'_>) -> bool,
    /// Whether an object has this sender's shape, given that it has the shape of none that comes
    /// earlier in the order of detection.
    pub detects: fn(&Shape<'_>) -> bool,
}

/// Where a sender documents what an event is worth.
#[derive(Debug)]
pub struct RevenueSchema {
    /// The paths of the amount.
    pub amount: &'static str,
    /// The paths of an amount in US dollars, for events without the amount in their own currency.
    pub dollars: &'static str,
    /// The paths of a price and of its quantity, whose product is the amount where it is not given
    /// itself.
    pub price: &'static str,
    /// See `price`.
    pub quantity: &'static str,
    /// The paths of the currency.
    pub currency: &'static str,
    /// The names of events whose amount was paid back, so that it is negative whatever its sign.
    pub refunds: &'static [&'static str],
}

impl RevenueSchema {
    /// No event is worth anything.
    pub(super) const NONE: RevenueSchema = RevenueSchema {
        amount: "",
        dollars: "",
        price: "",
        quantity: "",
        currency: "",
        refunds: &[],
    };
}

/// What a member holds that is read with the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The properties of the event.
    Properties,
    /// The properties of the user.
    UserProperties,
    /// The object of [`SourceSchema::objects`] with this number.
    Object(u8),
    /// In a wrapper, a list of elements.
    Elements,
    /// In a wrapper, a list of users.
    Users,
    /// In a wrapper, a list of elements or one element.
    ElementOrList,
    /// In a wrapper, a list of users or one user.
    UserOrList,
}

/// An object within an element, some of whose members are looked up in each.
#[derive(Debug)]
pub struct ObjectSchema {
    /// Its path.
    pub path: &'static str,
    /// Its members that are looked up, in the order of their slots; first those that hold something.
    pub keys: &'static [Key<'static>],
    /// What the first of `keys` hold.
    pub holds: &'static [Holds],
}

/// An object whose members are read by slot, below the element itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// The event's properties.
    Properties,
    /// The user's properties.
    UserProperties,
    /// The object of [`SourceSchema::objects`] with this number.
    Object(u8),
}

/// The place of one value in an element.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The object; `None` for the element itself.
    pub container: Option<Container>,
    /// The member's slot.
    pub slot: Slot,
}

/// Where what only the connection tells belongs in an element.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPlaces {
    /// The place of the device's address.
    pub ip: Place,
    /// The place of its user agent.
    pub user_agent: Place,
    /// The member that holds the object of both places; `None` where that is the element itself.
    pub parent: Option<Slot>,
}

impl Place {
    /// A member of the element.
    pub(super) const fn root(slot: Slot) -> Self {
        Place {
            container: None,
            slot,
        }
    }

    /// A member of an object.
    pub(super) const fn object(number: u8, slot: Slot) -> Self {
        Place {
            container: Some(Container::Object(number)),
            slot,
        }
    }
}

impl SourceSchema {
    /// A sender that documents nothing, whose events' properties are the members of the element. Of
    /// an object of its shape only the settings can tell that it is one.
    pub(super) const PLAIN: SourceSchema = SourceSchema {
        source: Source::Generic,
        name: "generic",
        title: "Any JSON",
        documented: &[],
        needs_mapping: false,
        revenue: RevenueSchema::NONE,
        ad_tracking: "",
        limiting_zeros: "",
        manufacturers: "",
        ids_by_system: false,
        platforms: &[],
        derived_revenue: &[],
        installs: &[],
        standard_events: &[],
        standard_keys: &[],
        wrapped_in: "",
        value_member: "",
        keys: &[],
        holds: &[],
        objects: &[],
        element_mark: Slot::nth(0),
        name_at: "",
        typed_by: &[],
        properties: "",
        further_properties: None,
        user_properties: "",
        operators: &[],
        ids: &[],
        devices: &[],
        connection: None,
        shares: None,
        merges: &[],
        carries: None,
        // Segment, HTTP API; Amplitude, HTTP V2 API
        sdk_keys: &[Key::of("writeKey"), Key::of("api_key")],
        read: |event| event.kind = Kind::Event,
        confirms: |_| false,
        detects: |_| false,
    };

    /// The key that has this slot in `keys`.
    #[must_use]
    #[inline]
    pub fn key(&self, slot: Slot) -> Key<'static> {
        self.keys[slot.number() - 1]
    }

    /// Whether this is the key of a member that holds the key of an SDK.
    pub(super) fn is_sdk_key(&self, key: Text<'_>) -> bool {
        self.sdk_keys.iter().any(|own| key.is(own.as_str()))
    }

    /// The key of a place.
    #[must_use]
    pub fn key_at(&self, place: Place) -> Key<'static> {
        match place.container {
            Some(Container::Object(number)) => {
                self.objects[usize::from(number)].keys[place.slot.number() - 1]
            }
            _ => self.key(place.slot),
        }
    }

    /// The documented paths of an attribute.
    #[must_use]
    pub fn paths(&self, attribute: Attribute) -> &'static str {
        let mut rows = self.documented.iter();
        rows.find(|(documented, _)| *documented == attribute)
            .map_or("", |(_, paths)| paths)
    }

    /// The path of a container.
    #[must_use]
    pub fn path_of(&self, container: Container) -> &'static str {
        match container {
            Container::Properties => self.properties,
            Container::UserProperties => self.user_properties,
            Container::Object(number) => self.objects[usize::from(number)].path,
        }
    }

    /// The container at a path.
    pub(super) fn container_at(&self, path: &str) -> Option<Container> {
        let numbers = (0_u8..).take(self.objects.len());
        [Container::Properties, Container::UserProperties]
            .into_iter()
            .chain(numbers.map(Container::Object))
            .find(|container| self.path_of(*container) == path)
            .filter(|_| !path.is_empty())
    }
}
