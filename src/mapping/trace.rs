//! Where did each field come from, and what was tried before?
//!
//! Mapping tells a [`Recorder`] every path that it asks. The production path's recorder is `()`,
//! which costs nothing; a [`Trace`] keeps it all.

use crate::json::{Value, are_same};
use crate::kochava::Rule;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

/// What came of reader a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupResult {
    /// There was nothing.
    Missing,
    /// There was a value that cannot serve, by this rule; none where it merely is of the wrong
    /// type.
    Unusable(Option<Rule>),
    /// The value was taken.
    Used,
}

/// A dotted name in two parts, so that naming costs nothing: a field of Kochava's, or a path of the
/// event.
#[derive(Clone, Debug)]
pub struct FieldPath<'a> {
    /// `data.device_ids`; empty at the root.
    pub parent: &'a str,
    /// `idfa`
    pub key: Cow<'a, str>,
    /// Does it lie in the planner or in the program, where it stays as it is and where it is as
    /// long as the planner lives?
    pub lasts: bool,
}

impl<'a> FieldPath<'a> {
    /// A name that need not last.
    #[must_use]
    pub const fn new(parent: &'a str, key: Cow<'a, str>) -> Self {
        FieldPath {
            parent,
            key,
            lasts: false,
        }
    }

    /// A name that is not parted.
    #[must_use]
    pub const fn whole(name: &'a str) -> Self {
        FieldPath::new("", Cow::Borrowed(name))
    }

    /// A word of ours.
    #[must_use]
    pub const fn ours(word: &'static str) -> Self {
        FieldPath {
            parent: "",
            key: Cow::Borrowed(word),
            lasts: true,
        }
    }

    /// What it is made of, in order.
    #[must_use]
    pub fn parts(&self) -> [&str; 3] {
        [
            self.parent,
            if self.parent.is_empty() { "" } else { "." },
            &self.key,
        ]
    }

    /// Are these the same parts at the same place?
    pub(crate) fn is_at_place_of(&self, other: &Self) -> bool {
        core::ptr::eq(self.parent, other.parent)
            && core::ptr::eq(&raw const *self.key, &raw const *other.key)
    }

    /// Are these the same parts?
    pub(crate) fn is(&self, parent: &str, key: &str) -> bool {
        are_same(self.parent, parent) && are_same(&self.key, key)
    }

    /// Which of two comes first by the bytes in which they are written?
    pub(crate) fn by_bytes(&self, other: &Self) -> Ordering {
        // most parents are the same constant
        if core::ptr::eq(self.parent, other.parent) || self.parent == other.parent {
            // most keys differ in their first byte
            let first = |name: &Self| name.key.as_bytes().first().copied();
            return first(self)
                .cmp(&first(other))
                .then_with(|| self.key.cmp(&other.key));
        }
        let (one, two) = (self.parts(), other.parts());
        let alike = self
            .parent
            .bytes()
            .zip(other.parent.bytes())
            .take_while(|(one, two)| one == two)
            .count();
        bytes_behind(alike, &one).cmp(bytes_behind(alike, &two))
    }
}

/// The bytes of a name behind so many of its parent's.
fn bytes_behind<'n>(
    start: usize,
    [parent, dot, key]: &[&'n str; 3],
) -> impl Iterator<Item = u8> + use<'n> {
    parent.as_bytes()[start..]
        .iter()
        .chain(dot.as_bytes())
        .chain(key.as_bytes())
        .copied()
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().iter().try_for_each(|part| f.write_str(part))
    }
}

/// Listens to mapping.
pub trait Recorder<'a> {
    /// Whether it is worth to prepare anything for it.
    const LISTENS: bool = true;

    /// `path` was record for `field`, and led to `value`.
    fn record(
        &mut self,
        field: FieldPath<'a>,
        path: FieldPath<'a>,
        answer: LookupResult,
        value: Option<Value<'a>>,
    );
}

impl<'a> Recorder<'a> for () {
    const LISTENS: bool = false;

    fn record(
        &mut self,
        _: FieldPath<'a>,
        _: FieldPath<'a>,
        _: LookupResult,
        _: Option<Value<'a>>,
    ) {
    }
}

/// Everything that mapping record for one event.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// The addresses of the body: what was found in it is borrowed from it.
    body: Range<usize>,
    at: Range<usize>,
    lookups: Vec<Lookup<'a>>,
}

/// One path record.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// Kochava's field.
    pub field: FieldPath<'a>,
    /// The path, as the settings or the sender's documentation write it; for the App GUID the
    /// setting itself.
    pub path: FieldPath<'a>,
    /// What came of it.
    pub answer: LookupResult,
    /// Where the value lies that it led to, in bytes from the beginning of the body.
    pub at: Option<Range<usize>>,
}

/// So many paths are record of most events.
const USUAL: usize = 64;

impl<'a> Recorder<'a> for Trace<'a> {
    fn record(
        &mut self,
        field: FieldPath<'a>,
        path: FieldPath<'a>,
        answer: LookupResult,
        value: Option<Value<'a>>,
    ) {
        let start = self.body.start;
        let at = value
            .and_then(Value::addresses)
            .filter(|place| self.holds(place))
            .map(|place| place.start - start..place.end - start);
        let lasting = |name: FieldPath<'a>| FieldPath {
            lasts: self.is_lasting(&name),
            ..name
        };
        self.lookups.push(Lookup {
            field: lasting(field),
            path: lasting(path),
            answer,
            at,
        });
    }
}

impl<'a> Trace<'a> {
    /// Begins to listen to the element that lies `at` this place of `body`.
    pub(crate) fn begin(body: &'a [u8], at: Range<usize>) -> Self {
        let start = body.as_ptr().addr();
        Trace {
            body: start..start + body.len(),
            at,
            lookups: Vec::with_capacity(USUAL),
        }
    }

    fn holds(&self, place: &Range<usize>) -> bool {
        self.body.start <= place.start && place.end <= self.body.end
    }

    /// A key that is borrowed for as long as planner and body are borrowed, and not from the body,
    /// lies in the planner or in the program; every parent lies in the program.
    fn is_lasting(&self, name: &FieldPath<'a>) -> bool {
        let Cow::Borrowed(key) = name.key else {
            return false;
        };
        let start = key.as_ptr().addr();
        !self.holds(&(start..start + key.len()))
    }

    /// Where the element lies, in bytes from the beginning of the body.
    #[must_use]
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// Every path record, in order.
    #[must_use]
    pub fn lookups(&self) -> &[Lookup<'a>] {
        &self.lookups
    }
}
