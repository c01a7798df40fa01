//! The Worker's configuration, read from its variables, secrets and bindings.
//!
//! In: [`Variables`]. Out: a [`Config`], or all faults. It is read once per isolate, since a change
//! of any variable is a new version of the Worker, which starts new isolates. A sync with faults
//! stops itself; where none is left without, or the faults are of all syncs, there is no [`Config`].

mod document;
mod operator;
pub(crate) mod sync;
#[cfg(test)]
mod tests;
mod variables;

use crate::access::Access;
use crate::authenticate::{Tokens, sdk_keys, token};
use crate::limits::{JOURNAL_SHARDS_MAX, SUBREQUESTS_DEFAULT, TOKEN_CHARS_MIN};
use crate::rate::{DEVICE_RATE, KEY_RATE};
use crate::tee;
use kochava_edge::{Endpoint, SettingsFault};
use std::borrow::Cow;
use std::cell::OnceCell;
use sync::{ReadySync, Sync};
use variables::{QUEUE, STORES};
use worker::Env;

pub(crate) use document::variable_of;
pub(crate) use variables::{Bindings, Variable, Variables};

/// The configuration or its faults, with the parts that are needed in both cases.
pub(crate) struct Setup {
    pub(crate) bindings: Bindings,
    pub(crate) ingest_tokens: Tokens,
    /// Empty where `ADMIN_TOKEN` itself has a fault.
    pub(crate) admin_tokens: Tokens,
    /// The keys of SDKs.
    pub(crate) sdk_keys: Tokens,
    /// The secret of Segment's Webhook destination.
    pub(crate) segment_secret: Option<String>,
    /// Whether SDKs may send only so often.
    pub(crate) has_rates: bool,
    /// Whether events go through the queue.
    pub(crate) is_durable: bool,
    /// How many shards the journal has.
    pub(crate) shards: u32,
    /// Every sync, the one without a name first; at least one.
    pub(crate) syncs: Vec<Sync>,
    /// Where alerts are sent to.
    pub(crate) alert_url: Option<String>,
    /// The application in Cloudflare Access that lets operators in.
    pub(crate) access: Option<Access>,
    pub(crate) config: Result<Config, Vec<SettingsFault>>,
}

/// What all syncs share, without faults.
pub(crate) struct Config {
    pub(crate) subrequests_max: usize,
    /// Where the requests of Amplitude's SDKs are forwarded to.
    pub(crate) tee: Option<Endpoint>,
    /// How many shards the journal has.
    pub(crate) shards: u32,
}

impl Setup {
    /// Returns the setup of this isolate; reads it at the first call.
    pub(crate) fn of(env: &Env) -> &'static Self {
        thread_local! {
            static READ: OnceCell<&'static Setup> = const { OnceCell::new() };
        }
        // leaked, since it lives as long as the isolate
        READ.with(|read| {
            *read.get_or_init(|| Box::leak(Box::new(Setup::read(&Variables::of(env)))))
        })
    }

    fn read(variables: &Variables) -> Self {
        let mut faults = Vec::new();
        let endpoint = endpoint(variables, &mut faults);
        let (names, unreadable) = document::syncs(variables);
        let syncs: Vec<Sync> = names
            .into_iter()
            .map(|name| Sync::read(variables, name, &endpoint, &unreadable))
            .chain(unreadable.iter().map(Sync::unreadable))
            .collect();
        let config = Config::read(variables, &syncs, faults, endpoint.is_loopback());
        let faults = config.as_ref().err();
        let is_admin_token_faulty = faults
            .into_iter()
            .flatten()
            .any(|fault| fault.path == ADMIN_TOKEN);
        Setup {
            bindings: Bindings::of(variables),
            ingest_tokens: Tokens::ingest(variables),
            admin_tokens: if is_admin_token_faulty {
                Tokens::default()
            } else {
                Tokens::admin(variables)
            },
            sdk_keys: Tokens::sdk(variables),
            segment_secret: token(variables, "SEGMENT_SECRET").map(str::to_owned),
            has_rates: [KEY_RATE, DEVICE_RATE]
                .iter()
                .any(|name| variables.contains(name)),
            is_durable: variables.contains(QUEUE),
            shards: shards(variables, &mut Vec::new()),
            syncs,
            alert_url: operator::alert_url(variables, &mut Vec::new()),
            access: operator::access(variables, &mut Vec::new()),
            config,
        }
    }

    /// Returns the sync of this name, empty for the one without; `None` where there is none.
    pub(crate) fn sync(&self, name: &str) -> Option<&Sync> {
        self.syncs.iter().find(|sync| sync.name == name)
    }

    /// Returns the syncs without faults.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &ReadySync> {
        self.syncs
            .iter()
            .filter_map(|sync| sync.ready.as_ref().ok())
    }

    /// Returns whether there is more than the sync without a name.
    pub(crate) fn has_names(&self) -> bool {
        self.syncs.iter().any(|sync| !sync.name.is_empty())
    }

    /// Returns every fault of the configuration, but those of syncs that are switched off.
    pub(crate) fn faults(&self) -> Vec<SettingsFault> {
        match &self.config {
            Err(faults) => faults.clone(),
            Ok(_) => sync::faults(&self.syncs),
        }
    }
}

impl Config {
    fn read(
        variables: &Variables,
        syncs: &[Sync],
        mut faults: Vec<SettingsFault>,
        is_local: bool,
    ) -> Result<Self, Vec<SettingsFault>> {
        let subrequests_max = number(variables, "SUBREQUESTS_MAX", SUBREQUESTS, &mut faults);
        let shards = shards(variables, &mut faults);
        let tee = tee(variables, &mut faults);
        check_tokens(variables, is_local, &mut faults);
        check_sdk_keys(variables, &mut faults);
        operator::alert_url(variables, &mut faults);
        operator::access(variables, &mut faults);
        check_stores(variables, &mut faults);
        if faults.is_empty() && syncs.iter().any(|sync| sync.ready.is_ok()) {
            return Ok(Config {
                subrequests_max,
                tee,
                shards,
            });
        }
        faults.extend(sync::faults(syncs));
        Err(faults)
    }
}

/// Checks that the ingest token is set, that each token is long enough, and that the operator's
/// token differs from the ingest tokens.
fn check_tokens(variables: &Variables, is_local: bool, faults: &mut Vec<SettingsFault>) {
    if token(variables, "INGEST_TOKEN").is_none() {
        faults.push(fault("INGEST_TOKEN", "missing", INGEST_TOKEN_MISSING));
    }
    for name in ["INGEST_TOKEN", "INGEST_TOKEN_NEXT", ADMIN_TOKEN] {
        let is_short =
            token(variables, name).is_some_and(|token| token.chars().count() < TOKEN_CHARS_MIN);
        // a Worker on a developer's machine may have a short token
        if is_short && !is_local {
            faults.push(fault(
                name,
                "too-short",
                format!(
                    "must have at least {TOKEN_CHARS_MIN} characters: `openssl rand -hex 32` generates one"
                ),
            ));
        }
    }
    let ingest_tokens = Tokens::ingest(variables);
    if token(variables, ADMIN_TOKEN).is_some_and(|admin| ingest_tokens.contain(admin)) {
        faults.push(fault(
            ADMIN_TOKEN,
            "invalid",
            "must differ from the ingest tokens, or every sender could use the operator's routes",
        ));
    }
}

/// Checks that no key of an SDK, which anybody can read in an app, is a token.
fn check_sdk_keys(variables: &Variables, faults: &mut Vec<SettingsFault>) {
    let tokens = [Tokens::ingest(variables), Tokens::admin(variables)];
    let is_token = |key: &str| tokens.iter().any(|tokens| tokens.contain(key));
    if sdk_keys(variables).any(is_token) {
        faults.push(fault(
            SDK_KEYS,
            "invalid",
            "must differ from every token: a key is public, since an app contains it",
        ));
    }
    if variables.contains(SDK_KEYS) && !matches!(variables.get(SDK_KEYS), Some(Variable::Text(_))) {
        faults.push(fault(
            SDK_KEYS,
            "wrong-type",
            "must be text: the keys, separated by commas",
        ));
    }
}

/// Reads where the requests of Amplitude's SDKs are forwarded to: to Amplitude, or to this machine.
fn tee(variables: &Variables, faults: &mut Vec<SettingsFault>) -> Option<Endpoint> {
    if !variables.contains(TEE) {
        return None;
    }
    let url = variables.text(TEE).unwrap_or_default();
    let endpoint = Endpoint::parse(url).ok();
    let endpoint = endpoint
        .filter(|endpoint| endpoint.is_loopback() || tee::HOSTS.contains(&endpoint.origin()));
    if endpoint.is_none() {
        let message = format!("must be one of {}", tee::HOSTS.join(", "));
        faults.push(fault(TEE, "invalid", message));
    }
    endpoint
}

/// Checks that the stores of durable delivery are bound if the queue is.
fn check_stores(variables: &Variables, faults: &mut Vec<SettingsFault>) {
    if !variables.contains(QUEUE) {
        return;
    }
    let missing = STORES.into_iter().filter(|name| !variables.contains(name));
    faults.extend(missing.map(|name| {
        fault(
            name,
            "missing",
            "must be bound if QUEUE is: copy the binding from wrangler.toml of the repository",
        )
    }));
}

fn endpoint(variables: &Variables, faults: &mut Vec<SettingsFault>) -> Endpoint {
    if !variables.contains("KOCHAVA_URL") {
        return Endpoint::default();
    }
    let url = variables.text("KOCHAVA_URL").unwrap_or_default();
    Endpoint::parse(url).unwrap_or_else(|reason| {
        faults.push(fault("KOCHAVA_URL", "invalid", reason.to_string()));
        Endpoint::default()
    })
}

fn shards(variables: &Variables, faults: &mut Vec<SettingsFault>) -> u32 {
    let shards = number(variables, "JOURNAL_SHARDS", (1, JOURNAL_SHARDS_MAX), faults);
    u32::try_from(shards).unwrap_or(1)
}

/// Reads a variable that is a whole number from 1 to the largest; where it is absent, the first of
/// the pair.
fn number(
    variables: &Variables,
    name: &str,
    (default, largest): (usize, usize),
    faults: &mut Vec<SettingsFault>,
) -> usize {
    let read: Option<usize> = match variables.get(name) {
        None => return default,
        Some(Variable::Text(text) | Variable::Json(text)) => text.parse().ok(),
        Some(Variable::Binding) => None,
    };
    read.filter(|number| (1..=largest).contains(number))
        .unwrap_or_else(|| {
            let message = if largest == usize::MAX {
                "must be a whole number above 0".to_owned()
            } else {
                format!("must be a whole number from 1 to {largest}")
            };
            faults.push(fault(name, "invalid", message));
            default
        })
}

/// The default and the largest value of `SUBREQUESTS_MAX`.
const SUBREQUESTS: (usize, usize) = (SUBREQUESTS_DEFAULT, usize::MAX);

const ADMIN_TOKEN: &str = "ADMIN_TOKEN";
const SDK_KEYS: &str = "SDK_KEYS";
const TEE: &str = "TEE_AMPLITUDE";

/// The message for a missing `INGEST_TOKEN`, with the command for each environment.
pub(crate) const INGEST_TOKEN_MISSING: &str = "the secret INGEST_TOKEN is not set; locally: `cp .dev.vars.example .dev.vars`; deployed: `npx wrangler secret put INGEST_TOKEN`";

fn fault(path: &str, code: &'static str, message: impl Into<Cow<'static, str>>) -> SettingsFault {
    SettingsFault {
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}
