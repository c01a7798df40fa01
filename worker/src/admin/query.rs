//! Which rejects, which time, which page?
//!
//! In the query, or in a JSON body: `{"ids": […]}` or `{"filter": {…}}`.

use crate::body;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::rejects::list;
use crate::reply::{self, Reply};
use kochava_edge::{Members, Moment, Reader, Value};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;
use worker::web_sys::Request;

/// What an operator asked for.
pub(crate) struct Asked {
    /// The last part of the path.
    pub(super) name: String,
    pub(super) ids: Option<Vec<String>>,
    pub(super) words: BTreeMap<String, String>,
    /// Whether it was said which: ids or a filter, an empty one meaning all.
    pub(super) says_which: bool,
}

impl Asked {
    pub(super) async fn read(request: &Request) -> Result<Self, Reply> {
        let url = request.url();
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let name = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let mut asked = Asked {
            name,
            ids: None,
            words: BTreeMap::default(),
            says_which: false,
        };
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = js_sys::decode_uri_component(&value.replace('+', " "))
                .map_err(|_| reply::bad_query(key))?;
            asked.put(key, String::from(value))?;
        }
        if matches!(request.method().as_str(), "POST" | "DELETE") {
            let text = body::read(request, &request.headers()).await?;
            asked.read_body(core::str::from_utf8(&text).map_err(|_| reply::bad_query("body"))?)?;
        }
        Ok(asked)
    }

    fn read_body(&mut self, body: &str) -> Result<(), Reply> {
        if body.trim().is_empty() {
            return Ok(());
        }
        let mut reader = Reader::new(body);
        let members: Members<'_> = match reader.value() {
            Ok(object @ Value::Object(_)) if reader.end().is_ok() => object.members().collect(),
            _ => return Err(reply::bad_query("body")),
        };
        for (key, value) in members.iter() {
            match (&*key.decode(), value) {
                ("ids", Value::Array(_)) => {
                    let id = |value| {
                        if let Value::String(id) = value {
                            Ok(id.decode().into_owned())
                        } else {
                            Err(reply::bad_query("ids"))
                        }
                    };
                    let mut ids = Vec::new();
                    for value in value.elements() {
                        ids.push(id(value)?);
                    }
                    self.ids = Some(ids);
                    self.says_which = true;
                }
                ("filter", Value::Object(_)) => {
                    self.says_which = true;
                    for (key, value) in value.members() {
                        self.put(
                            &key.decode(),
                            word(value).ok_or_else(|| reply::bad_query(&key.decode()))?,
                        )?;
                    }
                }
                (key, value) => self.put(key, word(value).ok_or_else(|| reply::bad_query(key))?)?,
            }
        }
        Ok(())
    }

    fn put(&mut self, key: &str, value: String) -> Result<(), Reply> {
        let is_time = matches!(key, "from" | "to");
        if ![
            "reason", "event", "from", "to", "cursor", "limit", "period", "dry", "all",
        ]
        .contains(&key)
            || (is_time && Moment::parse(&value).is_none())
        {
            return Err(reply::bad_query(key));
        }
        self.says_which |=
            matches!(key, "reason" | "event" | "from" | "to") || (key == "all" && is_yes(&value));
        self.words.insert(key.to_owned(), value);
        Ok(())
    }

    pub(super) fn word(&self, key: &str) -> Option<&str> {
        self.words.get(key).map(String::as_str)
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.word(key).is_some_and(is_yes)
    }

    pub(super) fn moment(&self, key: &str) -> Option<Moment> {
        self.word(key).and_then(Moment::parse)
    }

    pub(super) fn limit(&self) -> usize {
        self.word("limit")
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(PAGE_DEFAULT)
            .clamp(1, PAGE_MAX)
    }

    /// The values of [`WHERE`].
    pub(super) fn values(&self) -> Vec<JsValue> {
        let text = |text: Option<&str>| text.map_or(JsValue::NULL, JsValue::from_str);
        let millis = |moment: Option<Moment>| {
            moment.map_or(JsValue::NULL, |moment| {
                JsValue::from_str(&moment.millis.to_string())
            })
        };
        let ids = self
            .ids
            .as_ref()
            .map(|ids| list(ids.iter().map(String::as_str)));
        vec![
            text(self.word("reason")),
            text(self.word("event")),
            millis(self.moment("from")),
            millis(self.moment("to")),
            text(ids.as_deref()),
        ]
    }
}

/// Which rejects; a value that is null asks for nothing.
pub(super) const WHERE: &str = "(?1 IS NULL OR code = ?1 OR EXISTS (SELECT 1 FROM json_each(reasons) WHERE value ->> 'code' = ?1)) \
AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR last_at >= CAST(?3 AS INTEGER)) AND (?4 IS NULL OR last_at < CAST(?4 AS INTEGER)) \
AND (?5 IS NULL OR id IN (SELECT value FROM json_each(?5)))";

fn word(value: Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.decode().into_owned()),
        Value::Number(text) | Value::Bool(text) => Some(text.to_owned()),
        _ => None,
    }
}

fn is_yes(word: &str) -> bool {
    matches!(word, "1" | "true")
}
