//! The paths at which each attribute is looked up under one set of settings.

use crate::settings::{Revenue, Settings};
use crate::source::{Attribute, Container, FieldIndex, Path, SourceSchema};
use alloc::string::String;
use alloc::vec::Vec;

/// The paths of each attribute: the operator's, otherwise the documented ones.
#[derive(Clone, Debug)]
pub struct AttributePaths {
    pub(super) attributes: [Vec<Path>; Attribute::COUNT],
    pub(super) revenue: Vec<Path>,
    /// The factors of an amount that is not given itself; none where the operator maps revenue.
    pub(super) price: Vec<Path>,
    pub(super) quantity: Vec<Path>,
    pub(super) currency: Vec<Path>,
    /// The names of the properties that the settings map as identifiers, by container.
    properties: Vec<String>,
    user_properties: Vec<String>,
}

/// The attributes that identify a device.
const IDENTIFIERS: [Attribute; 5] = [
    Attribute::KochavaDeviceId,
    Attribute::Idfa,
    Attribute::Idfv,
    Attribute::Adid,
    Attribute::AndroidId,
];

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
            Revenue::Mapped { from, currency } if currency.is_empty() => {
                (from.as_slice(), schema.currency)
            }
            Revenue::Mapped { from, currency } => (from.as_slice(), currency.as_slice()),
        };
        let (price, quantity): (&[Path], &[Path]) = match settings.events.revenue {
            Revenue::Documented => (schema.price, schema.quantity),
            Revenue::Mapped { .. } => (&[], &[]),
        };
        let mapped = |container| {
            let custom = settings.mapping.custom_ids.iter().map(|(_, paths)| paths);
            let attributes = attributes_of(&attributes, IDENTIFIERS);
            let paths = attributes.chain(custom).flatten();
            paths
                .filter_map(|path| path.name_below(container))
                .collect()
        };
        let [properties, user_properties] = [schema.properties, schema.user_properties]
            .map(|slot| mapped(schema.key(slot).as_str()));
        AttributePaths {
            revenue: indexed(revenue),
            price: indexed(price),
            quantity: indexed(quantity),
            currency: indexed(currency),
            properties,
            user_properties,
            attributes,
        }
    }

    /// The names of the properties in `container` that the settings map as identifiers.
    pub(super) fn identifiers(&self, container: Container) -> &[String] {
        match container {
            Container::Properties => &self.properties,
            Container::UserProperties => &self.user_properties,
        }
    }
}

fn attributes_of(
    paths: &[Vec<Path>; Attribute::COUNT],
    attributes: [Attribute; 5],
) -> impl Iterator<Item = &Vec<Path>> {
    attributes
        .into_iter()
        .map(|attribute| &paths[attribute as usize])
}
