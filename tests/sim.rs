//! Simulation of the durable delivery: every event is in exactly one place, whatever fails.
//!
//! The core's own workflows run in virtual time, each interpreted by a loop that knows no order,
//! against a queue, a Kochava, stores, senders and an operator whose faults a seed decides. Every
//! run ends with a check of the invariants (`sim/invariants.rs`). `SEED=7` replays one world exactly.

mod sim {
    mod accounts;
    mod big;
    mod consumer;
    mod counts;
    mod directed;
    mod every_step;
    mod evidence;
    mod explore;
    mod fault_plan;
    mod history;
    mod ingest;
    mod invariants;
    mod kochava;
    mod mutants;
    mod operator;
    mod order;
    mod queue;
    mod random;
    mod random_worlds;
    mod schedule;
    mod senders;
    mod settings;
    mod shard;
    mod stores;
    mod syncs;
    mod world;
}
