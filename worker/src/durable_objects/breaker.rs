//! May anything be sent now? One object for all routes: its decisions are `kochava_edge::gate`'s.

use super::{Kept, answer, ask};
use crate::clock;
use crate::config::Config;
use crate::platform::{Failed, Storage, storage};
use kochava_edge::{BreakerReport, BreakerResponse, Breakers, Moment, Permit};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::web_sys::{Request, Response};

/// The gates of all routes.
#[wasm_bindgen]
pub struct Gate {
    storage: Storage,
    env: Env,
    kept: Kept<Breakers>,
}

#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
impl Gate {
    /// One that knows nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: &JsValue, env: Env) -> Self {
        Gate {
            storage: storage(state),
            env,
            kept: Kept::new(),
        }
    }

    /// Answers what it is asked.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        answer(request, &|path, text| self.answer(path, text)).await
    }
}

impl Gate {
    fn answer(&self, path: &str, text: &str) -> Result<String, Failed> {
        let act = |gates: &mut Breakers| {
            let before = gates.clone();
            let answer = match path {
                "enter" => enter(gates, text),
                "report" => self.report(gates, text)?,
                _ => gates.text(),
            };
            if *gates != before {
                self.storage.run(
                    "INSERT OR REPLACE INTO gates (id, text) VALUES (0, ?)",
                    &[gates.text().into()],
                )?;
            }
            Ok(answer)
        };
        self.kept.with(|| self.read(), act)
    }
}

impl Gate {
    /// What the gates say to each of these routes; nothing where they do not answer.
    pub(crate) async fn enter(env: &Env, routes: &[String]) -> Option<Vec<Permit>> {
        let answer = ask(env, BINDING, NAME, "enter", &routes.join("\n"))
            .answer()
            .await
            .ok()?;
        let mut passes = Vec::new();
        for line in answer.lines() {
            passes.push(Permit::read(line)?);
        }
        Some(passes)
    }

    /// What follows from these reports.
    pub(crate) async fn report_all(
        env: &Env,
        reports: &[(String, BreakerReport)],
    ) -> Option<Vec<BreakerResponse>> {
        let mut lines = String::new();
        for (route, report) in reports {
            lines.push_str(if lines.is_empty() { "" } else { "\n" });
            lines.push_str(&[&report.text(), "\t", route].concat());
        }
        let answer = ask(env, BINDING, NAME, "report", &lines)
            .answer()
            .await
            .ok()?;
        let mut rulings = Vec::new();
        for line in answer.lines() {
            rulings.push(BreakerResponse::read(line)?);
        }
        Some(rulings)
    }

    /// The state of all gates.
    pub(crate) async fn state(env: &Env) -> Option<Breakers> {
        Some(Breakers::read(
            &ask(env, BINDING, NAME, "state", "").answer().await.ok()?,
        ))
    }

    fn read(&self) -> Result<Breakers, Failed> {
        self.storage.run(
            "CREATE TABLE IF NOT EXISTS gates (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
            &[],
        )?;
        let rows = self.storage.run("SELECT text FROM gates", &[])?;
        Ok(rows
            .first()
            .and_then(|row| row.get(0).as_string())
            .map_or_else(Breakers::default, |text| Breakers::read(&text)))
    }

    fn report(&self, gates: &mut Breakers, text: &str) -> Result<String, Failed> {
        let config = Config::of(&self.env).map_err(|_| Failed)?;
        let schedule = &config.planner.settings().schedule;
        let now = Moment::from_millis(clock::now());
        let mut rulings = Vec::new();
        for line in text.lines() {
            let (report, route) = line.split_once('\t').ok_or(Failed)?;
            let report = BreakerReport::read(report).ok_or(Failed)?;
            rulings.push(
                gates
                    .report(route, &report, schedule, now, js_sys::Math::random())
                    .text(),
            );
        }
        Ok(rulings.join("\n"))
    }
}

fn enter(gates: &mut Breakers, text: &str) -> String {
    let now = Moment::from_millis(clock::now());
    let passes: Vec<_> = text
        .lines()
        .map(|route| gates.permit(route, now).text())
        .collect();
    passes.join("\n")
}

const BINDING: &str = "GATE";
const NAME: &str = "gate";
