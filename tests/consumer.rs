//! The consumer's state machine, step by step: scripts say what Kochava answers and which effects
//! fail, and the journal is the real one.

mod consumer {
    mod conservation;
    mod copies;
    mod counts;
    mod effects;
    mod faulty;
    mod installs;
    mod large;
    mod loners;
    pub(crate) mod shell;
    mod stores;
    mod synthetic;
    mod waits;
    mod watch;
}
mod support;

use consumer::shell::{Fault, Queued, Shell, event, event_of};
