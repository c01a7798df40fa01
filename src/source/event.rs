//! One event of an inbound batch, in terms that all senders share.
//!
//! In: the members of an element. Out: an [`Event`] that borrows from the inbound bytes, and the
//! value of each attribute at a [`Path`], the operator's or the one that the sender documents.

use super::{Container, FieldIndex, Path, PathTarget, Place, SlotPath, Source, SourceSchema};
use crate::json::{Members, Slot, Text, Value};
use alloc::borrow::Cow;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What an element of a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something that happened.
    Event,
    /// A user's properties, without an event.
    User,
    /// A group's properties; Kochava has no groups.
    Group,
    /// Anything else that Kochava has no call for.
    Other,
}

/// What an event is a view of; its name is then that of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// A screen of an app.
    Screen,
    /// A page of a site.
    Page,
}

/// Why the sender itself keeps an event from Kochava.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// Its list of integrations switches Kochava off.
    Integration,
    /// The user consented to no category.
    Consent,
}

/// One element of a batch.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the element"
)]
pub struct Event<'a> {
    /// What the element is.
    pub kind: Kind,
    /// The event's name as the sender wrote it.
    pub name: Option<Text<'a>>,
    /// The path of the name; empty where the sender has none.
    pub name_path: &'static str,
    /// What it is a view of.
    pub view: Option<View>,
    /// Whether the sender itself marks it as a test.
    pub is_test: bool,
    /// Whether the sender marks it as the app's first start, whatever its name.
    pub is_first_run: bool,
    /// Why the sender keeps it from Kochava.
    pub opt_out: Option<OptOut>,
    /// Every member of the element.
    pub root: Members<'a>,
    /// The properties of the event, where they are an object of their own.
    pub properties: Members<'a>,
    /// The properties of the user after the event: its operators are applied.
    pub user_properties: Members<'a>,
    /// The objects of [`SourceSchema::objects`].
    pub objects: Vec<Members<'a>>,
    /// Whether it stands in the body's list of users.
    pub is_in_users: bool,
    /// How its text is written.
    pub syntax: ElementSyntax,
    /// The schema of its sender.
    pub schema: &'static SourceSchema,
    /// What carries the element, where that identifies it.
    pub carrier: Option<Carrier<'a>>,
    /// The wrapper whose members are part of the element.
    pub inherited: Option<Arc<Event<'a>>>,
    /// The address and the user agent that the element has from its connection.
    pub from_connection: [Option<&'a str>; 2],
    /// Whether it has a user id that its sender takes for none, since it is too short.
    pub has_short_user_id: bool,
    /// Whether its text holds the key of an SDK, which is not among its members.
    pub has_sdk_key: bool,
}

/// How the text of an element is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ElementSyntax {
    /// Levels of objects and arrays that it nests, itself included.
    pub levels: usize,
    /// Whether a comma stands before a closing bracket: without one it is strict JSON.
    pub has_trailing_comma: bool,
}

/// An envelope that names each event which it carries: a `CloudEvent`.
#[derive(Clone, Copy, Debug)]
pub struct Carrier<'a> {
    /// The envelope's own id, unique among those of its source.
    pub id: Value<'a>,
    /// The envelope's source.
    pub source: Value<'a>,
    /// The schema of the envelope.
    pub schema: &'static SourceSchema,
}

impl<'a> Event<'a> {
    /// An event without members, to be filled by a reader.
    #[must_use]
    pub fn empty(fields: &FieldIndex) -> Self {
        Event {
            kind: Kind::Event,
            name: None,
            name_path: "",
            view: None,
            is_test: false,
            is_first_run: false,
            opt_out: None,
            root: fields.root(),
            properties: fields.properties(),
            user_properties: fields.user_properties(),
            objects: fields.objects(),
            is_in_users: false,
            syntax: ElementSyntax::default(),
            schema: fields.schema,
            carrier: None,
            inherited: None,
            from_connection: [None, None],
            has_short_user_id: false,
            has_sdk_key: false,
        }
    }

    /// Removes the keys of SDKs.
    pub(super) fn remove_sdk_keys(&mut self) {
        self.has_sdk_key = false;
        let first = u16::try_from(self.schema.keys.len()).unwrap_or(u16::MAX);
        for (before, key) in (first..).zip(self.schema.sdk_keys) {
            let slot = Slot::nth(before);
            if !self.root.at(slot).is_null() {
                self.root.remove(slot, *key);
                self.has_sdk_key = true;
            }
        }
    }

    /// The sender of the element's text: of the envelope, where it has one.
    #[must_use]
    pub fn source(&self) -> Source {
        let schema = self.carrier.map_or(self.schema, |carrier| carrier.schema);
        schema.source
    }

    /// Whether it says that the app was installed.
    #[must_use]
    pub fn is_install(&self) -> bool {
        let installs = self.schema.installs;
        self.is_first_run
            || self
                .name
                .is_some_and(|name| installs.iter().any(|install| name.is(install)))
    }

    /// Puts what only the connection tells where the sender would have it: the address where there
    /// is none or `$remote` (Amplitude, HTTP V2 API), the user agent of a browser where there is
    /// none. An app's HTTP library is not the device's user agent, and the connection of an envelope
    /// is a server's.
    pub(super) fn fill_from_connection(&mut self, ip: Option<&'a str>, agent: Option<&'a str>) {
        self.from_connection = [None, None];
        let Some(places) = self.schema.connection.filter(|_| self.carrier.is_none()) else {
            return;
        };
        let is_wanted = match self.at_place(places.ip) {
            Value::Null => true,
            text @ Value::String(_) => text.is_text("$remote") || text.is_text(""),
            _ => false,
        };
        let agent = agent.filter(|agent| agent.starts_with("Mozilla/"));
        let found = [
            ip.filter(|_| is_wanted),
            agent.filter(|_| self.at_place(places.user_agent).is_null()),
        ];
        for (at, place) in [places.ip, places.user_agent].into_iter().enumerate() {
            if let Some(text) = found[at].and_then(Text::plain) {
                self.from_connection[at] = found[at];
                let members = match place.container {
                    Some(Container::Object(number)) => &mut self.objects[usize::from(number)],
                    _ => &mut self.root,
                };
                members.set(place.slot, Value::String(text));
            }
        }
    }

    /// The sender's id of the event, unique among those of its device.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.first_id(self.schema.ids)
            .or_else(|| id_text(self.carrier?.id))
    }

    /// The sender's id of the device.
    #[must_use]
    pub fn device(&self) -> Option<Cow<'a, str>> {
        self.first_id(self.schema.devices)
    }

    /// What the sender's id of the event is unique among: the device, or else the source of the
    /// envelope.
    #[must_use]
    pub fn id_scope(&self) -> Option<Cow<'a, str>> {
        match (self.carrier, self.schema.carries) {
            (Some(carrier), _) if self.first_id(self.schema.ids).is_none() => {
                id_text(carrier.source)
            }
            (_, Some([_, _, source])) => id_text(*self.root.at(source)),
            _ => self.device(),
        }
    }

    fn first_id(&self, places: &[Place]) -> Option<Cow<'a, str>> {
        places
            .iter()
            .find_map(|place| id_text(*self.at_place(*place)))
    }

    /// The value at a place; `null` when there is none.
    #[must_use]
    pub fn at_place(&self, place: Place) -> &Value<'a> {
        match place.container {
            None => self.root.at(place.slot),
            Some(container) => self.container(container).at(place.slot),
        }
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
    #[inline]
    pub fn at_slots(&self, slots: SlotPath) -> &Value<'a> {
        match (self.root.at(slots.whole), slots.nested) {
            (Value::Null, Some((container, slot))) => self.container(container).at(slot),
            (value, _) => value,
        }
    }

    #[inline]
    fn container(&self, container: Container) -> &Members<'a> {
        match container {
            Container::Properties => &self.properties,
            Container::UserProperties => &self.user_properties,
            Container::Object(number) => &self.objects[usize::from(number)],
        }
    }

    /// The members of a container; the element itself where that holds the properties.
    #[must_use]
    #[inline]
    pub fn members(&self, container: Container) -> &Members<'a> {
        match container {
            Container::Properties if self.schema.properties.is_empty() => &self.root,
            container => self.container(container),
        }
    }

    /// The value at a path whose keys have no slots.
    // out of line: inlined into every field's look-up it costs `plan` and `ndjson` 7 %
    #[inline(never)]
    #[must_use]
    pub fn search(&self, path: &Path) -> Option<Value<'a>> {
        path.find(&|key| {
            let value = self.root.find(key);
            match self.schema.container_at(key.as_str()) {
                Some(container) => Some(PathTarget::Indexed(
                    self.container(container),
                    value.unwrap_or(Value::Null),
                )),
                None => value.map(PathTarget::Value),
            }
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
