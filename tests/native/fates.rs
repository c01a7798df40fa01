//! What does the core itself say? The other hosts of the core are held against it.
//!
//! `fates CASES SETTINGS LINES` prints the fates of every case, a line each under the case's name,
//! and then those of every line under the settings.

use kochava_edge::{Context, Moment, Planner, Settings, ShapeCache, write_fate};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn Error>> {
    let [cases, settings, lines] = <[String; 3]>::try_from(env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "fates CASES SETTINGS LINES")?;
    let mut folders: Vec<_> = fs::read_dir(cases)?
        .map(|folder| folder.map(|folder| folder.path()))
        .collect::<Result<_, _>>()?;
    folders.sort();
    let mut out = String::new();
    for folder in folders {
        let expected: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("expected.json"))?)?;
        let received_at = expected["context"]["receivedAt"]
            .as_i64()
            .map(Moment::from_millis);
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        writeln!(out, "# {name}")?;
        match planner(&fs::read_to_string(folder.join("settings.json"))?)?.plan(
            &fs::read(folder.join("event.json"))?,
            &Context {
                received_at,
                ..Context::default()
            },
        ) {
            Ok(plan) => {
                for fate in &plan.fates {
                    write_fate(&mut out, fate);
                    out.push('\n');
                }
            }
            Err(unreadable) => writeln!(out, "{} {}", unreadable.code(), unreadable.offset)?,
        }
    }
    planner(&fs::read_to_string(settings)?)?.plan_ndjson(
        &fs::read(lines)?,
        &Context::default(),
        &mut ShapeCache::default(),
        &mut out,
    );
    io::stdout().lock().write_all(out.as_bytes())?;
    Ok(())
}

fn planner(settings: &str) -> Result<Planner, String> {
    Settings::read(settings)
        .map(Planner::new)
        .map_err(|faults| format!("{faults:?}"))
}
