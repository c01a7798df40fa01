//! The reader of an operator's parameters.

use super::{Filter, IDS_MAX, Period, Query, QueryFault, Selection};
use crate::route::{Endpoint, Parameter, ROUTES};

fn parameters(endpoint: Endpoint) -> &'static [Parameter] {
    let route = ROUTES.iter().find(|route| route.endpoint == endpoint);
    route.expect("the table has it").parameters
}

fn read(endpoint: Endpoint, query: &str, body: &str) -> Result<Query, QueryFault> {
    Query::read(parameters(endpoint), query, body)
}

fn fault(endpoint: Endpoint, query: &str, body: &str) -> String {
    match read(endpoint, query, body) {
        Err(QueryFault::Invalid(message)) => message,
        other => panic!("{query} {body}: {other:?}"),
    }
}

fn selection(query: &str, body: &str) -> Result<Selection, QueryFault> {
    read(Endpoint::DeleteRejects, query, body)?.selection()
}

#[test]
fn filters_are_read_from_the_query_from_a_filter_and_from_the_body() {
    let expected = Selection::Filter(Filter {
        reason: Some("expired".to_owned()),
        event: Some("Level Up & away".to_owned()),
        ..Filter::default()
    });
    let body = r#"{"reason":"expired","event":"Level Up & away"}"#;
    for (query, body) in [
        ("reason=expired&event=Level+Up%20%26+away", String::new()),
        ("", body.to_owned()),
        ("", format!(r#"{{"filter":{body}}}"#)),
        (
            "reason=expired",
            r#"{"event":"Level Up & away"}"#.to_owned(),
        ),
    ] {
        assert_eq!(
            selection(query, &body).as_ref(),
            Ok(&expected),
            "{query} {body}"
        );
    }
}

#[test]
fn a_change_must_say_which_rejects_it_is_for() {
    for (query, body) in [
        ("", ""),
        ("", "{}"),
        ("dry=1", ""),
        ("all=0", ""),
        ("", r#"{"all":false}"#),
        ("", r#"{"filter":{}}"#),
        ("dry=1", r#"{"filter":{ }}"#),
    ] {
        assert_eq!(
            selection(query, body),
            Err(QueryFault::NothingSelected),
            "{query} {body}"
        );
    }
    for (query, body) in [
        ("all=1", ""),
        ("", r#"{"all":true}"#),
        ("dry=1", r#"{"all":1}"#),
    ] {
        assert_eq!(selection(query, body), Ok(Selection::All), "{query} {body}");
    }
    let none = Selection::Ids(Vec::new());
    assert_eq!(selection("", r#"{"ids":[]}"#), Ok(none));
}

#[test]
fn a_parameter_is_taken_by_the_routes_that_have_a_use_for_it_and_by_no_other() {
    let value = |parameter| match parameter {
        Parameter::From => "2026-01-31T12:00:00Z",
        Parameter::To => "2026-01-31T12:00:00.5Z",
        Parameter::Period => Period::default().name(),
        Parameter::Cursor => "1767225600000-0f90403fa2f41d46df4f8b0179869752",
        Parameter::Reason => "expired",
        Parameter::Step => "hour",
        Parameter::Id => "0f90403fa2f41d46df4f8b0179869752",
        _ => "1",
    };
    for route in ROUTES {
        for parameter in Parameter::ALL {
            let name = parameter.name();
            let answer = match parameter {
                Parameter::Ids => Query::read(route.parameters, "", r#"{"ids":[]}"#),
                Parameter::Filter => {
                    Query::read(route.parameters, "", r#"{"filter":{"event":"x"}}"#)
                }
                _ => Query::read(
                    route.parameters,
                    &format!("{name}={}", value(parameter)),
                    "",
                ),
            };
            let is_taken = route.parameters.contains(&parameter);
            assert_eq!(
                answer.is_ok(),
                is_taken,
                "{} {name}: {answer:?}",
                route.path
            );
        }
    }
}

#[test]
fn a_fault_says_what_is_wanted_and_repeats_nothing_of_the_request() {
    for &(endpoint, query, body, expected) in FAULTS {
        let expected = expected.replace("CHANGE", CHANGE);
        assert_eq!(fault(endpoint, query, body), expected, "{query} {body}");
    }
}

const CHANGE: &str = "this route takes `ids`, `filter`, `reason`, `event`, `search`, `from`, `to`, `sync`, `all`, `dry`";

const FILTER: &str = "`filter` must be an object of texts with one or more of `reason`, `event`, `search`, `from`, `to`, `sync`";

/// The route, the query, the body, and the message.
const FAULTS: &[(Endpoint, &str, &str, &str)] = &[
    // unknown, and known elsewhere
    (
        Endpoint::Stats,
        "canary=1",
        "",
        "a parameter is unknown; this route takes `period`, `from`, `to`, `sync`",
    ),
    (
        Endpoint::ShowTestEvent,
        "id=of+somebody",
        "",
        "`id` must be the `id` that `POST /test-event` answered",
    ),
    (
        Endpoint::ShowReject,
        "dry=1",
        "",
        "`dry` has no meaning here; this route takes no parameter",
    ),
    (
        Endpoint::ReplayRejects,
        "all=1&limit=5",
        "",
        "`limit` has no meaning here; CHANGE",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"cursor":"x"}"#,
        "`cursor` has no meaning here; CHANGE",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"canary":[]}"#,
        "a parameter is unknown; CHANGE",
    ),
    (
        Endpoint::DeleteRejects,
        "DRY=1&all=1",
        "",
        "a parameter is unknown; CHANGE",
    ),
    // given twice, wherever
    (
        Endpoint::ListRejects,
        "event=a&event=a",
        "",
        "`event` is given more than once",
    ),
    (
        Endpoint::DeleteRejects,
        "event=a",
        r#"{"event":"b"}"#,
        "`event` is given more than once",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"ids":["a"],"ids":["b"]}"#,
        "`ids` is given more than once",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"filter":{"event":"a","event":"b"}}"#,
        "`event` is given more than once",
    ),
    // flags
    (
        Endpoint::ReplayRejects,
        "all=1&dry",
        "",
        "`dry` must be 1 for yes or 0 for no",
    ),
    (
        Endpoint::ReplayRejects,
        "all=1&dry=yes",
        "",
        "`dry` must be 1 for yes or 0 for no",
    ),
    (
        Endpoint::DeleteRejects,
        "all",
        "",
        "`all` must be 1 for yes or 0 for no",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"all":2}"#,
        "`all` must be 1 for yes or 0 for no",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"all":null}"#,
        "`all` must be 1 for yes or 0 for no",
    ),
    // contradictions
    (
        Endpoint::DeleteRejects,
        "all=1&event=a",
        "",
        "`all` selects every reject: send it without `ids` and without a filter",
    ),
    (
        Endpoint::DeleteRejects,
        "all=1",
        r#"{"ids":[]}"#,
        "`all` selects every reject: send it without `ids` and without a filter",
    ),
    (
        Endpoint::ReplayRejects,
        "event=a",
        r#"{"ids":["a"]}"#,
        "select by `ids` or by a filter, not by both",
    ),
    (
        Endpoint::Stats,
        "period=ONE_DAY&from=2026-01-31T12:00:00Z",
        "",
        "`period` ends now: send either `period`, or `from` and `to`",
    ),
    (
        Endpoint::ListRejects,
        "from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:00Z",
        "",
        "`from` must be before `to`",
    ),
    // values
    (
        Endpoint::Stats,
        "period=canary",
        "",
        "`period` must be one of TEN_MINUTES, ONE_HOUR, FOUR_HOURS, ONE_DAY, ONE_WEEK, TWO_WEEKS",
    ),
    (
        Endpoint::ListRejects,
        "from=canary",
        "",
        "`from` must be a time such as 2026-01-31T12:00:00Z",
    ),
    (
        Endpoint::ListRejects,
        "limit=0",
        "",
        "`limit` must be a whole number from 1 to 200",
    ),
    (
        Endpoint::ListRejects,
        "limit=201",
        "",
        "`limit` must be a whole number from 1 to 200",
    ),
    (
        Endpoint::ListRejects,
        "limit=",
        "",
        "`limit` must be a whole number from 1 to 200",
    ),
    (
        Endpoint::ListRejects,
        "cursor=1767225600000-x",
        "",
        "`cursor` must be the `next` of the page before",
    ),
    (
        Endpoint::ListRejects,
        "event=",
        "",
        "`event` must be the name of an event",
    ),
    (
        Endpoint::ListRejects,
        "reason=%zz",
        "",
        "`query` must be percent-encoded UTF-8",
    ),
    (
        Endpoint::ListRejects,
        "reason=%ff",
        "",
        "`query` must be percent-encoded UTF-8",
    ),
    (
        Endpoint::ListRejects,
        "reason=%",
        "",
        "`query` must be percent-encoded UTF-8",
    ),
    // bodies
    (
        Endpoint::DeleteRejects,
        "ids=a",
        "",
        "`ids` belongs into a JSON body",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"ids":["a",1]}"#,
        "`ids` must be a list of the ids of rejects",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"ids":"a"}"#,
        "`ids` must be a list of the ids of rejects",
    ),
    (Endpoint::DeleteRejects, "", r#"{"filter":[]}"#, FILTER),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"filter":{"all":1}}"#,
        FILTER,
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"filter":{"canary":1}}"#,
        FILTER,
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"reason":{"canary":1}}"#,
        "`reason` must be a text",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"{"event":17}"#,
        "`event` must be a text",
    ),
    (
        Endpoint::DeleteRejects,
        "",
        r#"["canary"]"#,
        "`body` must be a JSON object with `ids`, `filter` or parameters",
    ),
];

#[test]
fn a_reason_must_be_one_that_a_reject_can_have() {
    for code in ["origination-ip-missing", "kochava-rejected", "unconfirmed"] {
        assert!(read(Endpoint::ListRejects, &format!("reason={code}"), "").is_ok());
    }
    // an event that the settings skip is kept nowhere
    for code in ["", "canary", "not-selected", "Expired", "expired "] {
        let message = fault(Endpoint::ListRejects, &format!("reason={code}"), "");
        assert!(
            message.starts_with("`reason` must be one of not-an-object, "),
            "{message}"
        );
    }
}

#[test]
fn ids_are_limited() {
    let body = |count| serde_json::json!({ "ids": vec!["0f90"; count] }).to_string();
    assert!(selection("", &body(IDS_MAX)).is_ok());
    assert_eq!(
        selection("", &body(IDS_MAX + 1)),
        Err(QueryFault::TooManyIds)
    );
}

#[test]
fn a_page_has_a_default_size() {
    for (query, limit) in [("", 50), ("limit=3", 3), ("limit=200", 200)] {
        assert_eq!(
            read(Endpoint::ListRejects, query, "").unwrap().limit(),
            limit,
            "{query}"
        );
    }
}
