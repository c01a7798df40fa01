//! What does the operator see of a request?
//!
//! One line of JSON: counts and codes. No body, identifier, address, token or path that a stranger
//! chose.

use crate::object::Object;
use crate::reply::Reply;
use crate::route::Route;

/// Writes the line.
pub(crate) fn line(route: Route, reply: &Reply) {
    let fields = Object::new()
        .text("route", route.name())
        .number("status", reply.status)
        .and(&reply.log);
    worker::console_log!("{}", fields.finish());
}
