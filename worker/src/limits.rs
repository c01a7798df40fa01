//! The limits of the Worker: those of the platform with their source, and our own with the reason.

/// Largest inbound body, compressed or not.
///
/// Ours: an isolate has 128 MB for all its requests, and wasm memory never shrinks (Cloudflare,
/// Workers limits); Amplitude sends single events of a few KB (Amplitude, Webhooks).
pub(crate) const BODY_BYTES_MAX: usize = 5_000_000;

/// Deflate blocks of a gzip body, in all its members.
///
/// Ours: an encoder that flushes after each of 2,000 elements writes two blocks for each, and one
/// that does not flush a block for some 16 KB or more (zlib, `deflate.c`). An empty block takes ten
/// bits of input and about a microsecond: 5 MB hold four million.
pub(crate) const GZIP_BLOCKS_MAX: usize = 20_000;

/// Elements of one batch.
///
/// Source: Amplitude, HTTP V2 API, "2000 events" a request; its webhooks send one. Two bytes can be
/// an element, and an isolate has 128 MB.
pub(crate) const ELEMENTS_MAX: usize = 2_000;

/// Bytes of all the bodies that one batch is planned into.
///
/// Ours: an isolate has 128 MB for all its requests (Cloudflare, Workers limits), and every body is
/// copied once more on its way out.
pub(crate) const PLANNED_BYTES_MAX: usize = 16_000_000;

/// Fewest characters of a token.
///
/// Ours: 16 characters of hex digits are 64 bits, beyond guessing over a network; the fault
/// names a command that generates 256.
pub(crate) const TOKEN_CHARS_MIN: usize = 16;

/// Connections that wait for response headers at the same time.
///
/// Source: Cloudflare, Workers limits, "simultaneous open connections": 6.
pub(crate) const CONNECTIONS_MAX: usize = 6;

/// Subrequests of one invocation, if `SUBREQUESTS_MAX` is not set.
///
/// Source: Cloudflare, Workers limits: 10,000 on Workers Paid. Workers Free has 50, to
/// which `SUBREQUESTS_MAX` should be set there.
pub(crate) const SUBREQUESTS_DEFAULT: usize = 10_000;

/// Seconds after which a sender should retry if Kochava sent no `Retry-After`.
///
/// Ours: long enough for a short outage to pass, short against Amplitude's four hours.
pub(crate) const RETRY_AFTER_SECONDS: u64 = 30;

/// Seconds after which a sender should retry if a person has to act.
///
/// Ours: an operator needs minutes, and each try costs the sender one of ten (Amplitude, Webhooks).
pub(crate) const RETRY_AFTER_PAUSED_SECONDS: u64 = 300;

/// Bytes of a wrong key that a reply to Amplitude's SDKs repeats.
///
/// Ours: four times the length of Amplitude's keys, 32 hex digits; a reply is never as long as what
/// anybody sends.
pub(crate) const KEY_BYTES_ECHOED_MAX: usize = 128;

/// Milliseconds that Amplitude has for its answer to a forwarded request.
///
/// Ours: below the shortest time after which its SDKs give up (10 s, that for Node.js).
pub(crate) const TEE_MILLIS_MAX: f64 = 8_000.0;

/// Largest answer of Amplitude that is passed on.
///
/// Ours: it lists at most 2,000 events, devices and users (Amplitude, HTTP V2 API).
pub(crate) const TEE_ANSWER_BYTES_MAX: usize = 1_000_000;

/// Devices of one request whose rates are limited.
///
/// Ours: an SDK on a device has one, and a few while its user changes; the batch of a server has
/// hundreds, and each costs a call of the platform.
pub(crate) const DEVICES_LIMITED_MAX: usize = 20;

/// Refusals that a reply lists.
///
/// Ours: enough to find the cause; the counts are complete.
pub(crate) const REFUSALS_LISTED_MAX: usize = 20;

/// Most shards of the journal that `JOURNAL_SHARDS` may set.
///
/// Source: Cloudflare, Durable Objects limits, "about 1,000 requests/s an object"; a wave of up to
/// a hundred messages makes two, so that one shard serves any queue consumer at its most common
/// concurrency.
pub(crate) const JOURNAL_SHARDS_MAX: usize = 64;

/// Messages that a consumer delivers before it settles them.
///
/// Source: Cloudflare, Queues limits, `max_batch_size` "at most 100". What a crash can send twice;
/// each wave costs two requests to the journal.
pub(crate) const WAVE_MESSAGES: usize = 100;

/// Bytes of the messages that a consumer delivers before it settles them.
///
/// Ours: a few hundred events of common size, which are sent within seconds.
pub(crate) const WAVE_BYTES: usize = 400_000;

/// Milliseconds after which a consumer begins no further wave of its batch and hands out no call.
///
/// Source: Cloudflare, Queues limits, "15 min wall"; a wave ends well within the rest.
pub(crate) const CONSUMER_MILLIS_MAX: i64 = 10 * 60_000;

/// Milliseconds of the same for each sync, where there are several.
///
/// Ours: as long as one wave sends. A batch waits for the slowest of its syncs, and the others' next
/// messages for a free consumer.
pub(crate) const SYNC_MILLIS_MAX: i64 = 60_000;

/// Bytes of the largest text in one SQL value.
///
/// Source: Cloudflare, D1 limits, "row or blob: 2,000,000 bytes"; less than half, since JSON may
/// escape it.
pub(crate) const SQL_TEXT_BYTES_MAX: usize = 900_000;

/// Ids that one request of the operator may list.
///
/// Ours: five pages of the longest list; a filter selects more.
pub(crate) const IDS_MAX: usize = 1_000;

/// Rejects that one page lists.
///
/// Ours: a screen or two.
pub(crate) const PAGE_DEFAULT: usize = 50;

/// Most rejects that one page lists.
///
/// Ours: bounds the answer.
pub(crate) const PAGE_MAX: usize = 200;

/// Milliseconds for which `/health` reports the same look at the stores.
///
/// Ours: a monitor asks every 30 to 60 s; a flood costs each isolate one look in this time.
pub(crate) const HEALTH_MILLIS: i64 = 5_000;

/// Milliseconds after which a store that has not answered `/health` counts as failed.
///
/// Ours: monitors give up after 5 to 10 s. Beyond what the database's repetitions wait.
pub(crate) const HEALTH_PART_MILLIS_MAX: u64 = 2_500;

/// Milliseconds after which a look of `/health` counts as ended, even if nobody said so.
///
/// Ours: longer than any store is waited for.
pub(crate) const HEALTH_LOOK_MILLIS_MAX: i64 = 3_000;

/// Milliseconds between two questions whether another request's look has ended.
///
/// Ours: about as long as one call of an object takes.
pub(crate) const HEALTH_POLL_MILLIS: u64 = 20;

/// UTF-16 units of a message from which its sync is read.
///
/// Ours: what stands before the name, and a name of 150 characters. For a longer one the whole message is read.
pub(crate) const MESSAGE_START_UNITS: u32 = 170;
