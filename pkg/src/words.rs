//! Which texts need not be told again?
//!
//! Fields, paths and codes that last as long as their planner: each gets a number when it is met
//! first, by which it is told from then on. Each is known by where it lies, which is quicker than
//! reading it.

use kochava_edge::trace::Name;

/// The texts of one planner, which must live as long as it.
#[derive(Default)]
pub(crate) struct Words {
    texts: Vec<String>,
    /// Of each text where its name lies.
    lying: Vec<Lies>,
    /// One more than the number of a text, at the place that its addresses say or behind it; at
    /// most half of them are taken. Numbers alone, since what is looked up lies far apart
    /// here.
    places: Vec<u32>,
}

/// Where the two parts of a name begin, and their lengths.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lies {
    key: usize,
    length: usize,
    parent: usize,
    parent_length: usize,
}

/// In a place where there is no text.
const NONE: u32 = 0;

/// Of places at first: most settings have fewer than half as many words.
const PLACES: usize = 256;

impl Words {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(String::as_str)
    }

    /// The number of a name that lasts.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are fewer words than bytes in a memory of wasm32"
    )]
    pub(crate) fn number(&mut self, name: &Name<'_>) -> Option<u32> {
        if !name.lasts {
            return None;
        }
        let lies = Lies {
            key: name.key.as_ptr().addr(),
            length: name.key.len(),
            parent: name.parent.as_ptr().addr(),
            parent_length: name.parent.len(),
        };
        if !self.places.is_empty() {
            let number = self.places[self.place(lies)];
            if number != NONE {
                return Some(number - 1);
            }
        }
        self.add(name, lies);
        Some(self.count() as u32 - 1)
    }

    #[cold]
    #[allow(clippy::cast_possible_truncation, reason = "as above")]
    fn add(&mut self, name: &Name<'_>, lies: Lies) {
        self.texts.push(name.to_string());
        self.lying.push(lies);
        if self.places.len() < 2 * self.texts.len() {
            self.grow();
        } else {
            let place = self.place(lies);
            self.places[place] = self.texts.len() as u32;
        }
    }

    /// The place where it stands or would stand.
    fn place(&self, lies: Lies) -> usize {
        let mask = self.places.len() - 1;
        let mut place = lies.key.wrapping_mul(0x9E37_79B1).wrapping_add(lies.parent) >> 12 & mask;
        while self.places[place] != NONE && self.lying[self.places[place] as usize - 1] != lies {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.places = vec![NONE; (2 * self.places.len()).max(PLACES)];
        for (number, lies) in (1..).zip(&self.lying) {
            let place = self.place(*lies);
            self.places[place] = number;
        }
    }
}
