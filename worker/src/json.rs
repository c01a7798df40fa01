//! Writes the JSON of the operator's larger replies.
//!
//! One writer for all of them, since each type that `serde` writes adds code of its own to the upload.

use kochava_edge::Moment;

/// A JSON text that grows.
#[derive(Debug, Default)]
pub(crate) struct Json(String);

impl Json {
    /// Returns the text.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// Begins an object or a list, as an element.
    pub(crate) fn open(&mut self, bracket: char) {
        self.comma();
        self.0.push(bracket);
    }

    /// Adds an element that is JSON already.
    pub(crate) fn element(&mut self, json: &str) {
        self.comma();
        self.0.push_str(json);
    }

    /// Begins an object or a list, as a member.
    pub(crate) fn open_member(&mut self, key: &str, bracket: char) {
        self.key(key);
        self.0.push(bracket);
    }

    /// Ends an object or a list.
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// Adds a member that is JSON already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.0.push_str(json);
    }

    /// Adds a member that is a number.
    pub(crate) fn number(&mut self, key: &str, number: u64) {
        self.raw(key, &number.to_string());
    }

    /// Adds a member that is a number of so many thousandths; null where there is none.
    pub(crate) fn thousandths(&mut self, key: &str, thousandths: Option<u64>) {
        match thousandths {
            Some(number) => {
                let text = format!("{}.{:03}", number / 1_000, number % 1_000);
                self.raw(key, text.trim_end_matches('0').trim_end_matches('.'));
            }
            None => self.raw(key, "null"),
        }
    }

    /// Adds a member that is a text; null where there is none.
    pub(crate) fn text(&mut self, key: &str, text: Option<&str>) {
        self.key(key);
        self.string(text);
    }

    /// Adds a member that is a time; null where there is none.
    pub(crate) fn time(&mut self, key: &str, time: Option<Moment>) {
        self.text(key, time.map(Moment::iso).as_deref());
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.string(Some(key));
        self.0.push(':');
    }

    fn string(&mut self, text: Option<&str>) {
        let json = serde_json::to_string(&text).expect("a text is JSON");
        self.0.push_str(&json);
    }

    fn comma(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(['{', '[', ':']) {
            self.0.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Json;
    use kochava_edge::Moment;

    #[test]
    fn members_and_elements_are_separated_and_texts_escaped() {
        let mut json = Json::default();
        json.open('{');
        json.text("a", Some("\"x[\n"));
        json.text("b", None);
        json.open_member("c", '[');
        json.open('{');
        json.number("d", 7);
        json.time("e", Some(Moment::from_millis(0)));
        json.close('}');
        json.open('{');
        json.close('}');
        json.close(']');
        json.open_member("f", '{');
        json.close('}');
        json.raw("g", "[1]");
        json.close('}');
        let expected = r#"{"a":"\"x[\n","b":null,"c":[{"d":7,"e":"1970-01-01T00:00:00.000Z"},{}],"f":{},"g":[1]}"#;
        assert_eq!(json.finish(), expected);
    }

    #[test]
    fn thousandths_have_no_zeros_behind_them() {
        let written = |number| {
            let mut json = Json::default();
            json.thousandths("n", number);
            json.finish()
        };
        let cases = [
            (Some(66_660), r#""n":66.66"#),
            (Some(50), r#""n":0.05"#),
            (Some(100_000), r#""n":100"#),
            (Some(0), r#""n":0"#),
            (None, r#""n":null"#),
        ];
        for (number, expected) in cases {
            assert_eq!(written(number), expected);
        }
    }
}
