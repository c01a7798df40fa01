//! The stack of containers around a reader's position, one bit each.

use alloc::vec::Vec;

/// The containers around the reader's position. Allocates from the 65th level on.
#[derive(Default)]
pub(super) struct OpenContainers {
    depth: usize,
    /// Of the first 64 levels, which are objects; the innermost one is the lowest bit.
    objects: u64,
    /// Of the levels below them, which are objects.
    deeper: Vec<bool>,
}

impl OpenContainers {
    /// How many are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn push(&mut self, is_object: bool) {
        if self.depth < 64 {
            self.objects = self.objects << 1 | u64::from(is_object);
        } else {
            self.deeper.push(is_object);
        }
        self.depth += 1;
    }

    pub(super) fn pop(&mut self) {
        self.depth -= 1;
        if self.depth < 64 {
            self.objects >>= 1;
        } else {
            self.deeper.pop();
        }
    }

    /// Whether the innermost container is an object; `None` when none is open.
    pub(super) fn innermost(&self) -> Option<bool> {
        match self.depth {
            0 => None,
            1..=64 => Some(self.objects & 1 == 1),
            _ => self.deeper.last().copied(),
        }
    }
}
