//! What changed between two bodies?
//!
//! For a replay: what was sent, or would have been, and what would be sent today.

use super::explain::each_leaf;
use crate::json::Reader;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A field that is not the same in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field, dotted.
    pub field: String,
    /// Its value before, as JSON text; none where it was not there.
    pub before: Option<String>,
    /// Its value today, as JSON text; none where it is gone.
    pub after: Option<String>,
}

/// What changed between two bodies of ours, in the order of the new one, and what is gone behind
/// it; of an empty body nothing was there.
///
/// # Example
/// ```
/// use kochava_edge::diff;
/// let changes = diff(r#"{"a":1,"data":{"ip":""}}"#, r#"{"a":1,"data":{"ip":"203.0.113.9"}}"#);
/// assert_eq!(changes.len(), 1);
/// assert_eq!((changes[0].field.as_str(), changes[0].after.as_deref()), ("data.ip", Some(r#""203.0.113.9""#)));
/// ```
#[must_use]
pub fn diff(before: &str, after: &str) -> Vec<Change> {
    let (before, after) = (leaves(before), leaves(after));
    let value = |leaves: &[(String, String)], field: &str| {
        leaves
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.clone())
    };
    let mut changes = Vec::new();
    for (field, now) in &after {
        let was = value(&before, field);
        if was.as_ref() != Some(now) {
            changes.push(Change {
                field: field.clone(),
                before: was,
                after: Some(now.clone()),
            });
        }
    }
    for (field, was) in before {
        if value(&after, &field).is_none() {
            changes.push(Change {
                field,
                before: Some(was),
                after: None,
            });
        }
    }
    changes
}

fn leaves(body: &str) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    if body.is_empty() {
        return leaves;
    }
    each_leaf(
        &mut Reader::new(body),
        &mut String::new(),
        &mut |name, start, end| leaves.push((name.to_string(), body[start..end].to_string())),
    );
    leaves
}
