//! How do fates cross the boundary quickly?
//!
//! As one array of strings, numbers and nulls that `face.js` reads from its beginning to its end: an object built key by key from in here costs a
//! call for each. A fate is its tag (0 ready, 1 skipped, 2 refused) and then: requests and warnings; code and message; violations. A list is its length
//! and then its items.

use js_sys::Array;
use kochava_edge::kochava::Violation;
use kochava_edge::plan::Fate;
use kochava_edge::request::Request;
use wasm_bindgen::JsValue;

/// The fates, one behind the other.
pub(crate) fn fates<'f>(fates: impl IntoIterator<Item = &'f Fate>) -> Array {
    let flat = Flat(Array::new());
    for fate in fates {
        flat.fate(fate);
    }
    flat.0
}

struct Flat(Array);

impl Flat {
    fn fate(&self, fate: &Fate) {
        match fate {
            Fate::Ready(parcel) => {
                self.number(0);
                self.number(parcel.requests.len());
                for request in &parcel.requests {
                    self.request(request);
                }
                self.violations(&parcel.warnings);
            }
            Fate::Skipped(skip) => {
                self.number(1);
                self.text(skip.code());
                self.text(skip.sentence());
            }
            Fate::Refused(violations) => {
                self.number(2);
                self.violations(violations);
            }
        }
    }

    fn request(&self, request: &Request) {
        self.text(request.kind.as_str());
        self.text(Request::METHOD);
        self.text(&request.url);
        self.number(request.headers.len());
        for (name, value) in &request.headers {
            self.text(name);
            self.text(value);
        }
        self.text(&request.body);
    }

    fn violations(&self, violations: &[Violation]) {
        self.number(violations.len());
        for violation in violations {
            self.text(violation.rule.code());
            self.text(&violation.field);
            self.0.push(&violation.origin.as_deref().map_or(JsValue::NULL, JsValue::from_str));
            self.text(&violation.to_string());
        }
    }

    fn text(&self, text: &str) {
        self.0.push(&JsValue::from_str(text));
    }

    fn number(&self, number: usize) {
        #[allow(clippy::cast_precision_loss, reason = "no list here is that long")]
        self.0.push(&JsValue::from_f64(number as f64));
    }
}
