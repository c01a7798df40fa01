//! The source of randomness: a seed determines all of it.

/// The generator splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    word: u64,
    is_fixed: bool,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // adjacent seeds must not begin with similar numbers
        let mut random = Random {
            word: seed.wrapping_mul(0xD605_1D4B_5B6D_9F25) ^ 0x5851_F42D_4C95_7F2D,
            is_fixed: false,
        };
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        if !self.is_fixed {
            self.word = self.word.wrapping_add(0x9E37_79B9_7F4A_7C15);
        }
        let mut word = self.word;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// Gives the same number from now on, so that the order of calls makes no difference.
    pub(crate) fn fix(&mut self) {
        self.is_fixed = true;
    }

    pub(crate) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("it is below a usize")
    }

    /// Returns a number from `first` to `last`, both included.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        let width = u64::try_from(last - first + 1).expect("last is not before first");
        first + i64::try_from(self.next() % width).expect("it is below the width")
    }

    /// Returns a number from 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        let word = u32::try_from(self.next() >> 32).expect("it has 32 bits");
        f64::from(word) / f64::from(u32::MAX)
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.fraction() < share
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
