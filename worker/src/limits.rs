//! Every number of the platform that this shell obeys, and who said so.

/// Largest inbound body, unpacked.
///
/// Ours: an isolate has 128 MB for all its requests, and wasm memory never shrinks (Cloudflare, Workers limits); Amplitude sends single
/// events of a few KB (Amplitude, Webhooks).
pub(crate) const BODY_BYTES_MAX: usize = 5_000_000;

/// Elements of one batch.
///
/// Source: Amplitude, HTTP V2 API, "2000 events" a request; its webhooks send one. Two bytes can be an element, and an isolate has 128 MB.
pub(crate) const ELEMENTS_MAX: usize = 2_000;

/// Bytes of all the bodies that one batch is planned into.
///
/// Ours: an isolate has 128 MB for all its requests (Cloudflare, Workers limits), and every body is copied once more on its way out.
pub(crate) const PLANNED_BYTES_MAX: usize = 16_000_000;

/// Connections that wait for response headers at the same time.
///
/// Source: Cloudflare, Workers limits, "simultaneous open connections": 6.
pub(crate) const CONNECTIONS_MAX: usize = 6;

/// Subrequests of one invocation, where `SUBREQUESTS_MAX` says nothing.
///
/// Source: Cloudflare, Workers limits: 10,000 on Workers Paid. Workers Free has 50, and `SUBREQUESTS_MAX` should say so there.
pub(crate) const SUBREQUESTS_DEFAULT: usize = 10_000;

/// What a sender is asked to wait where Kochava named no time.
///
/// Ours: long enough for a short outage to pass, short against Amplitude's four hours.
pub(crate) const RETRY_AFTER_SECONDS: u64 = 30;

/// What a sender is asked to wait where a person has to act.
///
/// Ours: an operator needs minutes, and each try costs the sender one of ten (Amplitude, Webhooks).
pub(crate) const RETRY_AFTER_PAUSED_SECONDS: u64 = 300;

/// Refusals that a reply lists.
///
/// Ours: enough to see what is wrong; the counts say how much.
pub(crate) const REFUSALS_LISTED_MAX: usize = 20;
