//! The object with the breakers of all routes. [`kochava_edge::Breakers`] decides.

use super::{Cached, Sqlite, answer, call};
use crate::clock;
use crate::config::Config;
use crate::platform::PlatformError;
use kochava_edge::{BreakerReport, BreakerResponse, Breakers, Moment, Permit};
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, SqlStorageValue, State, durable_object};

/// The breakers of all routes.
#[durable_object(fetch)]
pub struct Breaker {
    sqlite: Sqlite,
    env: Env,
    cached: Cached<Breakers>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BreakerRequest {
    /// Asks for a permit for each route.
    Permits(Vec<String>),
    /// Reports, by route.
    Reports(Vec<(String, BreakerReport)>),
    /// Asks for the state of all breakers.
    State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BreakerAnswer {
    /// One permit for each route, in the order of the request.
    Permits(Vec<Permit>),
    /// One response for each report, in the order of the request.
    Responses(Vec<BreakerResponse>),
    State(Breakers),
}

impl DurableObject for Breaker {
    fn new(state: State, env: Env) -> Self {
        Breaker {
            sqlite: Sqlite::of(state),
            env,
            cached: Cached::new(),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        answer(request, |request| {
            let act = |breakers: &mut Breakers| {
                let before = breakers.clone();
                let answer = self.handle(breakers, request)?;
                if *breakers != before {
                    self.write(breakers)?;
                }
                Ok(answer)
            };
            self.cached.with(|| self.read(), act)
        })
        .await
    }
}

impl Breaker {
    fn handle(
        &self,
        breakers: &mut Breakers,
        request: BreakerRequest,
    ) -> worker::Result<BreakerAnswer> {
        let now = Moment::from_millis(clock::now());
        Ok(match request {
            BreakerRequest::Permits(routes) => {
                let permits = routes.iter().map(|route| breakers.permit(route, now));
                BreakerAnswer::Permits(permits.collect())
            }
            BreakerRequest::Reports(reports) => {
                let config =
                    Config::of(&self.env).map_err(|_| worker::Error::from("misconfigured"))?;
                let schedule = &config.planner.settings().schedule;
                let responses = reports.iter().map(|(route, report)| {
                    let jitter = js_sys::Math::random();
                    breakers.report(route, report, schedule, now, jitter)
                });
                BreakerAnswer::Responses(responses.collect())
            }
            BreakerRequest::State => BreakerAnswer::State(breakers.clone()),
        })
    }

    fn read(&self) -> worker::Result<Breakers> {
        let table =
            "CREATE TABLE IF NOT EXISTS breakers (id INTEGER PRIMARY KEY, state TEXT NOT NULL)";
        self.sqlite.run(table, Vec::new())?;
        let rows = self.sqlite.run("SELECT state FROM breakers", Vec::new())?;
        Ok(match rows.first().map(Vec::as_slice) {
            // a state that cannot be read is dropped: the breakers open again after new failures
            Some([SqlStorageValue::String(json)]) => serde_json::from_str(json).unwrap_or_default(),
            _ => Breakers::default(),
        })
    }

    fn write(&self, breakers: &Breakers) -> worker::Result<()> {
        let statement = "INSERT OR REPLACE INTO breakers (id, state) VALUES (0, ?)";
        let json = serde_json::to_string(breakers)?;
        self.sqlite.run(statement, vec![json.into()]).map(drop)
    }
}

// calls of the object
impl Breaker {
    /// Requests one permit for each route.
    pub(crate) async fn permits(
        env: &Env,
        routes: &[String],
    ) -> Result<Vec<Permit>, PlatformError> {
        match ask(env, &BreakerRequest::Permits(routes.to_vec())).await? {
            BreakerAnswer::Permits(permits) if permits.len() == routes.len() => Ok(permits),
            _ => Err(PlatformError::Breaker),
        }
    }

    /// Sends reports; returns one response for each.
    pub(crate) async fn report(
        env: &Env,
        reports: &[(String, BreakerReport)],
    ) -> Result<Vec<BreakerResponse>, PlatformError> {
        match ask(env, &BreakerRequest::Reports(reports.to_vec())).await? {
            BreakerAnswer::Responses(responses) if responses.len() == reports.len() => {
                Ok(responses)
            }
            _ => Err(PlatformError::Breaker),
        }
    }

    /// Reads the state of all breakers.
    pub(crate) async fn state(env: &Env) -> Result<Breakers, PlatformError> {
        match ask(env, &BreakerRequest::State).await? {
            BreakerAnswer::State(breakers) => Ok(breakers),
            _ => Err(PlatformError::Breaker),
        }
    }
}

async fn ask(env: &Env, request: &BreakerRequest) -> Result<BreakerAnswer, PlatformError> {
    call(env, "BREAKER", "breaker", request, PlatformError::Breaker).await
}
