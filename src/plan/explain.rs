//! Explains the value of every field of every request.
//!
//! In: a fate and the trace of its mapping. Out: for every field its value, its origin and the paths
//! that were tried; then the fields that were looked up and are not sent. The values are read back
//! from the bodies that are sent.

use super::leaves::each_leaf;
use super::lookup_index::{LookupIndex, TriedPaths};
use crate::json::Reader;
use crate::kochava::{Request, RequestKind};
use crate::mapping::{FieldPath, LookupResult, Trace};
use crate::plan::{Context, Fate, Planner};
use crate::source::{ShapeCache, Unreadable};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A fate, and why its fields have their values.
#[derive(Clone, Debug)]
pub struct ExplainedEvent<'a> {
    /// What becomes of the element.
    pub fate: Fate,
    trace: Trace<'a>,
}

/// Why one field has its value, or is not sent.
#[derive(Clone, Debug)]
pub struct FieldExplanation<'x> {
    /// The field, dotted: `data.device_ids.idfa`.
    pub field: &'x FieldPath<'x>,
    /// Where the field stands; `None` when it is not sent.
    pub sent: Option<SentField<'x>>,
    /// Where the value comes from.
    pub origin: Origin,
    /// Every path that was looked up, in order, those that were used included.
    pub tried: TriedPaths<'x>,
}

/// Where a field stands that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentField<'x> {
    /// The position of the request in its parcel.
    pub request: usize,
    /// The request's body.
    pub body: &'x str,
    /// Where the value lies in the body, in bytes.
    pub at: Range<usize>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the used paths among those tried; `device_ver` has two.
    Paths,
    /// From this setting.
    Setting(&'static str),
    /// From Kochava's guide: a constant, or a value that the guide derives.
    Guide,
}

impl Planner {
    /// Plans every element of a body and keeps why each field has its value. Slower than
    /// [`Planner::plan`], with the same fates.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{Context, Origin, Planner, Settings, ShapeCache};
    /// # let settings = Settings::read(r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"user_properties.kd","origination_ip":["ip","ip_address"],"idfv":"idfv"}}"#).unwrap();
    /// let event = br#"{"event_type":"Level Up","ip_address":"203.0.113.9","user_properties":{"kd":"KI-1"}}"#;
    /// let planner = Planner::new(settings);
    /// let explained = planner.explain(event, &Context::default(), &mut ShapeCache::default()).unwrap();
    /// explained[0].each_field(&mut |ip| {
    ///     if ip.field.to_string() == "data.origination_ip" {
    ///         assert_eq!(ip.value(), Some("\"203.0.113.9\""));
    ///         assert_eq!((ip.origin, ip.tried.clone().count()), (Origin::Paths, 2));
    ///         assert_eq!(ip.sources().map(ToString::to_string).collect::<Vec<_>>(), ["ip_address"]);
    ///     }
    /// });
    /// ```
    pub fn explain<'a>(
        &'a self,
        body: &'a [u8],
        context: &Context<'a>,
        shapes: &mut ShapeCache,
    ) -> Result<Vec<ExplainedEvent<'a>>, Unreadable> {
        Ok(self
            .trace(body, context, shapes)?
            .into_iter()
            .map(|(fate, trace)| ExplainedEvent { fate, trace })
            .collect())
    }
}

impl ExplainedEvent<'_> {
    /// Where the element lies, in bytes from the beginning of the body.
    #[must_use]
    pub fn at(&self) -> Range<usize> {
        self.trace.at()
    }

    /// Calls `each` with every field in the order of the bodies; then with the fields that were
    /// looked up and are not sent, by name.
    pub fn each_field(&self, each: &mut impl FnMut(FieldExplanation<'_>)) {
        let mut index = LookupIndex::of(self.trace.lookups());
        for (number, request) in self.fate.requests().iter().enumerate() {
            each_sent(number, request, &mut index, each);
        }
        for position in index.unsent() {
            let (field, tried) = (index.field(position), index.tried(position));
            each(FieldExplanation {
                field,
                sent: None,
                origin: origin(field, &tried),
                tried,
            });
        }
    }
}

fn each_sent(
    number: usize,
    request: &Request,
    index: &mut LookupIndex<'_>,
    each: &mut impl FnMut(FieldExplanation<'_>),
) {
    let body = request.body.as_str();
    each_leaf(
        &mut Reader::new(body),
        &mut String::with_capacity(64),
        &mut |leaf, start, end| {
            let (parent, key) = recorded(request.kind, leaf);
            let position = index.locate(parent, key);
            let tried = index.tried(position);
            // padding, an empty text, comes from no path, whatever was looked up
            let is_padding = end - start == 2
                && body[start..].starts_with("\"\"")
                && leaf.parent != "data.event_data";
            let origin = if is_padding {
                Origin::Guide
            } else {
                origin(leaf, &tried)
            };
            let field = if position.is_own && request.kind == RequestKind::Event {
                index.field(position)
            } else {
                leaf
            };
            each(FieldExplanation {
                field,
                sent: Some(SentField {
                    request: number,
                    body,
                    at: start..end,
                }),
                origin,
                tried,
            });
        },
    );
}

impl<'x> FieldExplanation<'x> {
    /// The field's value as JSON text, as sent; `None` when it is not sent.
    #[must_use]
    pub fn value(&self) -> Option<&'x str> {
        self.sent.as_ref().map(|sent| &sent.body[sent.at.clone()])
    }

    /// The paths of the event that the value comes from, as the settings or the sender's
    /// documentation write them.
    pub fn sources(&self) -> impl Iterator<Item = &'x FieldPath<'x>> + use<'x> {
        let tried = if self.origin == Origin::Paths {
            self.tried.clone()
        } else {
            TriedPaths::default()
        };
        tried
            .filter(|lookup| lookup.result == LookupResult::Used)
            .map(|lookup| &lookup.path)
    }
}

fn origin(field: &FieldPath<'_>, tried: &TriedPaths<'_>) -> Origin {
    if !field.is("", "kochava_app_id") {
        let is_used = tried
            .clone()
            .any(|lookup| lookup.result == LookupResult::Used);
        return if is_used {
            Origin::Paths
        } else {
            Origin::Guide
        };
    }
    let is_test = tried
        .clone()
        .next()
        .is_some_and(|lookup| lookup.path.key == "test_app_guid");
    Origin::Setting(if is_test { "test_app_guid" } else { "app_guid" })
}

/// The parent and the key under which mapping records a field of a body.
fn recorded<'f>(kind: RequestKind, sent: &'f FieldPath<'_>) -> (&'f str, &'f str) {
    let parent = match (kind, sent.parent) {
        (RequestKind::Identity, "device_id") => "data.device_ids",
        (RequestKind::Identity, "data" | "data.identity_link") => "identity",
        (RequestKind::Install, "") if sent.key == "app_ver" => return ("data", "app_version"),
        (_, parent) => parent,
    };
    (parent, &sent.key)
}
