//! Selects stored rejects in SQL.

use super::query::{Filter, Selection};
use crate::rejects::list;
use kochava_edge::Moment;
use wasm_bindgen::JsValue;

/// The condition with the values of [`filter_values`]; a filter whose value is null is not applied.
pub(super) const WHERE: &str = "(?1 IS NULL OR code = ?1 OR EXISTS (SELECT 1 FROM json_each(reasons) WHERE value ->> 'code' = ?1)) \
AND (?2 IS NULL OR name = ?2) AND (?3 IS NULL OR last_at >= CAST(?3 AS INTEGER)) AND (?4 IS NULL OR last_at < CAST(?4 AS INTEGER)) \
AND (?5 IS NULL OR id IN (SELECT value FROM json_each(?5))) AND (?6 IS NULL OR instr(lower(name), ?6) > 0) AND (?7 IS NULL OR sync = ?7)";

/// Returns the values of [`WHERE`] for a filter; one without members selects every reject.
pub(super) fn filter_values(filter: &Filter) -> Vec<JsValue> {
    values(filter, None)
}

/// Returns the values of [`WHERE`] for the rejects to change.
pub(super) fn selection_values(selection: &Selection) -> Vec<JsValue> {
    match selection {
        Selection::All => values(&Filter::default(), None),
        Selection::Ids(ids) => values(&Filter::default(), Some(ids)),
        Selection::Filter(filter) => values(filter, None),
    }
}

fn values(filter: &Filter, ids: Option<&[String]>) -> Vec<JsValue> {
    let millis = |moment: Option<Moment>| moment.map(|moment| moment.millis.to_string());
    let values = [
        filter.reason.clone(),
        filter.event.clone(),
        millis(filter.from),
        millis(filter.to),
        ids.map(|ids| list(ids.iter().map(String::as_str))),
        filter.search.clone(),
        // the last: a replay puts the name of each sync there
        filter.sync.clone(),
    ];
    values
        .map(|value| value.map_or(JsValue::NULL, JsValue::from))
        .to_vec()
}
