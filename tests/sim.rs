//! Simulation of the durable delivery: every event is in exactly one place, whatever fails.
//!
//! The core's own workflows run in virtual time, in a shell with the Worker's order of I/O, against
//! a queue, a Kochava, stores and senders whose faults a seed decides. Every run ends with a check of
//! the invariants (`sim/invariants.rs`). `SEED=7` replays one world exactly.

mod sim {
    mod big;
    mod consumer;
    mod counts;
    mod directed;
    mod every_step;
    mod fault_plan;
    mod history;
    mod ingest;
    mod invariants;
    mod kochava;
    mod mutants;
    mod order;
    mod queue;
    mod random;
    mod random_worlds;
    mod schedule;
    mod senders;
    mod stores;
    mod world;
}
