//! Delivery of one request: attempts, answers, waits, and the circuit breaker.
//!
//! The outcome of an attempt and a random number go in; the next step comes out. The caller owns
//! clock, randomness and network. `attempts` is the machine of one delivery, `answer` classifies
//! outcomes (with `retry_after` for the header), `backoff` gives the wait between attempts while
//! the sender waits, `schedule` the wait of an event in a queue. Knows neither bodies nor URLs.

mod answer;
mod attempts;
mod backoff;
mod breaker;
mod retry_after;
mod schedule;

pub use answer::{Answer, Confirmation, Outcome};
pub use attempts::{Delivery, FailureReason, RetryPolicy, Step};
pub use breaker::{
    Breaker, BreakerReport, BreakerResponse, Breakers, OpenState, Permit, TripReason,
};
pub use schedule::RetrySchedule;
