//! Cloudflare Access in front of the operator's routes.
//!
//! In: a request, and the team and audience of the application. Out: whether Access let it through:
//! its header is a token that is signed with a key of the team, is for this application, and has not
//! expired (Cloudflare, Validate JWTs). The keys are read again after an hour, or for a key that is
//! not known, at most once a minute. Where they cannot be read nobody is let through, and the next
//! request that needs them reads them ten seconds later at the earliest.

use crate::clock;
use crate::http;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use js_sys::{Array, Object, Reflect, Uint8Array};
use serde_json::Value;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{AbortSignal, Request, Response, WorkerGlobalScope};

#[wasm_bindgen]
extern "C" {
    // not web_sys's `SubtleCrypto`, whose dictionaries need as much code as the calls
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    fn verify(
        algorithm: &str,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<js_sys::Promise, JsValue>;
}

/// The application in Cloudflare Access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The address of the team, `https://TEAM.cloudflareaccess.com`.
    pub(crate) issuer: String,
    /// The tag of the application.
    pub(crate) audience: String,
}

/// A token, taken apart.
struct Token {
    header: Value,
    claims: Value,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let read = |part: &str| serde_json::from_str(&String::from_utf8(decode(part)?).ok()?).ok();
        Some(Token {
            header: read(header)?,
            claims: read(claims)?,
            signed: signed.as_bytes().to_vec(),
            signature: decode(signature)?,
        })
    }

    /// Returns whether the token is for this application and holds at this time, in seconds.
    fn is_for(&self, access: &Access, now: i64) -> bool {
        let claims = &self.claims;
        // one audience or several (RFC 7519, section 4.1.3)
        let is_audience = claims["aud"] == *access.audience
            || claims["aud"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| *one == *access.audience));
        let seconds = |name: &str| claims[name].as_i64();
        // no other algorithm: "none" and HMAC with the public key are the known attacks
        self.header["alg"] == "RS256"
            && is_audience
            && claims["iss"] == *access.issuer
            && seconds("exp").is_some_and(|end| now < end)
            && seconds("nbf").is_none_or(|start| now >= start)
    }
}

/// The keys of the team; when they were read, and when that failed last, in milliseconds.
#[derive(Default)]
struct Keys {
    by_id: Vec<(String, JsValue)>,
    read_at: i64,
    failed_at: i64,
}

thread_local! {
    static KEYS: RefCell<Keys> = RefCell::default();
}

const KEYS_MILLIS_MAX: i64 = 3_600_000;
const KEYS_MILLIS_MIN: i64 = 60_000;
/// Milliseconds after a failure within which the keys are not requested again.
///
/// Ours: requests without a token of the operator must not become as many requests to Cloudflare,
/// and an operator whose keys are back reloads the page.
const FAILED_MILLIS: i64 = 10_000;
const KEYS_BYTES_MAX: usize = 100_000;

impl Access {
    /// Returns whether Access let a request through. One that changes something must come from a page
    /// of this Worker: a browser sends the cookie of Access with requests of any page.
    pub(crate) async fn lets(&self, request: &Request) -> bool {
        let header = |name: &str| request.headers().get(name).ok().flatten();
        let is_foreign = header("Sec-Fetch-Site").is_some_and(|site| site != "same-origin");
        if is_foreign && !matches!(request.method().as_str(), "GET" | "HEAD") {
            return false;
        }
        let token = header("Cf-Access-Jwt-Assertion").and_then(|text| Token::read(&text));
        match token.filter(|token| token.is_for(self, clock::now() / 1_000)) {
            Some(token) => self.is_signed(&token).await.unwrap_or(false),
            None => false,
        }
    }

    async fn is_signed(&self, token: &Token) -> Result<bool, JsValue> {
        let Some(key) = self
            .key(token.header["kid"].as_str().unwrap_or_default())
            .await?
        else {
            return Ok(false);
        };
        let key = JsFuture::from(import_key(
            "jwk",
            &key,
            &algorithm()?,
            false,
            &Array::of1(&"verify".into()),
        )?)
        .await?;
        let signature = Uint8Array::from(token.signature.as_slice());
        let signed = Uint8Array::from(token.signed.as_slice());
        let verified = verify("RSASSA-PKCS1-v1_5", &key, &signature, &signed)?;
        Ok(JsFuture::from(verified).await?.is_truthy())
    }

    /// Returns the key of this id.
    async fn key(&self, id: &str) -> Result<Option<JsValue>, JsValue> {
        let find = |keys: &Keys| {
            let mut known = keys.by_id.iter();
            known
                .find(|(known, _)| known == id)
                .map(|(_, key)| key.clone())
        };
        let now = clock::now();
        let (age, failed) = KEYS.with_borrow(|keys| (now - keys.read_at, now - keys.failed_at));
        let known = KEYS.with_borrow(find);
        if age < KEYS_MILLIS_MIN || (known.is_some() && age < KEYS_MILLIS_MAX) {
            return Ok(known);
        }
        if failed < FAILED_MILLIS {
            return Ok(None);
        }
        match self.read_keys().await {
            Ok(keys) => KEYS.set(keys),
            Err(error) => {
                KEYS.with_borrow_mut(|keys| keys.failed_at = clock::now());
                return Err(error);
            }
        }
        Ok(KEYS.with_borrow(find))
    }

    async fn read_keys(&self) -> Result<Keys, JsValue> {
        let url = format!("{}/cdn-cgi/access/certs", self.issuer);
        let init = worker::web_sys::RequestInit::new();
        let signal = AbortSignal::timeout_with_f64(5_000.0);
        init.set_signal(Some(&signal));
        let global: WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(global.fetch_with_str_and_init(&url, &init)).await?;
        let answer: Response = answer.unchecked_into();
        let bytes = http::read_answer(&answer, KEYS_BYTES_MAX).await?;
        let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        let document = js_sys::JSON::parse(&text)?;
        let list: Array = Reflect::get(&document, &"keys".into())?.dyn_into()?;
        let keys = list.iter().filter_map(|key| {
            let id = Reflect::get(&key, &"kid".into()).ok()?.as_string()?;
            Some((id, key))
        });
        Ok(Keys {
            by_id: keys.collect(),
            read_at: clock::now(),
            failed_at: 0,
        })
    }
}

fn algorithm() -> Result<JsValue, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"RSASSA-PKCS1-v1_5".into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    Ok(algorithm.into())
}

#[cfg(test)]
mod tests {
    use super::{Access, Token, URL_SAFE_NO_PAD};
    use base64::Engine as _;

    fn token(header: &str, claims: &str) -> Option<Token> {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        Token::read(&[&part(header), ".", &part(claims), ".c2ln"].concat())
    }

    #[test]
    fn a_token_is_of_the_team_for_the_application_and_in_time() {
        let access = Access {
            issuer: "https://team.cloudflareaccess.com".to_owned(),
            audience: "app".to_owned(),
        };
        let header = r#"{"alg":"RS256","kid":"1"}"#;
        let claims =
            r#"{"aud":["app"],"iss":"https://team.cloudflareaccess.com","exp":100,"nbf":50}"#;
        let is_good = |header: &str, claims: &str, now| {
            token(header, claims).is_some_and(|token| token.is_for(&access, now))
        };
        assert!(is_good(header, claims, 50) && is_good(header, claims, 99));
        assert!(is_good(
            header,
            &claims.replace(r#"["app"]"#, r#""app""#),
            60
        ));
        for (header, claims, now) in [
            (header, claims.to_owned(), 49),
            (header, claims.to_owned(), 100),
            (header, claims.replace("app", "other"), 60),
            (header, claims.replace("team", "mallory"), 60),
            (header, claims.replace(r#","exp":100"#, ""), 60),
            (r#"{"alg":"none","kid":"1"}"#, claims.to_owned(), 60),
            (r#"{"alg":"HS256","kid":"1"}"#, claims.to_owned(), 60),
            (r#"{"kid":"1"}"#, claims.to_owned(), 60),
        ] {
            assert!(!is_good(header, &claims, now), "{header} {claims} {now}");
        }
        assert!(Token::read("a.b").is_none() && Token::read("").is_none());
    }
}
