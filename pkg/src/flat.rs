//! How do fates cross the boundary quickly?
//!
//! As numbers and one text, which stay where they are in the wasm's memory until `flat.js` has read
//! them from beginning to end: an object built key by key from in here, or a string for each value,
//! costs a call each. A fate begins with the bytes of its texts, then comes its tag (0 ready, 1
//! skipped, 2 refused) and: requests and warnings; code and message; violations. What explains it
//! follows. A list is its length and then its items, a text its length in UTF-16 units, and where
//! there is none, [`NONE`]. The value of an explained field is told by its place in the body, which
//! is ASCII, and the paths that it came from are those that were taken. Names that last are told by
//! their number: see `words`.

use crate::words::Words;
use kochava_edge::explain::{Explained, Explanation, Origin};
use kochava_edge::kochava::Violation;
use kochava_edge::plan::Fate;
use kochava_edge::request::Request;
use kochava_edge::trace::{Asked, Name, Question};
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// The last answer, and then the room of the next one.
    static SHEET: RefCell<Sheet> = RefCell::default();
}

/// Stands for no text, and for no place.
const NONE: u32 = u32::MAX;

/// From here on a number stands for a word; no text is as long.
const KNOWN: u32 = 1 << 30;

/// Room that is kept for the next answer: that of a block of lines.
const KEPT_BYTES: usize = 8 << 20;

#[derive(Default)]
struct Sheet {
    numbers: Vec<u32>,
    text: String,
    /// Where the numbers lie, how many they are, where the text lies, its bytes, and how many
    /// words there are.
    head: [u32; 5],
}

/// Writes fates; answers with the address of where they lie.
pub(crate) fn fates<'f>(fates: impl IntoIterator<Item = &'f Fate>) -> u32 {
    answer(|sheet| {
        fates
            .into_iter()
            .for_each(|fate| sheet.whole(|sheet| sheet.fate(fate)))
    })
}

/// Writes fates and what explains each; answers with the address of where they lie.
pub(crate) fn explained(list: &[Explained<'_>], words: &mut Words) -> u32 {
    answer(|sheet| {
        for explained in list {
            sheet.whole(|sheet| {
                sheet.fate(&explained.fate);
                Why { sheet, words }.explained(explained);
            });
        }
        sheet.head[4] = number(words.count());
    })
}

/// Lets lines be appended to a text; answers with the address of where it lies.
pub(crate) fn lines(write: impl FnOnce(&mut String)) -> u32 {
    answer(|sheet| write(&mut sheet.text))
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "an address of wasm32 has 32 bits"
)]
fn answer(write: impl FnOnce(&mut Sheet)) -> u32 {
    SHEET.with_borrow_mut(|sheet| {
        if sheet.text.capacity() > KEPT_BYTES || sheet.numbers.capacity() > KEPT_BYTES {
            *sheet = Sheet::default();
        }
        sheet.numbers.clear();
        sheet.text.clear();
        write(sheet);
        let address = |at: *const u8| at.addr() as u32;
        let [numbers, text] = [
            address(sheet.numbers.as_ptr().cast()),
            address(sheet.text.as_ptr()),
        ];
        sheet.head = [
            numbers,
            number(sheet.numbers.len()),
            text,
            number(sheet.text.len()),
            sheet.head[4],
        ];
        sheet.head.as_ptr().addr() as u32
    })
}

impl Sheet {
    fn whole(&mut self, write: impl FnOnce(&mut Self)) {
        let (place, before) = (self.numbers.len(), self.text.len());
        self.number(0);
        write(self);
        self.numbers[place] = number(self.text.len() - before);
    }

    fn fate(&mut self, fate: &Fate) {
        match fate {
            Fate::Ready(parcel) => {
                self.number(0);
                self.list(&parcel.requests, Sheet::request);
                self.list(&parcel.warnings, Sheet::violation);
            }
            Fate::Skipped(skip) => {
                self.number(1);
                self.text(skip.code());
                self.text(skip.sentence());
            }
            Fate::Refused(violations) => {
                self.number(2);
                self.list(violations, Sheet::violation);
            }
        }
    }

    fn request(&mut self, request: &Request) {
        self.text(request.kind.as_str());
        self.text(Request::METHOD);
        self.text(&request.url);
        self.list(&request.headers, |sheet, (name, value)| {
            sheet.text(name);
            sheet.text(value);
        });
        self.text(&request.body);
    }

    fn violation(&mut self, violation: &Violation) {
        self.text(violation.rule.code());
        self.text(&violation.field);
        self.optional(violation.origin.as_deref());
        self.texts(violation.message());
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.numbers.push(NONE),
        }
    }

    fn text(&mut self, text: &str) {
        self.texts([text]);
    }

    fn texts<const N: usize>(&mut self, texts: [&str; N]) {
        let units = self.append(texts);
        self.numbers.push(units);
    }

    /// The number that tells a text: its UTF-16 units.
    fn append<const N: usize>(&mut self, texts: [&str; N]) -> u32 {
        let units = |text: &str| {
            if text.is_ascii() {
                text.len()
            } else {
                text.encode_utf16().count()
            }
        };
        for text in texts {
            self.text.push_str(text);
        }
        number(texts.into_iter().map(units).sum())
    }

    fn place(&mut self, range: Option<&Range<usize>>) {
        match range {
            Some(range) => self
                .numbers
                .extend([number(range.start), number(range.end)]),
            None => self.numbers.push(NONE),
        }
    }

    fn number(&mut self, value: usize) {
        self.numbers.push(number(value));
    }
}

/// Writes why a fate says what it says.
struct Why<'s> {
    sheet: &'s mut Sheet,
    words: &'s mut Words,
}

impl Why<'_> {
    fn explained(&mut self, explained: &Explained<'_>) {
        self.sheet.place(Some(&explained.at()));
        let count_at = self.sheet.numbers.len();
        self.sheet.number(0);
        let mut count = 0;
        explained.each_field(&mut |explanation| {
            count += 1;
            self.explanation(&explanation);
        });
        self.sheet.numbers[count_at] = count;
    }

    /// The request, the field, where the value begins and ends in its body, the origin, and the
    /// questions.
    fn explanation(&mut self, explanation: &Explanation<'_>) {
        let field = self.name(explanation.field);
        let origin = match explanation.origin {
            Origin::Taken => 0,
            Origin::Guide => 1,
            Origin::Setting(setting) => self.name(&Name::ours(setting)),
        };
        let [request, start, end] = match &explanation.sent {
            Some(sent) => [sent.request, sent.at.start, sent.at.end].map(number),
            None => [NONE; 3],
        };
        self.sheet
            .numbers
            .extend_from_slice(&[request, field, start, end, origin, 0]);
        let count_at = self.sheet.numbers.len() - 1;
        let mut count = 0;
        for question in explanation.tried.clone() {
            count += 1;
            self.question(question);
        }
        self.sheet.numbers[count_at] = count;
    }

    /// The path, the answer (or what is wrong with the value), and where that begins and ends.
    fn question(&mut self, question: &Question<'_>) {
        let path = self.name(&question.path);
        // these numbers stand in `flat.js`, too
        let answer = match question.answer {
            Asked::Taken => 0,
            Asked::Nothing => 1,
            Asked::Unusable(None) => 2,
            Asked::Unusable(Some(rule)) => self.name(&Name::ours(rule.code())),
        };
        let [start, end] = question
            .at
            .as_ref()
            .map_or([NONE; 2], |at| [at.start, at.end].map(number));
        self.sheet
            .numbers
            .extend_from_slice(&[path, answer, start, end]);
    }

    /// The number that tells a name.
    fn name(&mut self, name: &Name<'_>) -> u32 {
        match self.words.number(name) {
            Some(number) => KNOWN + number,
            None => self.other_name(name),
        }
    }

    #[inline(never)]
    fn other_name(&mut self, name: &Name<'_>) -> u32 {
        self.sheet.append(name.parts())
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "what counts in a memory of wasm32 has 32 bits"
)]
fn number(value: usize) -> u32 {
    value as u32
}
