//! Why does each field say what it says?
//!
//! Enters: a fate and what mapping asked for it. Leaves: for every field of every request its
//! value, its origin and what was tried before; and the fields that were looked for and not sent.
//! The values are read back from the very bodies that are sent.

use crate::json::steps::count;
use crate::json::{KeyHash, NameIndex, Reader};
use crate::kochava::{Request, RequestKind};
use crate::mapping::{FieldPath, Lookup, LookupResult, Trace};
use crate::plan::{Context, Fate, Planner};
use crate::source::{ShapeCache, Unreadable};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

/// A fate, and why.
#[derive(Clone, Debug)]
pub struct ExplainedEvent<'a> {
    /// What becomes of the element.
    pub fate: Fate,
    trace: Trace<'a>,
}

/// Why one field says what it says.
#[derive(Clone, Debug)]
pub struct FieldExplanation<'x> {
    /// The field, dotted: `data.device_ids.idfa`.
    pub field: &'x FieldPath<'x>,
    /// Where it stands; `None` where it is not sent.
    pub sent: Option<SentField<'x>>,
    /// Where the value came from.
    pub origin: Origin,
    /// Every path that was asked, in order, the one that was taken included.
    pub tried: TriedPaths<'x>,
}

/// Where a field stands that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentField<'x> {
    /// The request, by its number in the parcel.
    pub request: usize,
    /// Its body.
    pub body: &'x str,
    /// Where the value lies in the body, in bytes.
    pub at: Range<usize>,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the paths among those tried that were taken; `device_ver` has two.
    Paths,
    /// From this setting.
    Setting(&'static str),
    /// From nowhere: Kochava's guide has it so.
    Guide,
}

impl Planner {
    /// Plans every element of a body, and keeps why each field says what it says. Slower than
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
    ///         assert_eq!(ip.taken().map(ToString::to_string).collect::<Vec<_>>(), ["ip_address"]);
    ///     }
    /// });
    /// ```
    pub fn explain<'a>(
        &'a self,
        body: &'a [u8],
        context: &Context,
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

    /// Explains every field, in the order of the bodies; behind them, by name, the fields that were
    /// looked for and are not sent.
    pub fn each_field(&self, each: &mut impl FnMut(FieldExplanation<'_>)) {
        let mut asked = LookupIndex::of(self.trace.lookups());
        let requests = if let Fate::Ready(parcel) = &self.fate {
            parcel.requests.as_slice()
        } else {
            &[]
        };
        for (number, request) in requests.iter().enumerate() {
            each_sent(number, request, &mut asked, each);
        }
        for place in asked.unsent() {
            let (field, tried) = (&asked.chain[place].lookup.field, asked.tried(place));
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
    asked: &mut LookupIndex<'_>,
    each: &mut impl FnMut(FieldExplanation<'_>),
) {
    let body = request.body.as_str();
    each_leaf(
        &mut Reader::new(body),
        &mut String::with_capacity(64),
        &mut |leaf, start, end| {
            let (place, is_own) = asked.about(asked_parent(request.kind, leaf.parent), &leaf.key);
            let tried = asked.tried(place);
            // what is padded with an empty text comes from no path, whatever was asked
            let is_padding = end - start == 2
                && body[start..].starts_with("\"\"")
                && leaf.parent != "data.event_data";
            let origin = if is_padding {
                Origin::Guide
            } else {
                origin(leaf, &tried)
            };
            let field = if is_own && request.kind == RequestKind::Event {
                &asked.chain[place].lookup.field
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
    /// The field's value as JSON text, as sent; `None` where it is not sent.
    #[must_use]
    pub fn value(&self) -> Option<&'x str> {
        self.sent.as_ref().map(|sent| &sent.body[sent.at.clone()])
    }

    /// The paths of the event that the value came from, as the settings or the sender's
    /// documentation write them.
    pub fn taken(&self) -> impl Iterator<Item = &'x FieldPath<'x>> + use<'x> {
        let tried = if self.origin == Origin::Paths {
            self.tried.clone()
        } else {
            TriedPaths::default()
        };
        tried
            .filter(|lookup| lookup.answer == LookupResult::Used)
            .map(|lookup| &lookup.path)
    }
}

/// The lookups that were asked for one field.
#[derive(Clone, Debug, Default)]
pub struct TriedPaths<'x> {
    chain: &'x [LookupLink<'x>],
    next: usize,
}

impl<'x> Iterator for TriedPaths<'x> {
    type Item = &'x Lookup<'x>;

    fn next(&mut self) -> Option<Self::Item> {
        let link = self.chain.get(self.next)?;
        self.next = link.next;
        Some(link.lookup)
    }
}

/// What mapping asked, by the field that it asked for.
struct LookupIndex<'x> {
    chain: Vec<LookupLink<'x>>,
    /// The place of the field that was added last.
    latest: usize,
    /// By the hash of a key the last of the early fields that leads here.
    heads: [Option<u8>; HEADS],
    /// Where each later field stands: whoever sends the names must not choose how long a look-up
    /// takes.
    places: NameIndex<'x>,
}

const HEADS: usize = 64;

/// The fields of so many lookups are found by their hashes.
const EARLY: usize = 48;

/// The place of no lookup.
const NOWHERE: usize = usize::MAX;

/// A lookup, and how it hangs together with others. A field stands where its first lookup
/// stands.
#[derive(Clone, Debug)]
struct LookupLink<'x> {
    lookup: &'x Lookup<'x>,
    /// Of the field's key.
    hash: KeyHash,
    /// The field before it that leads to the same head.
    before: Option<u8>,
    /// The next lookup for the same field.
    next: usize,
    /// Of a field's first lookup: the last one.
    last: usize,
    /// Is it told with a field that is sent, or by the first lookup of its field?
    is_told: bool,
}

impl<'x> LookupIndex<'x> {
    fn of(lookups: &'x [Lookup<'x>]) -> Self {
        let mut index = LookupIndex {
            chain: Vec::with_capacity(lookups.len()),
            latest: NOWHERE,
            heads: [None; HEADS],
            places: NameIndex::default(),
        };
        for lookup in lookups {
            index.add(lookup);
        }
        index
    }

    fn add(&mut self, lookup: &'x Lookup<'x>) {
        let field = &lookup.field;
        let place = self.chain.len();
        // several paths of one field are asked one behind the other
        let latest = self
            .chain
            .get(self.latest)
            .filter(|latest| latest.lookup.field.is_at_place_of(field));
        let hash = latest.map_or_else(
            || KeyHash::of_bytes(field.key.as_bytes()),
            |latest| latest.hash,
        );
        let first = if latest.is_some() {
            Some(self.latest)
        } else {
            self.find(field.parent, &field.key, hash)
        };
        self.latest = first.unwrap_or(place);
        let mut before = None;
        if let Some(first) = first {
            let last = core::mem::replace(&mut self.chain[first].last, place);
            self.chain[last].next = place;
        } else if let Some(early) = u8::try_from(place).ok().filter(|_| place < EARLY) {
            before = self.heads[hash.among(HEADS)].replace(early);
        } else {
            self.places.of(Cow::Owned(field.to_string()), place);
        }
        self.chain.push(LookupLink {
            lookup,
            hash,
            before,
            next: NOWHERE,
            last: place,
            is_told: first.is_some(),
        });
    }

    fn find(&self, parent: &str, key: &str, hash: KeyHash) -> Option<usize> {
        let mut next = self.heads[hash.among(HEADS)];
        while let Some(place) = next.map(usize::from) {
            count(1);
            let link = &self.chain[place];
            if link.hash == hash && link.lookup.field.is(parent, key) {
                return Some(place);
            }
            next = link.before;
        }
        if self.places.is_empty() {
            None
        } else {
            self.places
                .get(&FieldPath::new(parent, Cow::Borrowed(key)).to_string())
        }
    }

    /// Where a field stands that is sent, or else the object that it stands in (`att` and
    /// `att_detail` come from one status); and whether it is the field itself.
    fn about(&mut self, parent: &str, key: &str) -> (usize, bool) {
        let find = |parent, key: &str| self.find(parent, key, KeyHash::of_bytes(key.as_bytes()));
        let own = find(parent, key);
        let found = own.or_else(|| {
            parent
                .rsplit_once('.')
                .and_then(|(parent, key)| find(parent, key))
        });
        if let Some(place) = found {
            self.chain[place].is_told = true;
        }
        (found.unwrap_or(NOWHERE), own.is_some())
    }

    fn tried(&self, place: usize) -> TriedPaths<'_> {
        TriedPaths {
            chain: &self.chain,
            next: place,
        }
    }

    /// Where the fields stand that were asked for and are not sent, by name.
    fn unsent(&self) -> Vec<usize> {
        let mut unsent = Vec::with_capacity(self.chain.len());
        unsent.extend((0..self.chain.len()).filter(|place| !self.chain[*place].is_told));
        unsent.sort_by(|one, other| {
            let (one, other) = (&self.chain[*one], &self.chain[*other]);
            one.lookup.field.by_bytes(&other.lookup.field)
        });
        unsent
    }
}

fn origin(field: &FieldPath<'_>, tried: &TriedPaths<'_>) -> Origin {
    if !field.is("", "kochava_app_id") {
        let is_taken = tried
            .clone()
            .any(|lookup| lookup.answer == LookupResult::Used);
        return if is_taken {
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

/// The parent under which mapping asked for the fields of a parent in a body.
fn asked_parent(kind: RequestKind, sent: &str) -> &str {
    match (kind, sent) {
        (RequestKind::Identity, "device_id") => "data.device_ids",
        (RequestKind::Identity, "data" | "data.identity_link") => "identity",
        _ => sent,
    }
}

/// Walks over the scalars of a body that we wrote ourselves, each with its name and its place; it
/// holds no list.
pub(crate) fn each_leaf(
    reader: &mut Reader<'_>,
    parent: &mut String,
    each: &mut impl FnMut(&FieldPath<'_>, usize, usize),
) {
    let mut first = reader.enter(b'{').is_ok();
    while let Ok(Some(name)) = reader.member(core::mem::take(&mut first)) {
        let key = name.decode();
        if reader.peek() != Some(b'{') {
            let start = reader.position();
            reader.value().into_iter().for_each(|_| {
                each(
                    &FieldPath::new(parent, Cow::Borrowed(&key)),
                    start,
                    reader.position(),
                )
            });
            continue;
        }
        let length = parent.len();
        if length > 0 {
            parent.push('.');
        }
        parent.push_str(&key);
        each_leaf(reader, parent, each);
        parent.truncate(length);
    }
}
