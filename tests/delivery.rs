//! What becomes of the calls of a parcel, for every answer of Kochava.
//!
//! There is no clock and no network: scripts give the outcome and the duration of each attempt, and
//! a loop over the steps runs in virtual time. `delivery/scripts.json` is one table for all who use
//! the parcel machine: `delivery/scripts.rs` plays it here, `pkg/test/deliver-scripts.test.mjs` in
//! the npm package.

mod delivery {
    mod answers;
    mod scripts;
    mod timing;
}
mod support;
