//! How is a JSON object of our own made?
//!
//! Written straight as text, in the order in which people read it: a tree of values would be as
//! much code again as the core has for JSON.

use kochava_edge::write_plain_str;

/// The text of an object that still takes members. Nobody looks whether a name is there already.
#[derive(Clone)]
#[expect(clippy::box_collection, reason = "moved as one word instead of three")]
pub(crate) struct Object {
    /// Without the closing brace; boxed, since it is handed from builder to builder.
    text: Box<String>,
}

impl Object {
    pub(crate) fn new() -> Self {
        Object {
            text: Box::new("{".to_owned()),
        }
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        write_plain_str(&mut self.text, value);
        self
    }

    /// A whole number; none of ours leaves 64 bits.
    pub(crate) fn number(self, name: &str, value: impl TryInto<i64>) -> Self {
        self.raw(name, &value.try_into().unwrap_or(i64::MAX).to_string())
    }

    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    pub(crate) fn object(mut self, name: &str, value: &Object) -> Self {
        self.name(name);
        self.push(value);
        self
    }

    pub(crate) fn list(mut self, name: &str, elements: impl IntoIterator<Item = Object>) -> Self {
        self.name(name);
        self.text.push('[');
        for (index, element) in elements.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.push(&element);
        }
        self.text.push(']');
        self
    }

    /// A value that is JSON text already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.text.push_str(json);
        self
    }

    /// The members of another object behind those of this one.
    pub(crate) fn and(mut self, other: &Object) -> Self {
        if !other.is_empty() {
            self.comma();
            self.text.push_str(&other.text[1..]);
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    /// The JSON text.
    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        *self.text
    }

    fn push(&mut self, object: &Object) {
        self.text.push_str(&object.text);
        self.text.push('}');
    }

    fn name(&mut self, name: &str) {
        self.comma();
        write_plain_str(&mut self.text, name);
        self.text.push(':');
    }

    fn comma(&mut self) {
        if !self.is_empty() {
            self.text.push(',');
        }
    }
}
