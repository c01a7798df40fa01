//! The parameters of an operator's request.
//!
//! In: the query of the URL, and a JSON body of `{"ids": […]}`, `{"filter": {…}}` or the parameters
//! themselves. Out: a [`Query`], or the parameter that cannot be read.

use super::period::Period;
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};
use kochava_edge::Moment;
use serde_json::{Map, Value};

/// The selected rejects, period and page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) ids: Option<Vec<String>>,
    /// The code of a reason.
    pub(super) reason: Option<String>,
    /// The name of an event.
    pub(super) event: Option<String>,
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
    pub(super) period: Period,
    /// The time and the id of the last reject of the page before.
    pub(super) cursor: Option<(String, String)>,
    limit: Option<usize>,
    pub(super) is_dry: bool,
    /// Whether rejects are selected: by ids, by a filter, or all of them.
    pub(super) is_selective: bool,
}

/// The parameter that cannot be read and what is wanted, without any part of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryFault(pub(crate) String);

impl QueryFault {
    pub(super) fn not_utf8() -> Self {
        fault("body", "UTF-8")
    }
}

impl Query {
    /// Reads the query of a URL, without its `?`, and the text of a body, empty if there is none.
    pub(super) fn read(query: &str, body: &str) -> Result<Self, QueryFault> {
        let mut read = Query::default();
        if !is_percent_encoded(query) {
            return Err(fault("query", "percent-encoded UTF-8"));
        }
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            read.set(&key, &value)?;
        }
        if !body.trim().is_empty() {
            let members: Map<String, Value> = serde_json::from_str(body)
                .map_err(|_| fault("body", "a JSON object with `ids`, `filter` or parameters"))?;
            read.set_members(&members)?;
        }
        Ok(read)
    }

    fn set_members(&mut self, members: &Map<String, Value>) -> Result<(), QueryFault> {
        for (key, value) in members {
            match (key.as_str(), value) {
                ("ids", Value::Array(ids)) => {
                    let ids: Option<Vec<String>> = ids
                        .iter()
                        .map(|id| id.as_str().map(str::to_owned))
                        .collect();
                    self.ids = Some(ids.ok_or_else(ids_fault)?);
                    self.is_selective = true;
                }
                ("ids", _) => return Err(ids_fault()),
                ("filter", Value::Object(filter)) => {
                    self.is_selective = true;
                    self.set_members(filter)?;
                }
                ("filter", _) => return Err(fault("filter", "an object of parameters")),
                (key, Value::String(text)) => self.set(key, text)?,
                (key, Value::Number(_) | Value::Bool(_)) => self.set(key, &value.to_string())?,
                (key, _) => return Err(not_a_text(key)),
            }
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), QueryFault> {
        match key {
            "reason" => self.reason = Some(value.to_owned()),
            "event" => self.event = Some(value.to_owned()),
            "from" => self.from = Some(moment("from", value)?),
            "to" => self.to = Some(moment("to", value)?),
            "period" => self.period = Period::read(value).ok_or_else(period_fault)?,
            // an invalid cursor gives the first page
            "cursor" => {
                let parts = value.split_once('-');
                self.cursor = parts.map(|(at, id)| (at.to_owned(), id.to_owned()));
            }
            "limit" => self.limit = value.parse().ok(),
            "dry" => self.is_dry = is_yes(value),
            "all" => self.is_selective |= is_yes(value),
            _ => return Err(unknown_parameter()),
        }
        self.is_selective |= matches!(key, "reason" | "event" | "from" | "to");
        Ok(())
    }

    /// Returns the number of rejects per page.
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX)
    }
}

fn moment(parameter: &'static str, value: &str) -> Result<Moment, QueryFault> {
    Moment::parse(value).ok_or_else(|| fault(parameter, "a time such as 2026-01-31T12:00:00Z"))
}

fn fault(parameter: &str, wanted: &str) -> QueryFault {
    QueryFault(format!("`{parameter}` must be {wanted}"))
}

/// Returns a fault that names the parameter, unless it is unknown.
fn not_a_text(key: &str) -> QueryFault {
    if PARAMETERS.contains(&key) {
        fault(key, "a text, a number or a flag")
    } else {
        unknown_parameter()
    }
}

fn unknown_parameter() -> QueryFault {
    let known = PARAMETERS.join("`, `");
    QueryFault(format!("a parameter is unknown; there are `{known}`"))
}

fn ids_fault() -> QueryFault {
    fault("ids", "a list of the ids of rejects")
}

fn period_fault() -> QueryFault {
    let names: Vec<&str> = Period::ALL.into_iter().map(Period::name).collect();
    fault("period", &["one of ", &names.join(", ")].concat())
}

/// Returns whether every `%` begins the two digits of a byte, and the bytes are UTF-8. Otherwise a
/// value would be misread, and the reply would be empty instead of an error.
fn is_percent_encoded(query: &str) -> bool {
    let mut parts = query.split('%').skip(1);
    let is_byte = |part: &str| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    parts.all(is_byte)
        && form_urlencoded::parse(query.as_bytes()).all(|(key, value)| {
            let replaces = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
            !replaces(&key) && !replaces(&value)
        })
}

fn is_yes(value: &str) -> bool {
    matches!(value, "1" | "true")
}

const PARAMETERS: [&str; 9] = [
    "reason", "event", "from", "to", "period", "cursor", "limit", "dry", "all",
];

#[cfg(test)]
mod tests {
    use super::{PARAMETERS, Period, Query};

    fn fault(query: &str, body: &str) -> String {
        Query::read(query, body).expect_err("it has a fault").0
    }

    #[test]
    fn parameters_are_read_from_the_query_from_a_filter_and_from_the_body() {
        let expected = Query {
            reason: Some("too-old".to_owned()),
            event: Some("Level Up & away".to_owned()),
            is_selective: true,
            ..Query::default()
        };
        let body = r#"{"reason":"too-old","event":"Level Up & away"}"#;
        for (query, body) in [
            ("reason=too-old&event=Level+Up%20%26+away", String::new()),
            ("", body.to_owned()),
            ("", format!(r#"{{"filter":{body}}}"#)),
            (
                "reason=too-old",
                r#"{"event":"Level Up & away"}"#.to_owned(),
            ),
        ] {
            assert_eq!(
                Query::read(query, &body).as_ref(),
                Ok(&expected),
                "{query} {body}"
            );
        }
    }

    #[test]
    fn a_change_must_say_which() {
        let is_selective = |query, body| Query::read(query, body).unwrap().is_selective;
        for (query, body) in [
            ("", ""),
            ("", "{}"),
            ("limit=1&dry=1", ""),
            ("all=0", r#"{"all":false}"#),
        ] {
            assert!(!is_selective(query, body), "{query} {body}");
        }
        for (query, body) in [
            ("all=1", ""),
            ("", r#"{"all":true}"#),
            ("", r#"{"ids":[]}"#),
            ("", r#"{"filter":{}}"#),
            ("from=2026-01-31T12:00:00Z", ""),
        ] {
            assert!(is_selective(query, body), "{query} {body}");
        }
    }

    #[test]
    fn a_fault_names_the_wanted_value_and_repeats_nothing_of_the_request() {
        let cases = [
            (
                "period=canary",
                "",
                "`period` must be one of TEN_MINUTES, ONE_HOUR, FOUR_HOURS, ONE_DAY, ONE_WEEK, TWO_WEEKS",
            ),
            (
                "from=canary",
                "",
                "`from` must be a time such as 2026-01-31T12:00:00Z",
            ),
            (
                "",
                r#"{"ids":["a",1]}"#,
                "`ids` must be a list of the ids of rejects",
            ),
            (
                "",
                r#"{"filter":[]}"#,
                "`filter` must be an object of parameters",
            ),
            (
                "",
                r#"{"reason":{"canary":1}}"#,
                "`reason` must be a text, a number or a flag",
            ),
            (
                "",
                r#"["canary"]"#,
                "`body` must be a JSON object with `ids`, `filter` or parameters",
            ),
            ("reason=%zz", "", "`query` must be percent-encoded UTF-8"),
            ("reason=%ff", "", "`query` must be percent-encoded UTF-8"),
            ("reason=%", "", "`query` must be percent-encoded UTF-8"),
        ];
        for (query, body, expected) in cases {
            assert_eq!(fault(query, body), expected, "{query} {body}");
        }
        let unknown = "a parameter is unknown; there are `reason`, `event`, `from`, `to`, `period`, `cursor`, `limit`, `dry`, `all`";
        assert_eq!(fault("canary=1", ""), unknown);
        assert_eq!(fault("", r#"{"canary":[]}"#), unknown);
    }

    #[test]
    fn every_parameter_of_the_list_is_read() {
        for parameter in PARAMETERS {
            let value = match parameter {
                "from" | "to" => "2026-01-31T12:00:00Z",
                "period" => Period::default().name(),
                _ => "1",
            };
            assert!(
                Query::read(&[parameter, "=", value].concat(), "").is_ok(),
                "{parameter}"
            );
        }
    }

    #[test]
    fn a_page_has_bounds() {
        for (query, limit) in [
            ("", 50),
            ("limit=3", 3),
            ("limit=0", 1),
            ("limit=9999", 200),
            ("limit=x", 50),
        ] {
            assert_eq!(Query::read(query, "").unwrap().limit(), limit, "{query}");
        }
    }
}
