//! Checks a body of any origin against Kochava's guide.
//!
//! The bytes of a body go in, ours or another vendor's; the kind of call and every broken rule come
//! out, each with a JSON Pointer. Nothing is repaired, and any bytes give a report. `php_spelling`
//! checks that the text is JSON which PHP keeps, `kind` tells which call it is, `track` and
//! `identity` check the two routes, the other files a part of a body each.

mod body;
mod call;
mod consent;
mod device;
mod envelope;
mod event;
mod findings;
mod identifiers;
mod identity;
mod json_type;
mod keys;
mod kind;
mod object;
mod php_spelling;
mod report;
mod track;
mod value;

pub(super) use json_type::{AD_SERVICES, JsonType};

pub use body::check;
pub use report::{BodyKind, CheckReport, Finding, TypeMismatch};
