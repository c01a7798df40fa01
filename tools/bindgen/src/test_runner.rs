//! Runs `wasm-bindgen-test` tests in Node: the runner that `cargo test` starts for wasm32.

use std::env;

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(env::args_os())
}
