//! The paths at which each attribute is looked up under one set of settings.

use crate::kochava::is_fire_adid;
use crate::settings::{Revenue, Settings};
use crate::source::{Attribute, Container, FieldIndex, Path};
use alloc::string::String;
use alloc::vec::Vec;

/// The paths of each attribute in the events of one sender: the operator's, otherwise the documented
/// ones.
#[derive(Clone, Debug)]
pub struct AttributePaths {
    pub(super) attributes: [Vec<Path>; Attribute::COUNT],
    /// The paths of the advertising id on Fire: documented ones of Amazon's come first.
    pub(super) fire_adid: Vec<Path>,
    pub(super) revenue: Vec<Path>,
    /// The factors of an amount that is not given itself; none where the operator maps revenue.
    pub(super) price: Vec<Path>,
    pub(super) quantity: Vec<Path>,
    pub(super) currency: Vec<Path>,
    /// Amounts in US dollars, for events without one in their own currency.
    pub(super) dollars: Vec<Path>,
    /// Flags that say that ad tracking is allowed; none where the operator maps its limit.
    pub(super) ad_tracking: Vec<Path>,
    /// Advertising ids whose zeros limit ad tracking; none where the operator maps its limit.
    pub(super) limiting_zeros: Vec<Path>,
    /// Manufacturers of the device.
    pub(super) manufacturers: Vec<Path>,
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
    pub fn new(settings: &Settings, fields: &mut FieldIndex) -> Self {
        let schema = fields.schema();
        let attributes = Attribute::ALL.map(|attribute| match settings.mapping.paths(attribute) {
            Some(paths) => indexed(paths, fields),
            None => fields.documented(schema.paths(attribute)),
        });
        let documented = &schema.revenue;
        let (revenue, currency) = match &settings.events.revenue {
            Revenue::Documented => (fields.documented(documented.amount), None),
            Revenue::Mapped { from, currency } => (indexed(from, fields), Some(currency)),
        };
        let currency = match currency {
            Some(mapped) if !mapped.is_empty() => indexed(mapped, fields),
            _ => fields.documented(documented.currency),
        };
        let (dollars, price, quantity) = match settings.events.revenue {
            Revenue::Documented => (documented.dollars, documented.price, documented.quantity),
            Revenue::Mapped { .. } => ("", "", ""),
        };
        let is_limit_mapped = settings.mapping.paths(Attribute::LimitAdTracking).is_some();
        let (ad_tracking, limiting_zeros) = if is_limit_mapped {
            ("", "")
        } else {
            (schema.ad_tracking, schema.limiting_zeros)
        };
        let mapped = |container| {
            let custom = settings.mapping.custom_ids.iter().map(|(_, paths)| paths);
            let attributes = attributes_of(&attributes, IDENTIFIERS);
            let paths = attributes.chain(custom).flatten();
            paths
                .filter_map(|path| path.name_below(container))
                .collect()
        };
        let [properties, user_properties] = [schema.properties, schema.user_properties].map(mapped);
        let adid = &attributes[Attribute::Adid as usize];
        let is_mapped = settings.mapping.paths(Attribute::Adid).is_some();
        let is_first = |path: &&Path| is_mapped || is_fire_adid(path.as_str());
        let (first, others): (Vec<&Path>, Vec<&Path>) = adid.iter().partition(is_first);
        let fire_adid = first.into_iter().chain(others).cloned().collect();
        AttributePaths {
            fire_adid,
            revenue,
            currency,
            dollars: fields.documented(dollars),
            price: fields.documented(price),
            quantity: fields.documented(quantity),
            ad_tracking: fields.documented(ad_tracking),
            limiting_zeros: fields.documented(limiting_zeros),
            manufacturers: fields.documented(schema.manufacturers),
            properties,
            user_properties,
            attributes,
        }
    }

    /// The paths of an attribute.
    #[must_use]
    pub fn of(&self, attribute: Attribute) -> &[Path] {
        &self.attributes[attribute as usize]
    }

    /// The names of the properties in `container` that the settings map as identifiers.
    pub(super) fn identifiers(&self, container: Container) -> &[String] {
        match container {
            Container::Properties => &self.properties,
            Container::UserProperties => &self.user_properties,
            Container::Object(_) => &[],
        }
    }
}

/// A copy of the operator's paths, with slots.
fn indexed(paths: &[Path], fields: &mut FieldIndex) -> Vec<Path> {
    let mut paths = paths.to_vec();
    for path in &mut paths {
        fields.index_path(path);
    }
    paths
}

fn attributes_of(
    paths: &[Vec<Path>; Attribute::COUNT],
    attributes: [Attribute; 5],
) -> impl Iterator<Item = &Vec<Path>> {
    attributes
        .into_iter()
        .map(|attribute| &paths[attribute as usize])
}
