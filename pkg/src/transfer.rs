//! Fates and explanations, written into wasm memory as 32-bit numbers and one text.
//!
//! In: the core's fates. Out: the address of a header of five numbers: where the numbers are and
//! how many, where the text is and its bytes, and how many names are interned. `transfer.js` reads
//! everything before the next call, which overwrites it. `write_lines` writes a text only.
//!
//! This is written by hand because it is the path of every event. Objects built through
//! `serde-wasm-bindgen` cost a call across the boundary for each member. With one call for each
//! string, `plan` of one event took 8.3 µs and `explain` 56 µs, against 4.0 µs and 19 µs this way
//! (docs/performance.md).
//!
//! A list is its length and its items. A text is its length in UTF-16 units, or [`NONE`]; its
//! characters follow those of the text before it. A name that [`Interner`] knows is
//! [`INTERNED`] plus its number. A range is its two ends, or one [`NONE`].
//!
//! | item | numbers |
//! | --- | --- |
//! | fate | text bytes, tag; then requests, warnings (0), code, message (1) or violations (2) |
//! | request | number of the kind, URL, list of headers, body |
//! | header | number of the name, value |
//! | violation | code, field, origin, message |
//! | explained fate | fate, range of the event, list of explanations, advice as JSON |
//! | explanation | request, field, start and end of the value in the body, origin, lookups |
//! | lookup | path, answer, start and end of the value in the input |

use crate::interner::Interner;
use kochava_edge::{
    Advice, ExplainedEvent, Fate, FieldExplanation, FieldPath, Lookup, LookupResult, Origin,
    Request, Violation, write_advice,
};
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// The answer of the last call, whose memory the next call reuses.
    static BUFFER: RefCell<TransferBuffer> = RefCell::default();
}

/// Stands for a missing text or range.
const NONE: u32 = u32::MAX;

/// A number from here on stands for an interned name. No text is this long.
const INTERNED: u32 = 1 << 30;

/// A larger buffer is freed before the next call. The answer for a block of lines fits.
const KEPT_BYTES_MAX: usize = 8 << 20;

#[derive(Default)]
struct TransferBuffer {
    numbers: Vec<u32>,
    text: String,
    header: [u32; 5],
}

/// Writes fates and returns the address of the header.
pub(crate) fn write_fates<'f>(fates: impl IntoIterator<Item = &'f Fate>) -> u32 {
    write(|buffer| {
        for fate in fates {
            buffer.with_text_bytes(|buffer| buffer.fate(fate));
        }
    })
}

/// Writes fates with their explanations and returns the address of the header; `advice` is that of
/// each, or empty.
pub(crate) fn write_explained(
    list: &[ExplainedEvent<'_>],
    advice: &[String],
    names: &mut Interner,
) -> u32 {
    write(|buffer| {
        for (place, explained) in list.iter().enumerate() {
            buffer.with_text_bytes(|buffer| {
                buffer.fate(&explained.fate);
                ExplanationWriter { buffer, names }.explained(explained);
                buffer.optional_text(advice.get(place).map(String::as_str));
            });
        }
        buffer.header[4] = number(names.count());
    })
}

/// The advice about one event as a list in JSON.
pub(crate) fn advice_json(list: &[Advice]) -> String {
    let mut out = String::from("[");
    for (place, advice) in list.iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "" });
        write_advice(&mut out, advice);
    }
    out.push(']');
    out
}

/// Appends lines to an empty text and returns the address of the header.
pub(crate) fn write_lines(append: impl FnOnce(&mut String)) -> u32 {
    write(|buffer| append(&mut buffer.text))
}

fn write(fill: impl FnOnce(&mut TransferBuffer)) -> u32 {
    BUFFER.with_borrow_mut(|buffer| {
        let bytes = buffer.text.capacity().max(buffer.numbers.capacity());
        if bytes > KEPT_BYTES_MAX {
            *buffer = TransferBuffer::default();
        }
        buffer.numbers.clear();
        buffer.text.clear();
        fill(buffer);
        buffer.header = [
            number(buffer.numbers.as_ptr().addr()),
            number(buffer.numbers.len()),
            number(buffer.text.as_ptr().addr()),
            number(buffer.text.len()),
            buffer.header[4],
        ];
        number(buffer.header.as_ptr().addr())
    })
}

impl TransferBuffer {
    /// Writes an item, preceded by the number of bytes of its texts.
    fn with_text_bytes(&mut self, write: impl FnOnce(&mut Self)) {
        let (at, bytes_before) = (self.numbers.len(), self.text.len());
        self.number(0);
        write(self);
        self.numbers[at] = number(self.text.len() - bytes_before);
    }

    fn fate(&mut self, fate: &Fate) {
        match fate {
            Fate::Ready(parcel) => {
                self.number(0);
                self.list(&parcel.requests, Self::request);
                self.list(&parcel.warnings, Self::violation);
            }
            Fate::Skipped(skip) => {
                self.number(1);
                self.text(skip.code());
                self.text(skip.sentence());
            }
            Fate::Refused(violations) => {
                self.number(2);
                self.list(violations, Self::violation);
            }
        }
    }

    fn request(&mut self, request: &Request) {
        self.number(request.kind as usize);
        self.text(&request.url);
        self.list(&request.headers, |buffer, (name, value)| {
            let number = Request::HEADER_NAMES.iter().position(|known| known == name);
            buffer.number(number.expect("every header that a request may have is known"));
            buffer.text(value);
        });
        self.text(&request.body);
    }

    fn violation(&mut self, violation: &Violation) {
        self.text(violation.rule.code());
        self.text(&violation.field);
        self.optional_text(violation.origin.as_deref());
        let message = self.append(violation.message());
        self.numbers.push(message);
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.numbers.push(NONE),
        }
    }

    fn text(&mut self, text: &str) {
        let units = self.append([text]);
        self.numbers.push(units);
    }

    /// Appends the parts of one text and returns its UTF-16 units.
    fn append<const N: usize>(&mut self, parts: [&str; N]) -> u32 {
        let mut units = 0;
        for part in parts {
            self.text.push_str(part);
            units += utf16_units(part);
        }
        number(units)
    }

    fn range(&mut self, range: &Range<usize>) {
        self.number(range.start);
        self.number(range.end);
    }

    fn number(&mut self, value: usize) {
        self.numbers.push(number(value));
    }
}

/// Writes the explanations of a fate, the largest part of an answer of `explain`.
struct ExplanationWriter<'b> {
    buffer: &'b mut TransferBuffer,
    names: &'b mut Interner,
}

impl ExplanationWriter<'_> {
    fn explained(&mut self, explained: &ExplainedEvent<'_>) {
        self.buffer.range(&explained.at());
        let count_at = self.buffer.numbers.len();
        self.buffer.number(0);
        let mut count = 0;
        explained.each_field(&mut |explanation| {
            count += 1;
            self.explanation(&explanation);
        });
        self.buffer.numbers[count_at] = count;
    }

    fn explanation(&mut self, explanation: &FieldExplanation<'_>) {
        let field = self.name(explanation.field);
        let origin = match explanation.origin {
            Origin::Paths => 0,
            Origin::Guide => 1,
            Origin::Setting(setting) => self.name(&FieldPath::constant(setting)),
        };
        let [request, start, end] = match &explanation.sent {
            Some(sent) => [sent.request, sent.at.start, sent.at.end].map(number),
            None => [NONE; 3],
        };
        let numbers = [request, field, start, end, origin, 0];
        self.buffer.numbers.extend_from_slice(&numbers);
        let count_at = self.buffer.numbers.len() - 1;
        let mut count = 0;
        for lookup in explanation.tried.clone() {
            count += 1;
            self.lookup(lookup);
        }
        self.buffer.numbers[count_at] = count;
    }

    fn lookup(&mut self, lookup: &Lookup<'_>) {
        let path = self.name(&lookup.path);
        // `transfer.js` has the same numbers in `ANSWERS`
        let answer = match lookup.result {
            LookupResult::Used => 0,
            LookupResult::Missing => 1,
            LookupResult::Unusable(None) => 2,
            LookupResult::Unusable(Some(rule)) => self.name(&FieldPath::constant(rule.code())),
        };
        let [start, end] = match &lookup.at {
            Some(at) => [at.start, at.end].map(number),
            None => [NONE; 2],
        };
        let numbers = [path, answer, start, end];
        self.buffer.numbers.extend_from_slice(&numbers);
    }

    /// Returns the number of a name: its interned number, or the length of its text.
    fn name(&mut self, name: &FieldPath<'_>) -> u32 {
        match self.names.number(name) {
            Some(number) => INTERNED + number,
            None => self.buffer.append(name.parts()),
        }
    }
}

fn utf16_units(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "addresses and counts of wasm32 have 32 bits"
)]
fn number(value: usize) -> u32 {
    value as u32
}
