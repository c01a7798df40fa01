//! The parameters of the operator's routes.
//!
//! A row of the table of routes lists those that it takes; a request with any other is refused, and
//! `docs/http-api.md` has the table.

/// A parameter in the query of a URL, or a member of a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    Ids,
    Filter,
    Reason,
    Event,
    Search,
    From,
    To,
    Sync,
    All,
    Dry,
    Period,
    Step,
    Limit,
    Cursor,
    After,
    EventName,
    Id,
}

impl Parameter {
    /// Every parameter, in the order of the documentation.
    pub(crate) const ALL: [Self; 17] = [
        Parameter::Ids,
        Parameter::Filter,
        Parameter::Reason,
        Parameter::Event,
        Parameter::Search,
        Parameter::From,
        Parameter::To,
        Parameter::Sync,
        Parameter::All,
        Parameter::Dry,
        Parameter::Period,
        Parameter::Step,
        Parameter::Limit,
        Parameter::Cursor,
        Parameter::After,
        Parameter::EventName,
        Parameter::Id,
    ];

    /// Those that filter rejects: in the query, in a body, or in a body's `filter`.
    pub(crate) const FILTERS: [Self; 6] = [
        Parameter::Reason,
        Parameter::Event,
        Parameter::Search,
        Parameter::From,
        Parameter::To,
        Parameter::Sync,
    ];

    /// Returns the parameter of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Parameter::ALL
            .into_iter()
            .find(|parameter| parameter.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Parameter::Ids => "ids",
            Parameter::Filter => "filter",
            Parameter::Reason => "reason",
            Parameter::Event => "event",
            Parameter::Search => "search",
            Parameter::From => "from",
            Parameter::To => "to",
            Parameter::Sync => "sync",
            Parameter::All => "all",
            Parameter::Dry => "dry",
            Parameter::Period => "period",
            Parameter::Step => "step",
            Parameter::Limit => "limit",
            Parameter::Cursor => "cursor",
            Parameter::After => "after",
            Parameter::EventName => "event_name",
            Parameter::Id => "id",
        }
    }

    /// Returns whether it is a member of a JSON body alone.
    pub(crate) fn is_body_only(self) -> bool {
        matches!(self, Parameter::Ids | Parameter::Filter)
    }

    /// Returns what it means, for the documentation.
    #[cfg(test)]
    pub(super) fn meaning(self) -> String {
        use crate::limits::{IDS_MAX, PAGE_DEFAULT, PAGE_MAX};
        match self {
            Parameter::Ids => format!("in a JSON body: a list of the ids of rejects, at most {IDS_MAX}"),
            Parameter::Filter => {
                "in a JSON body: an object with one or more of `reason`, `event`, `search`, `from`, `to`, `sync`".into()
            }
            Parameter::Reason => "a [code](reasons.md) that is among the reasons".into(),
            Parameter::Event => "the name of the event".into(),
            Parameter::Search => "a part of the name of the event; letters from A to Z may have any case".into(),
            Parameter::From => "not before this time: ISO 8601, such as `2026-01-31T12:00:00Z`".into(),
            Parameter::To => "before this time".into(),
            Parameter::Sync => "the name of a [sync](syncs.md), `default` for that of `SETTINGS`; without it all together".into(),
            Parameter::All => "`1`: every reject; alone, or beside `dry`".into(),
            Parameter::Dry => "`1`: nothing is changed or sent, and the reply shows what would be".into(),
            Parameter::Period => {
                "the time until now, one of `TEN_MINUTES`, `ONE_HOUR`, `FOUR_HOURS`, `ONE_DAY` (default), `ONE_WEEK`, `TWO_WEEKS`".into()
            }
            Parameter::Limit => format!("rejects on a page, 1 to {PAGE_MAX} ({PAGE_DEFAULT})"),
            Parameter::Step => "the length of a step: `minute`, `hour` or `day`; by default what suits the period. Minutes older than some four hours are folded into their hour".into(),
            Parameter::Cursor => "the `next` of the page before".into(),
            Parameter::After => "the `next` of the reply before".into(),
            Parameter::EventName => "the name of the synthetic event; without it the first that `events.select` lets through, or `Kochava Edge Test`".into(),
            Parameter::Id => "the `id` of the synthetic event".into(),
        }
    }
}
