//! Groups the look-ups of one event by the field that they were made for.
//!
//! In: a trace's look-ups. Out: for each field its look-ups in order, and the fields that were never
//! located. A field is found in constant or logarithmic time, whatever names a sender chooses.
//!
//! The first fields are found by a hand-written hash table, since nearly every event has fewer and
//! an explanation locates some forty fields for each event.

use crate::json::steps::count;
use crate::json::{KeyHash, NameIndex};
use crate::mapping::{FieldPath, Lookup};
use crate::sorted::sorted_indices;
use alloc::borrow::Cow;
use alloc::string::ToString;
use alloc::vec::Vec;

/// The look-ups of one event, chained by field.
pub(super) struct LookupIndex<'x> {
    chain: Vec<LookupLink<'x>>,
    /// The position of the field that was added last.
    latest: usize,
    /// For each bucket the last field that was added to it, among those of the first look-ups.
    buckets: [Option<u8>; BUCKETS],
    /// The positions of all other fields.
    positions: NameIndex<'x>,
}

const BUCKETS: usize = 64;

/// Look-ups whose fields are in the hash table; a bucket's chain is bounded by it.
const HASHED_MAX: usize = 48;

/// The position of no look-up.
const NONE: usize = usize::MAX;

/// A look-up and its links. A field has the position of its first look-up.
#[derive(Clone, Debug)]
struct LookupLink<'x> {
    lookup: &'x Lookup<'x>,
    /// The hash of the field's key.
    hash: KeyHash,
    /// The field that was added before it to the same bucket.
    next_in_bucket: Option<u8>,
    /// The next look-up for the same field.
    next: usize,
    /// For a field's first look-up the position of its last one.
    last: usize,
    /// Whether it is part of a field that was located, or not the first look-up of its field.
    is_reported: bool,
}

/// The look-ups that were made for one field, in order.
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

/// The position of a field that is sent.
#[derive(Clone, Copy)]
pub(super) struct FieldPosition {
    at: usize,
    /// Whether it is the field itself, not the object that contains it.
    pub(super) is_own: bool,
}

impl<'x> LookupIndex<'x> {
    pub(super) fn of(lookups: &'x [Lookup<'x>]) -> Self {
        let mut index = LookupIndex {
            chain: Vec::with_capacity(lookups.len()),
            latest: NONE,
            buckets: [None; BUCKETS],
            positions: NameIndex::default(),
        };
        for lookup in lookups {
            index.add(lookup);
        }
        index
    }

    fn add(&mut self, lookup: &'x Lookup<'x>) {
        let field = &lookup.field;
        let position = self.chain.len();
        // the paths of one field are looked up one behind the other
        let latest = self
            .chain
            .get(self.latest)
            .filter(|latest| latest.lookup.field.is_same_reference(field));
        let hash = latest.map_or_else(|| KeyHash::new(field.key.as_bytes()), |latest| latest.hash);
        let first = if latest.is_some() {
            Some(self.latest)
        } else {
            self.find(field.parent, &field.key, hash)
        };
        self.latest = first.unwrap_or(position);
        let mut next_in_bucket = None;
        if let Some(first) = first {
            let last = core::mem::replace(&mut self.chain[first].last, position);
            self.chain[last].next = position;
        } else if let Some(hashed) = u8::try_from(position)
            .ok()
            .filter(|_| position < HASHED_MAX)
        {
            next_in_bucket = self.buckets[hash.bucket(BUCKETS)].replace(hashed);
        } else {
            self.positions
                .get_or_insert(Cow::Owned(field.to_string()), position);
        }
        self.chain.push(LookupLink {
            lookup,
            hash,
            next_in_bucket,
            next: NONE,
            last: position,
            is_reported: first.is_some(),
        });
    }

    fn find(&self, parent: &str, key: &str, hash: KeyHash) -> Option<usize> {
        let mut next = self.buckets[hash.bucket(BUCKETS)];
        while let Some(position) = next.map(usize::from) {
            count(1);
            let link = &self.chain[position];
            if link.hash == hash && link.lookup.field.is(parent, key) {
                return Some(position);
            }
            next = link.next_in_bucket;
        }
        if self.positions.is_empty() {
            None
        } else {
            self.positions
                .get(&FieldPath::new(parent, Cow::Borrowed(key)).to_string())
        }
    }

    /// Finds a field that is sent, otherwise the object that contains it (`att` and `att_detail`
    /// come from one status), and marks it as reported.
    pub(super) fn locate(&mut self, parent: &str, key: &str) -> FieldPosition {
        let find = |parent, key: &str| self.find(parent, key, KeyHash::new(key.as_bytes()));
        let own = find(parent, key);
        let found = own.or_else(|| {
            parent
                .rsplit_once('.')
                .and_then(|(parent, key)| find(parent, key))
        });
        if let Some(position) = found {
            self.chain[position].is_reported = true;
        }
        FieldPosition {
            at: found.unwrap_or(NONE),
            is_own: own.is_some(),
        }
    }

    /// The name of a field that was found by itself.
    pub(super) fn field(&self, position: FieldPosition) -> &'x FieldPath<'x> {
        &self.chain[position.at].lookup.field
    }

    /// The look-ups for a field.
    pub(super) fn tried(&self, position: FieldPosition) -> TriedPaths<'_> {
        TriedPaths {
            chain: &self.chain,
            next: position.at,
        }
    }

    /// The fields that were not located, by name.
    pub(super) fn unsent(&self) -> Vec<FieldPosition> {
        let is_unsent = |at: &usize| !self.chain[*at].is_reported;
        let unsent: Vec<usize> = (0..self.chain.len()).filter(is_unsent).collect();
        let field = |number: usize| &self.chain[unsent[number]].lookup.field;
        sorted_indices(unsent.len(), &|one, other| {
            field(one).cmp_bytes(field(other))
        })
        .into_iter()
        .map(|number| FieldPosition {
            at: unsent[number],
            is_own: true,
        })
        .collect()
    }
}
