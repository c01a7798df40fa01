//! The keys that a planner looks up in every event of one sender.
//!
//! In: a sender's schema, and the paths of the settings. Out: an index of keys for each object of an
//! event. While an event is read, the values of these keys are stored by slot.

use super::{Container, Path, SourceSchema};
use crate::json::{Key, KeyIndex, Members, Slot};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The keys that are looked up in every event of a sender.
#[derive(Clone, Debug)]
pub struct FieldIndex {
    root: ObjectKeys,
    properties: ObjectKeys,
    user_properties: ObjectKeys,
    objects: Vec<ObjectKeys>,
    pub(super) schema: &'static SourceSchema,
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
        let objects = schema.objects.iter();
        FieldIndex {
            root: ObjectKeys::of([schema.keys, schema.sdk_keys]),
            properties: ObjectKeys::default(),
            user_properties: ObjectKeys::of([schema.operators, &[]]),
            objects: objects
                .map(|object| ObjectKeys::of([object.keys, &[]]))
                .collect(),
            schema,
        }
    }

    /// The same, with every other member of an event listed.
    #[must_use]
    pub fn listing(&self) -> Self {
        let mut fields = self.clone();
        fields.root.list_all = true;
        fields.properties.list_all = true;
        fields.user_properties.list_all = true;
        for keys in &mut fields.objects {
            keys.list_all = true;
        }
        fields
    }

    /// The schema of the sender.
    #[must_use]
    pub fn schema(&self) -> &'static SourceSchema {
        self.schema
    }

    /// The paths of a list as a schema writes it; their keys get slots.
    // out of line: inlined into the constructor of a planner it is half of its size
    #[inline(never)]
    #[must_use]
    pub fn documented(&mut self, paths: &'static str) -> Vec<Path> {
        let paths = paths.split_ascii_whitespace().map(Path::documented);
        let mut paths: Vec<Path> = paths.collect();
        for path in &mut paths {
            self.index_path(path);
        }
        paths
    }

    /// Gives slots to the keys of a path that starts at the event.
    pub fn index_path(&mut self, path: &mut Path) {
        let FieldIndex {
            root,
            properties,
            user_properties,
            objects,
            schema,
        } = self;
        path.leave(schema.wrapped_in);
        path.end_at_value(schema.user_properties, schema.value_member);
        path.assign_slots(root.index_mut(), &mut |object, key| {
            let container = schema.container_at(object)?;
            let keys = match container {
                Container::Properties => &mut *properties,
                // an operator's value stands in the object as it was read alone
                Container::UserProperties if schema.operators.contains(&key) => return None,
                Container::UserProperties => &mut *user_properties,
                Container::Object(number) => &mut objects[usize::from(number)],
            };
            Some((container, keys.index_mut().add(key)?))
        });
        if path.slots().is_none() {
            let all = [root, properties, user_properties].into_iter();
            all.chain(objects).for_each(|keys| keys.list_all = true);
        }
    }

    /// Gives a slot to the key of a path that starts at the properties of `container`.
    pub fn index_property_path(&mut self, container: Container, path: &mut Path) {
        if container == Container::Properties {
            path.leave(self.schema.wrapped_in);
        }
        let keys = self.keys(container);
        path.assign_slots(keys.index_mut(), &mut |_, _| None);
        keys.list_all |= path.slots().is_none();
    }

    /// Demands that every property of `container` is listed.
    pub fn index_all(&mut self, container: Container) {
        self.keys(container).list_all = true;
    }

    fn keys(&mut self, container: Container) -> &mut ObjectKeys {
        match container {
            Container::Properties if self.schema.properties.is_empty() => &mut self.root,
            Container::Properties => &mut self.properties,
            Container::UserProperties => &mut self.user_properties,
            Container::Object(number) => &mut self.objects[usize::from(number)],
        }
    }

    pub(super) fn root<'a>(&self) -> Members<'a> {
        self.root.members()
    }

    pub(super) fn properties<'a>(&self) -> Members<'a> {
        self.properties.members()
    }

    pub(super) fn user_properties<'a>(&self) -> Members<'a> {
        self.user_properties.members()
    }

    pub(super) fn objects<'a>(&self) -> Vec<Members<'a>> {
        self.objects.iter().map(ObjectKeys::members).collect()
    }
}

impl ObjectKeys {
    fn of(keys: [&[Key<'_>]; 2]) -> Self {
        let mut index = KeyIndex::default();
        for (before, key) in keys.into_iter().flatten().enumerate() {
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
