//! What does the operator see of a request?
//!
//! One line of JSON: counts and codes. No body, identifier, address, token or path that a stranger chose.

use crate::reply::Reply;
use crate::route::Route;
use serde_json::{Map, Value};

/// Writes the line.
pub(crate) fn line(route: Route, reply: &Reply) {
    let mut fields = Map::new();
    fields.insert("route".to_owned(), route.name().into());
    fields.insert("status".to_owned(), reply.status.into());
    fields.extend(reply.log.clone());
    worker::console_log!("{}", Value::Object(fields));
}
