//! How are a few things found by their names?
//!
//! A list in the order of its keys. It stands for a tree where thousands are the most: a tree is as
//! much code again for every kind of it, and what is uploaded should be small. For the same reason
//! there is a sort of our own, a tenth of the library's.

use alloc::borrow::{Borrow, ToOwned};
use alloc::vec::Vec;

/// Things by their keys, each key once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Sorted(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// What lies under a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// The same, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &mut self.0[at].1)
    }

    /// The same; where nothing lies there, the default.
    pub fn or_default<Q: Ord + ToOwned<Owned = K> + ?Sized>(&mut self, key: &Q) -> &mut V
    where
        K: Borrow<Q>,
        V: Default,
    {
        let at = self.place(key).unwrap_or_else(|at| {
            self.0.insert(at, (key.to_owned(), V::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Puts something under a key, in the place of what lay there.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Takes what lies under a key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Keeps what `stays` says.
    pub fn retain(&mut self, mut stays: impl FnMut(&V) -> bool) {
        self.0.retain(|(_, value)| stays(value));
    }

    /// All of them, by ascending keys.
    #[must_use]
    pub fn pairs(&self) -> &[(K, V)] {
        &self.0
    }

    /// The same, taken apart.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(K, V)> {
        self.0
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0
            .binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

/// Sorts by what comes before what; what neither does stays in its order.
#[inline]
pub fn sort_by(list: &mut Vec<usize>, is_before: impl Fn(usize, usize) -> bool) {
    for run in list.chunks_mut(RUN) {
        for end in 1..run.len() {
            let mut at = end;
            while at > 0 && is_before(run[at], run[at - 1]) {
                run.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    let mut width = RUN;
    while width < list.len() {
        let mut merged = Vec::with_capacity(list.len());
        for pair in list.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([one, ones @ ..], [other, others @ ..]) = (left, right) {
                if is_before(*other, *one) {
                    merged.push(*other);
                    right = others;
                } else {
                    merged.push(*one);
                    left = ones;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *list = merged;
        width *= 2;
    }
}

/// So few are sorted faster one by one.
const RUN: usize = 16;
