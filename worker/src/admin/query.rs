//! The parameters of an operator's request.
//!
//! In: the parameters that the route takes, the query of the URL, and a JSON body of
//! `{"ids": […]}`, `{"filter": {…}}` or the parameters themselves. Out: a [`Query`], or why the
//! request is refused. Nothing is guessed: an unknown parameter, one that the route has no use for,
//! one that is given twice, and a value that is not of its kind are faults.

use super::period::Period;
use super::remedy::REMEDIES;
use super::series::Step;
use crate::config::sync::DEFAULT;
use crate::limits::{IDS_MAX, PAGE_DEFAULT, PAGE_MAX};
use crate::members::Members;
use crate::route::Parameter;
use kochava_edge::{Digest, Moment};
use serde_json::Value;
use serde_json::value::RawValue;

/// What an operator asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) filter: Filter,
    pub(super) period: Option<Period>,
    /// The time and the id of the last reject of the page before.
    pub(super) cursor: Option<(String, String)>,
    pub(super) is_dry: bool,
    /// The length of a step.
    pub(super) step: Option<Step>,
    /// The cursor of the last outcomes.
    pub(super) after: Option<String>,
    /// The name of a synthetic event.
    pub(super) event_name: Option<String>,
    /// The digest of a synthetic event.
    pub(super) id: Option<Digest>,
    ids: Option<Vec<String>>,
    is_all: bool,
    limit: Option<usize>,
}

/// The rejects to list, or to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// The code of a reason.
    pub(super) reason: Option<String>,
    /// The name of an event.
    pub(super) event: Option<String>,
    /// A part of the name of an event, whatever the case of its letters.
    pub(super) search: Option<String>,
    pub(super) from: Option<Moment>,
    pub(super) to: Option<Moment>,
    /// The name of a sync; empty for the one without.
    pub(super) sync: Option<String>,
}

/// The rejects that a request changes. There is no way to change rejects without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    All,
    Ids(Vec<String>),
    /// At least one member is set.
    Filter(Filter),
}

/// Why a request is refused, without any part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QueryFault {
    /// A parameter is unknown, out of place, given twice, or has a wrong value.
    Invalid(String),
    /// It does not say which rejects it is for.
    NothingSelected,
    /// It lists more than [`IDS_MAX`] ids.
    TooManyIds,
}

impl QueryFault {
    pub(super) fn not_utf8() -> Self {
        must_be("body", "UTF-8")
    }

    pub(super) fn no_id() -> Self {
        must_be("id", "the `id` that `POST /test-event` answered")
    }
}

impl Query {
    /// Reads the query of a URL, without its `?`, and the text of a body, empty if there is none.
    pub(super) fn read(
        parameters: &'static [Parameter],
        query: &str,
        body: &str,
    ) -> Result<Self, QueryFault> {
        let mut reader = Reader {
            parameters,
            given: Vec::new(),
            query: Query::default(),
        };
        if !is_percent_encoded(query) {
            return Err(must_be("query", "percent-encoded UTF-8"));
        }
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let parameter = reader.parameter(&key)?;
            if parameter.is_body_only() {
                return invalid(format!("`{}` belongs into a JSON body", parameter.name()));
            }
            reader.set(parameter, &value)?;
        }
        if !body.trim().is_empty() {
            let members = serde_json::from_str(body)
                .map_err(|_| must_be("body", "a JSON object with `ids`, `filter` or parameters"))?;
            reader.set_members(&members)?;
        }
        reader.query.check()?;
        Ok(reader.query)
    }

    /// Checks that the parameters do not contradict each other.
    fn check(&self) -> Result<(), QueryFault> {
        let is_filtered = self.filter != Filter::default();
        if self.is_all && (is_filtered || self.ids.is_some()) {
            return invalid(
                "`all` selects every reject: send it without `ids` and without a filter",
            );
        }
        if is_filtered && self.ids.is_some() {
            return invalid("select by `ids` or by a filter, not by both");
        }
        if self.period.is_some() && (self.filter.from.is_some() || self.filter.to.is_some()) {
            return invalid("`period` ends now: send either `period`, or `from` and `to`");
        }
        match (self.filter.from, self.filter.to) {
            (Some(from), Some(to)) if from >= to => invalid("`from` must be before `to`"),
            _ => Ok(()),
        }
    }

    /// Returns the rejects that the request changes.
    pub(super) fn selection(&self) -> Result<Selection, QueryFault> {
        match &self.ids {
            Some(ids) => Ok(Selection::Ids(ids.clone())),
            None if self.is_all => Ok(Selection::All),
            None if self.filter != Filter::default() => Ok(Selection::Filter(self.filter.clone())),
            None => Err(QueryFault::NothingSelected),
        }
    }

    /// Returns the number of rejects per page.
    pub(super) fn limit(&self) -> usize {
        self.limit.unwrap_or(PAGE_DEFAULT)
    }
}

/// Reads parameters, each once.
struct Reader {
    parameters: &'static [Parameter],
    given: Vec<Parameter>,
    query: Query,
}

impl Reader {
    /// Returns the parameter of this name, if the route takes it and it was not given before.
    fn parameter(&mut self, name: &str) -> Result<Parameter, QueryFault> {
        let known = Parameter::of(name);
        match known.filter(|parameter| self.parameters.contains(parameter)) {
            Some(parameter) if self.given.contains(&parameter) => {
                invalid(format!("`{}` is given more than once", parameter.name()))
            }
            Some(parameter) => {
                self.given.push(parameter);
                Ok(parameter)
            }
            None => invalid(match known {
                Some(known) => format!("`{}` has no meaning here; {}", known.name(), self.taken()),
                None => format!("a parameter is unknown; {}", self.taken()),
            }),
        }
    }

    /// Returns what the route takes, as a part of a sentence.
    fn taken(&self) -> String {
        if self.parameters.is_empty() {
            return "this route takes no parameter".to_owned();
        }
        let names: Vec<&str> = self.parameters.iter().map(|taken| taken.name()).collect();
        format!("this route takes `{}`", names.join("`, `"))
    }

    fn set_members(&mut self, members: &Members<'_>) -> Result<(), QueryFault> {
        for (key, value) in members.iter() {
            match self.parameter(key)? {
                Parameter::Ids => self.query.ids = Some(read_ids(value)?),
                Parameter::Filter => self.set_filter(value)?,
                parameter => self.set_member(parameter, value)?,
            }
        }
        Ok(())
    }

    fn set_filter(&mut self, filter: &RawValue) -> Result<(), QueryFault> {
        let members: Members<'_> =
            serde_json::from_str(filter.get()).map_err(|_| filter_fault())?;
        if members.is_empty() {
            return Err(QueryFault::NothingSelected);
        }
        for (key, value) in members.iter() {
            if Parameter::of(key).is_none_or(|parameter| !Parameter::FILTERS.contains(&parameter)) {
                return Err(filter_fault());
            }
            let parameter = self.parameter(key)?;
            self.set_member(parameter, value)?;
        }
        Ok(())
    }

    /// Sets a parameter from a JSON value: a text, or a flag as a boolean or a number.
    fn set_member(&mut self, parameter: Parameter, value: &RawValue) -> Result<(), QueryFault> {
        let is_flag = matches!(parameter, Parameter::All | Parameter::Dry);
        match serde_json::from_str(value.get()) {
            Ok(Value::String(text)) => self.set(parameter, &text),
            Ok(Value::Bool(_) | Value::Number(_)) if is_flag => self.set(parameter, value.get()),
            _ if is_flag => Err(flag_fault(parameter)),
            _ => Err(must_be(parameter.name(), "a text")),
        }
    }

    fn set(&mut self, parameter: Parameter, value: &str) -> Result<(), QueryFault> {
        let query = &mut self.query;
        match parameter {
            Parameter::Reason => query.filter.reason = Some(read_reason(value)?),
            Parameter::Event if value.is_empty() => {
                return Err(must_be("event", "the name of an event"));
            }
            Parameter::Event => query.filter.event = Some(value.to_owned()),
            Parameter::Search if value.is_empty() => {
                return Err(must_be("search", "a part of the name of an event"));
            }
            Parameter::Search => query.filter.search = Some(value.to_ascii_lowercase()),
            Parameter::EventName if value.is_empty() => {
                return Err(must_be("event_name", "the name of an event"));
            }
            Parameter::EventName => query.event_name = Some(value.to_owned()),
            Parameter::Id => query.id = Some(Digest::read(value).ok_or_else(QueryFault::no_id)?),
            Parameter::Step => query.step = Some(read_step(value)?),
            Parameter::After => query.after = Some(read_after(value)?),
            Parameter::From => query.filter.from = Some(read_moment("from", value)?),
            Parameter::To => query.filter.to = Some(read_moment("to", value)?),
            Parameter::Sync => query.filter.sync = Some(read_sync(value)?),
            Parameter::Period => {
                query.period = Some(Period::read(value).ok_or_else(period_fault)?);
            }
            Parameter::Cursor => query.cursor = Some(read_cursor(value)?),
            Parameter::Limit => query.limit = Some(read_limit(value)?),
            Parameter::Dry => query.is_dry = read_flag(parameter, value)?,
            Parameter::All => query.is_all = read_flag(parameter, value)?,
            Parameter::Ids => return Err(ids_fault()),
            Parameter::Filter => return Err(filter_fault()),
        }
        Ok(())
    }
}

fn read_ids(value: &RawValue) -> Result<Vec<String>, QueryFault> {
    let ids: Vec<String> = serde_json::from_str(value.get()).map_err(|_| ids_fault())?;
    if ids.len() > IDS_MAX {
        return Err(QueryFault::TooManyIds);
    }
    Ok(ids)
}

fn read_reason(value: &str) -> Result<String, QueryFault> {
    let codes = || REMEDIES.iter().map(|remedy| remedy.code);
    if codes().any(|code| code == value) {
        return Ok(value.to_owned());
    }
    let codes: Vec<&str> = codes().collect();
    Err(must_be("reason", &["one of ", &codes.join(", ")].concat()))
}

fn read_moment(parameter: &'static str, value: &str) -> Result<Moment, QueryFault> {
    Moment::parse(value).ok_or_else(|| must_be(parameter, "a time such as 2026-01-31T12:00:00Z"))
}

fn read_sync(value: &str) -> Result<String, QueryFault> {
    let is_char = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    match value {
        DEFAULT => Ok(String::new()),
        "" => Err(sync_fault()),
        name if name.chars().all(is_char) => Ok(name.to_owned()),
        _ => Err(sync_fault()),
    }
}

fn read_limit(value: &str) -> Result<usize, QueryFault> {
    let limit = value.parse().ok();
    limit
        .filter(|limit| (1..=PAGE_MAX).contains(limit))
        .ok_or_else(|| must_be("limit", &format!("a whole number from 1 to {PAGE_MAX}")))
}

fn read_cursor(value: &str) -> Result<(String, String), QueryFault> {
    let parts = value.split_once('-');
    parts
        .filter(|(at, id)| at.parse::<u64>().is_ok() && Digest::read(id).is_some())
        .map(|(at, id)| (at.to_owned(), id.to_owned()))
        .ok_or_else(|| must_be("cursor", "the `next` of the page before"))
}

fn read_step(value: &str) -> Result<Step, QueryFault> {
    let mut steps = Step::ALL.into_iter();
    steps.find(|step| step.name() == value).ok_or_else(|| {
        let names: Vec<&str> = Step::ALL.into_iter().map(Step::name).collect();
        must_be("step", &["one of ", &names.join(", ")].concat())
    })
}

fn read_after(value: &str) -> Result<String, QueryFault> {
    let is_cursor = value.split('-').all(|part| part.parse::<u64>().is_ok());
    let cursor = Some(value.to_owned()).filter(|_| is_cursor);
    cursor.ok_or_else(|| must_be("after", "the `next` of the reply before"))
}

fn read_flag(parameter: Parameter, value: &str) -> Result<bool, QueryFault> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(flag_fault(parameter)),
    }
}

fn invalid<T>(message: impl Into<String>) -> Result<T, QueryFault> {
    Err(QueryFault::Invalid(message.into()))
}

fn must_be(parameter: &str, wanted: &str) -> QueryFault {
    QueryFault::Invalid(format!("`{parameter}` must be {wanted}"))
}

fn flag_fault(parameter: Parameter) -> QueryFault {
    must_be(parameter.name(), "1 for yes or 0 for no")
}

fn ids_fault() -> QueryFault {
    must_be("ids", "a list of the ids of rejects")
}

fn filter_fault() -> QueryFault {
    must_be(
        "filter",
        "an object of texts with one or more of `reason`, `event`, `search`, `from`, `to`, `sync`",
    )
}

fn sync_fault() -> QueryFault {
    must_be("sync", "the name of a sync, or `default`")
}

fn period_fault() -> QueryFault {
    let names: Vec<&str> = Period::ALL.into_iter().map(Period::name).collect();
    must_be("period", &["one of ", &names.join(", ")].concat())
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

#[cfg(test)]
mod tests;
