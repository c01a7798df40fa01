//! Generates the JavaScript glue around a compiled wasm, for one of the two hosts of this project.
//!
//! In: the name of the host, the `Cargo.lock` that the wasm was built with, the wasm, and the
//! folder for the output; with `names` after them the wasm keeps the names of its functions, for a
//! profile. Out: `<name>.js` and `<name>_bg.wasm` in that folder. It fails if the lock file names
//! another version of `wasm-bindgen` than this tool was built with, because the two must agree on
//! the format of the descriptions inside the wasm.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: kochava-edge-bindgen (package|worker) CARGO_LOCK WASM OUT_DIR [names]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (args, keeps_names) = match args.as_slice() {
        [args @ .., last] if last == "names" => (args, true),
        args => (args, false),
    };
    let [host, lock, wasm, out_dir] = args else {
        bail!(USAGE);
    };
    check_version(lock)?;
    let mut bindgen = Bindgen::new();
    match host.as_str() {
        "package" => bindgen.web(true)?.out_name("kochava_edge"),
        // the Worker starts anew after a trap: worker/entry.mjs calls what these two add
        "worker" => bindgen
            .module(true)?
            .out_name("index")
            .reset_state_function(true)
            .force_enable_abort_handler(true),
        _ => bail!(USAGE),
    };
    bindgen
        .input_path(wasm)
        .typescript(false)
        .remove_name_section(!keeps_names)
        .remove_producers_section(true)
        .generate(Path::new(out_dir))
        .with_context(|| format!("cannot generate the JavaScript glue of {wasm}"))
}

/// Compares the version of `wasm-bindgen` in a lock file with the one this tool was built with.
fn check_version(lock: &str) -> Result<()> {
    let text = fs::read_to_string(lock).with_context(|| format!("cannot read {lock}"))?;
    let wanted = text
        .split("[[package]]")
        .find(|package| package.contains("name = \"wasm-bindgen\"\n"))
        .and_then(|package| package.split("version = \"").nth(1))
        .and_then(|rest| rest.split('"').next())
        .with_context(|| format!("no wasm-bindgen in {lock}"))?;
    let built = wasm_bindgen_shared::version();
    ensure!(
        wanted == built,
        "wasm-bindgen is {wanted} in {lock} and {built} in tools/bindgen: set \
         both `wasm-bindgen-…` versions in tools/bindgen/Cargo.toml to `={wanted}` and run \
         `cargo update --workspace --manifest-path tools/bindgen/Cargo.toml`"
    );
    Ok(())
}
