//! Maps analytics events to Kochava's server-to-server calls, without doing any I/O.
//!
//! A body as Amplitude's Webhook destination sends it goes in; for every event a [`plan::Fate`]
//! comes out: the exact requests that Kochava shall get, or why there are none.
//!
//! ```
//! use kochava_edge::plan::{Context, Fate, Planner};
//! use kochava_edge::settings::Settings;
//!
//! let settings = Settings::read(r#"{ "app_guid": "koexample", "mapping": {
//!     "kochava_device_id": "user_properties.kochava_device_id", "origination_ip": "ip_address", "idfv": "user_properties.idfv" } }"#).unwrap();
//! let body = br#"{ "event_type": "Level Up", "platform": "iOS", "ip_address": "203.0.113.9",
//!     "user_properties": { "kochava_device_id": "KI-1", "idfv": "11111111-2222-4333-8444-555555555555" } }"#;
//! let plan = Planner::new(settings).plan(body, &Context::default()).unwrap();
//! let [Fate::Ready(parcel)] = plan.fates.as_slice() else { panic!() };
//! assert_eq!(parcel.requests[0].url, "https://control.kochava.com/track/json");
//! ```
//!
//! # What this is not
//!
//! No attribution, no storage, no SDK; no client either: a shell brings clock, chance and network
//! (`worker/`, `pkg/`).
//!
//! # The rooms, in the order of the way
//!
//! | room | question | what it does not know |
//! | --- | --- | --- |
//! | [`json`] | what is a value while it lies in the sender's bytes? | events |
//! | [`key`] | what is a thing called in sixteen bytes? | what it was |
//! | [`path`] | where in an event does a value lie? | events |
//! | [`time`] | when was it? | clocks |
//! | [`event`] | what happened, in our words? | Kochava, settings |
//! | [`source`] | how does a sender spell it? | Kochava, settings |
//! | [`settings`] | what does the operator want? | events' bytes |
//! | [`filter`] | does the operator want this event? | Kochava's rules |
//! | [`mapping`] | which part of the event fills which part of the call? | whether it may be sent |
//! | [`kochava`] | what does Kochava take? | senders, settings |
//! | [`request`] | what exactly is sent? | events |
//! | [`plan`] | what becomes of each event? | any rule |
//! | [`ndjson`] | what becomes of each line? | any rule |
//! | [`explain`] | why does each field say what it says? | how it was decided |
//! | [`inspect`] | does this body keep Kochava's guide, whoever wrote it? | events, settings |
//! | [`delivery`] | how does a request get through? | payloads, URLs, clocks |
//!
//! The durable delivery, for a shell that has a queue and stores; `docs/delivery.md` has the whole
//! picture:
//!
//! | room | question | what it does not know |
//! | --- | --- | --- |
//! | [`taken`] | what came, and under which names is it remembered? | queues |
//! | [`message`] | how does an event wait in a queue? | calls |
//! | [`reject`] | what is kept of an event that cannot be sent? | where |
//! | [`difference`] | what changed between two bodies? | why |
//! | [`intake`] | what becomes of a body that is taken for good? | the consumer |
//! | [`round`] | what becomes of a batch of messages? | the platform |
//! | [`gate`] | may anything be sent now? | events |
//! | [`ledger`] | what became of each message, and how often did what happen? | events |
//! | [`memory`] | was it seen before? | what |
//!
//! What a shell seldom asks for (settings, inspections, deliveries) has `#[inline]` before each
//! function: it is compiled with the crate that asks, for size where that crate is (`pkg/seldom`),
//! the rest of this one for speed.
//!
//! # Invariants
//!
//! - Data flows one way, and a test holds the imports to it.
//! - Any bytes give a plan or an [`source::Unreadable`]; nothing panics.
//! - A [`kochava::Payload`] exists only if every rule of severity `Refuse` holds.
//! - Equal inputs give equal bytes: there is no clock, no chance and no hash order in here.

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

pub mod delivery;
pub mod difference;
pub mod event;
pub mod explain;
pub mod filter;
pub mod gate;
pub mod inspect;
pub mod intake;
pub mod json;
pub mod key;
pub mod kochava;
pub mod ledger;
pub mod limits;
pub mod mapping;
pub mod memory;
pub mod message;
pub mod ndjson;
pub mod path;
pub mod plan;
pub mod reject;
pub mod request;
pub mod round;
pub mod settings;
pub mod source;
pub mod steps;
pub mod taken;
pub mod time;
pub mod trace;

/// This release.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
