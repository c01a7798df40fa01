//! The replies to requests that fail: each with a status, a code, and a message that says what to do.

use super::{ErrorBody, Reply};
use crate::admin::QueryFault;
use crate::config::sync::Sync;
use crate::config::{INGEST_TOKEN_MISSING, Setup};
use crate::limits::{
    BODY_BYTES_MAX, GZIP_BLOCKS_MAX, IDS_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS,
};
use crate::log::LogFields;
use kochava_edge::{SettingsFault, Source, Unreadable, UnreadableReason};

/// Replies that there is no App GUID for a synthetic event.
pub(crate) fn no_test_app() -> Reply {
    Reply::error(
        409,
        "no-test-app",
        "the setting `test_app_guid` names no App GUID: a synthetic event goes to no other",
    )
}

/// Replies that the path does not exist, or needs a token that the request does not have.
pub(crate) fn not_found() -> Reply {
    Reply::error(
        404,
        "not-found",
        "this path does not exist, or needs a token that the request does not have",
    )
}

pub(crate) fn wrong_method(allow: String) -> Reply {
    Reply::error(
        405,
        "wrong-method",
        format!("the method must be one of {allow}"),
    )
    .with_header("Allow", allow)
}

pub(crate) fn unauthorized() -> Reply {
    Reply::error(
        401,
        "unauthorized",
        "the ingest token is missing or wrong: send it as `Authorization: Bearer`, alone as `Authorization`, as the password of Basic, or as `X-Api-Key`",
    )
    .with_header("WWW-Authenticate", "Bearer realm=\"kochava-edge\"")
}

pub(crate) fn no_token_set() -> Reply {
    Reply::error(503, "no-token-set", INGEST_TOKEN_MISSING).retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies to an SDK that no key is set. It keeps its events and sends them again.
pub(crate) fn no_sdk_key_set() -> Reply {
    Reply::error(
        503,
        "no-key-set",
        "the secret SDK_KEYS is not set, so that no SDK may send",
    )
    .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies to an SDK that its key is missing or wrong.
pub(crate) fn wrong_sdk_key() -> Reply {
    Reply::error(
        401,
        "unauthorized",
        "the key of the SDK is missing or none of SDK_KEYS",
    )
}

/// Replies that a request is not signed with the secret of the Worker.
pub(crate) fn wrong_signature() -> Reply {
    Reply::error(
        401,
        "wrong-signature",
        "`X-Signature` is missing, or not the signature of this body with SEGMENT_SECRET",
    )
}

/// Replies to a form that does not have the field with the events (Amplitude, Identify API).
pub(crate) fn missing_event() -> Reply {
    Reply::error(400, "missing_event", "the form has no field with events")
}

/// Replies that the events with these indices come too fast.
pub(crate) fn throttled(indices: Vec<usize>) -> Reply {
    let reply = Reply::error(
        429,
        "too-many-requests",
        "the key or a device sends too often: send everything again later",
    );
    Reply {
        throttled: indices,
        ..reply.retry_after(RETRY_AFTER_SECONDS)
    }
}

/// Replies that events are stored, but Amplitude did not get them.
pub(super) fn amplitude_unavailable(stored: Reply) -> Reply {
    let reply = Reply::error(
        503,
        "amplitude-unavailable",
        "Amplitude does not answer: send everything again",
    );
    let log = LogFields {
        error: reply.log.error,
        ..stored.log
    };
    reply.with_log(log).retry_after(RETRY_AFTER_SECONDS)
}

/// Replies that the parameter `source` names no sender.
pub(crate) fn unknown_source() -> Reply {
    let names: Vec<&str> = Source::ALL.iter().map(|source| source.name()).collect();
    let message = format!("`source` must be one of {}", names.join(", "));
    Reply::error(400, "bad-query", message)
}

/// Replies that the parameter `sync` names none.
pub(crate) fn unknown_sync(setup: &Setup) -> Reply {
    let names: Vec<&str> = setup.syncs.iter().map(Sync::shown).collect();
    let message = format!("`sync` must be one of {}", names.join(", "));
    Reply::error(400, "bad-query", message)
}

/// Replies that the configuration has faults. The sender keeps its events and sends them again.
pub(crate) fn misconfigured(faults: &[SettingsFault]) -> Reply {
    let count = faults.len();
    let reply = Reply::error(
        503,
        "misconfigured",
        format!("the configuration has faults: {count}; GET /health lists them"),
    );
    let log = LogFields {
        faults: Some(count),
        ..reply.log.clone()
    };
    reply.with_log(log).retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies that a store of the Worker does not answer.
pub(crate) fn store_unavailable() -> Reply {
    Reply::error(
        503,
        "store-unavailable",
        "the database or a Durable Object does not answer: repeat the request",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// Replies that the assets do not answer.
pub(crate) fn page_unavailable() -> Reply {
    Reply::error(
        503,
        "page-unavailable",
        "the files of the page do not answer: repeat the request",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// Replies that a request of the operator cannot be carried out as it is.
pub(crate) fn bad_query(fault: &QueryFault) -> Reply {
    match fault {
        QueryFault::Invalid(message) => Reply::error(400, "bad-query", message.clone()),
        QueryFault::NothingSelected => Reply::error(
            400,
            "says-not-which",
            "no rejects are selected: send `ids`, a filter (`reason`, `event`, `search`, `from`, `to`, `sync`), or `all=1` for every reject",
        ),
        QueryFault::TooManyIds => Reply::error(
            413,
            "too-many-ids",
            format!("`ids` must have at most {IDS_MAX} ids: send several requests, or a filter"),
        ),
    }
}

pub(crate) fn unsupported_type() -> Reply {
    Reply::error(415, "unsupported-type", "the body must be application/json")
}

pub(crate) fn unsupported_encoding() -> Reply {
    Reply::error(
        415,
        "unsupported-encoding",
        "the content encoding must be gzip or identity",
    )
    .with_header("Accept-Encoding", "gzip")
}

pub(crate) fn body_too_large() -> Reply {
    Reply::error(
        413,
        "body-too-large",
        format!("the body must not exceed {BODY_BYTES_MAX} bytes, compressed or not"),
    )
}

pub(crate) fn body_cut() -> Reply {
    Reply::error(
        400,
        "body-cut",
        "the connection closed before the body was complete",
    )
}

pub(crate) fn gzip_unreadable() -> Reply {
    Reply::error(
        400,
        "gzip-unreadable",
        "the body is not valid gzip, or is incomplete",
    )
}

pub(crate) fn gzip_too_costly() -> Reply {
    Reply::error(
        413,
        "gzip-too-costly",
        format!(
            "the gzip body must not have more than {GZIP_BLOCKS_MAX} blocks: compress it as a whole, not in tiny pieces"
        ),
    )
}

/// Replies that a body is no batch, or a batch above the limits, with the place of the fault.
pub(crate) fn unreadable(unreadable: &Unreadable) -> Reply {
    let status = if unreadable.reason == UnreadableReason::TooLarge {
        413
    } else {
        400
    };
    let code = unreadable.code();
    let message = unreadable.to_string().into();
    let offset = Some(unreadable.offset);
    Reply::of_error(
        status,
        code,
        ErrorBody {
            code,
            message,
            offset,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::Reply;
    use super::{misconfigured, not_found, unreadable, wrong_method};
    use kochava_edge::{Context, Planner, Settings, SettingsFault};

    fn parts(reply: &Reply) -> (u16, &str) {
        (reply.status, &reply.body)
    }

    #[test]
    fn an_error_has_a_code_and_a_message() {
        let reply = wrong_method("GET, HEAD".to_owned());
        let body =
            r#"{"error":{"code":"wrong-method","message":"the method must be one of GET, HEAD"}}"#;
        assert_eq!(parts(&reply), (405, body));
        assert_eq!(reply.headers, [("Allow", "GET, HEAD".into())]);
        assert_eq!(reply.log.error, Some("wrong-method"));
        assert_eq!(not_found().status, 404);
    }

    #[test]
    fn the_error_for_an_unreadable_body_has_its_offset() {
        let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"a","origination_ip":"b","idfv":"c"}}"#;
        let planner = Planner::new(Settings::read(settings).unwrap());
        let fault = planner.plan(b"17", &Context::default()).unwrap_err();
        let reply = unreadable(&fault);
        assert!(
            reply
                .body
                .starts_with(r#"{"error":{"code":"not-a-batch","message":""#)
        );
        assert!(reply.body.ends_with(r#"","offset":0}}"#), "{}", reply.body);
        assert_eq!(reply.status, 400);
    }

    #[test]
    fn faults_are_counted_in_the_log_and_the_sender_gets_retry_after() {
        let fault = SettingsFault {
            path: "app_guid".to_owned(),
            code: "missing",
            message: "is required".into(),
        };
        let reply = misconfigured(&[fault]);
        assert_eq!(reply.log.faults, Some(1));
        assert_eq!(reply.headers, [("Retry-After", "300".into())]);
    }
}
