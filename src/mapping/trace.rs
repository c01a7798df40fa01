//! Records which paths mapping looks up for each field.
//!
//! In: each look-up, as mapping makes it. Out: a [`Trace`] of all of them in order. Planning without
//! an explanation passes no trace: one code serves both.

use crate::json::{Value, text_eq};
use crate::kochava::Rule;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

/// The result of looking up a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupResult {
    /// There was no value.
    Missing,
    /// The value cannot be used: it breaks this rule, or has the wrong type if there is none.
    Unusable(Option<Rule>),
    /// The value was used.
    Used,
}

/// A dotted name in two parts, so that no text is joined to name a field: a field of a body, or a
/// path of an event.
#[derive(Clone, Debug)]
pub struct FieldPath<'a> {
    /// `data.device_ids`; empty at the root.
    pub parent: &'a str,
    /// `idfa`
    pub key: Cow<'a, str>,
    /// Whether both parts are stored in the planner or the program, so that their addresses identify
    /// them for as long as the planner lives.
    pub is_stable: bool,
}

impl<'a> FieldPath<'a> {
    /// A name that may be stored anywhere.
    #[must_use]
    pub const fn new(parent: &'a str, key: Cow<'a, str>) -> Self {
        FieldPath {
            parent,
            key,
            is_stable: false,
        }
    }

    /// A name in one part.
    #[must_use]
    pub const fn undivided(name: &'a str) -> Self {
        FieldPath::new("", Cow::Borrowed(name))
    }

    /// A name of the program, in one part.
    #[must_use]
    pub const fn constant(name: &'static str) -> Self {
        FieldPath {
            parent: "",
            key: Cow::Borrowed(name),
            is_stable: true,
        }
    }

    /// The texts that the dotted name consists of: parent, dot, key.
    #[must_use]
    pub fn parts(&self) -> [&str; 3] {
        [
            self.parent,
            if self.parent.is_empty() { "" } else { "." },
            &self.key,
        ]
    }

    /// Whether both names have the same parts at the same addresses.
    pub(crate) fn is_same_reference(&self, other: &Self) -> bool {
        core::ptr::eq(self.parent, other.parent)
            && core::ptr::eq(&raw const *self.key, &raw const *other.key)
    }

    /// Whether the name has these parts.
    pub(crate) fn is(&self, parent: &str, key: &str) -> bool {
        text_eq(self.parent, parent) && text_eq(&self.key, key)
    }

    /// Compares two dotted names by their bytes, without joining their parts.
    pub(crate) fn cmp_bytes(&self, other: &Self) -> Ordering {
        // most parents are the same constant
        if core::ptr::eq(self.parent, other.parent) || self.parent == other.parent {
            // most keys differ in their first byte
            let first = |name: &Self| name.key.as_bytes().first().copied();
            return first(self)
                .cmp(&first(other))
                .then_with(|| self.key.cmp(&other.key));
        }
        let (one, two) = (self.parts(), other.parts());
        let common = self
            .parent
            .bytes()
            .zip(other.parent.bytes())
            .take_while(|(one, two)| one == two)
            .count();
        bytes_behind(common, &one).cmp(bytes_behind(common, &two))
    }
}

/// The bytes of a dotted name behind the first `start`, which lie in its parent.
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

/// Every look-up that mapping made for one event.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// The addresses of the body, from which values are borrowed.
    body: Range<usize>,
    at: Range<usize>,
    lookups: Vec<Lookup<'a>>,
}

/// One path that was looked up.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// The field of a body.
    pub field: FieldPath<'a>,
    /// The path, as the settings or the sender's documentation write it; for the App GUID the name
    /// of the setting.
    pub path: FieldPath<'a>,
    /// The result.
    pub result: LookupResult,
    /// Where the value at the path lies, in bytes from the beginning of the body.
    pub at: Option<Range<usize>>,
}

/// Look-ups of most events, for the first allocation.
const USUAL_LOOKUPS: usize = 64;

impl<'a> Trace<'a> {
    /// Records that `path` was looked up for `field`, and the value there.
    #[inline(never)]
    pub(crate) fn record(
        &mut self,
        field: FieldPath<'a>,
        path: FieldPath<'a>,
        result: LookupResult,
        value: Option<Value<'a>>,
    ) {
        let start = self.body.start;
        let at = value
            .and_then(Value::addresses)
            .filter(|place| self.holds(place))
            .map(|place| place.start - start..place.end - start);
        let with_stability = |name: FieldPath<'a>| FieldPath {
            is_stable: self.is_stable(&name),
            ..name
        };
        self.lookups.push(Lookup {
            field: with_stability(field),
            path: with_stability(path),
            result,
            at,
        });
    }
}

impl<'a> Trace<'a> {
    /// An empty trace of the element that lies at these bytes of `body`.
    pub(crate) fn begin(body: &'a [u8], at: Range<usize>) -> Self {
        let start = body.as_ptr().addr();
        Trace {
            body: start..start + body.len(),
            at,
            lookups: Vec::with_capacity(USUAL_LOOKUPS),
        }
    }

    fn holds(&self, place: &Range<usize>) -> bool {
        self.body.start <= place.start && place.end <= self.body.end
    }

    /// A key that is borrowed for `'a` is stored in the body, the planner or the program; every
    /// parent is stored in the program.
    fn is_stable(&self, name: &FieldPath<'a>) -> bool {
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

    /// Every look-up, in order.
    #[must_use]
    pub fn lookups(&self) -> &[Lookup<'a>] {
        &self.lookups
    }
}
