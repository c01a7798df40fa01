//! The paths at which each attribute is looked up under one set of settings.

use crate::settings::{Revenue, Settings};
use crate::source::{Attribute, FieldIndex, Path, SourceSchema};
use alloc::vec::Vec;

/// The paths of each attribute: the operator's, otherwise the documented ones.
#[derive(Clone, Debug)]
pub struct AttributePaths {
    pub(super) attributes: [Vec<Path>; Attribute::COUNT],
    pub(super) revenue: Vec<Path>,
    pub(super) currency: Vec<Path>,
}

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
            Revenue::Mapped { from, currency } => (from.as_slice(), currency.as_slice()),
        };
        AttributePaths {
            attributes,
            revenue: indexed(revenue),
            currency: indexed(currency),
        }
    }
}
