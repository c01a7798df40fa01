//! How the calls of a parcel get through: attempts, answers, waits, and the circuit breakers.
//!
//! The outcome of an attempt and a random number go in; the next step comes out. The caller owns
//! clock, randomness and network. `answer` reads outcomes (with `retry_after` for the header),
//! `parcel` is the machine of one parcel, with `backoff` for the waits between its attempts;
//! `schedule` has the waits of an event in a queue. `report` collects what a run saw on a route,
//! `breaker` judges the route by it, for a `trip_reason`; `breakers` holds those of all routes.
//! Knows neither bodies nor URLs.

mod answer;
mod backoff;
mod breaker;
mod breakers;
mod parcel;
mod report;
mod retry_after;
mod schedule;
mod trip_reason;

pub use answer::{Answer, Confirmation, FailureReason, Outcome};
pub use breaker::{Breaker, OpenState, Permit};
pub use breakers::Breakers;
pub use parcel::{ParcelDelivery, ParcelEnd, ParcelStep, PostedCall, RetryPolicy, WaitingParcel};
pub use report::{BreakerReport, BreakerResponse};
pub use schedule::RetrySchedule;
pub use trip_reason::TripReason;
