//! Authentication by shared secrets.
//!
//! Runs before the body is read, and refuses every request where no token is set. Amplitude's
//! webhooks are not signed; they can only send a secret in a header (Amplitude, Webhooks).

use crate::config::Variables;
use crate::reply::{self, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use worker::web_sys::Headers;

/// The accepted tokens, as digests. All digests have the same length, so the time of a comparison
/// does not depend on the length of a token.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// Reads the current ingest token, and the next one during a rotation.
    pub(crate) fn ingest(variables: &Variables) -> Self {
        // without the current token the next one is not accepted either
        let present = token(variables, "INGEST_TOKEN");
        let next = present.and_then(|_| token(variables, "INGEST_TOKEN_NEXT"));
        Tokens::of(present.into_iter().chain(next))
    }

    /// Reads the operator's token.
    pub(crate) fn admin(variables: &Variables) -> Self {
        Tokens::of(token(variables, "ADMIN_TOKEN"))
    }

    /// Reads the keys that SDKs may have, which commas or white space separate.
    pub(crate) fn sdk(variables: &Variables) -> Self {
        Tokens::of(sdk_keys(variables))
    }

    fn of<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        Tokens(tokens.into_iter().map(digest).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether `token` is accepted. Compares all digests, so the time does not depend on
    /// which one matches.
    pub(crate) fn contain(&self, token: &str) -> bool {
        let digest = digest(token);
        self.0
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&digest))
            .into()
    }

    /// Returns whether any of the credentials is accepted.
    pub(crate) fn accept(&self, credentials: &Credentials) -> bool {
        credentials.0.iter().any(|token| self.contain(token))
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Reads a token from a secret, if it is set.
pub(crate) fn token<'v>(variables: &'v Variables, name: &str) -> Option<&'v str> {
    // a secret that was piped in ends with a newline, which a header cannot contain
    let token = variables.text(name)?.trim();
    Some(token).filter(|token| !token.is_empty())
}

/// Reads the keys that SDKs may have.
pub(crate) fn sdk_keys(variables: &Variables) -> impl Iterator<Item = &str> {
    let keys = variables.text("SDK_KEYS").unwrap_or_default();
    keys.split([',', ' ', '\t', '\r', '\n'])
        .filter(|key| !key.is_empty())
}

/// The credentials of a request: a Bearer token, the password of Basic, the whole `Authorization` of
/// a sender that can set no more, `X-Api-Key`.
pub(crate) struct Credentials(Vec<String>);

impl Credentials {
    pub(crate) fn of(headers: &Headers) -> Self {
        let header = |name| headers.get(name).ok().flatten();
        Credentials::read(header("Authorization").as_deref(), header("X-Api-Key"))
    }

    fn read(authorization: Option<&str>, api_key: Option<String>) -> Self {
        let authorization = authorization.and_then(|header| {
            let Some((scheme, credentials)) = header.split_once(' ') else {
                return Some(header.to_owned());
            };
            match scheme.to_ascii_lowercase().as_str() {
                "bearer" => Some(credentials.trim().to_owned()),
                "basic" => basic(credentials).map(|(_, password)| password),
                _ => None,
            }
        });
        Credentials(authorization.into_iter().chain(api_key).collect())
    }
}

/// Checks that a request has an accepted token; otherwise returns the refusal.
pub(crate) fn check(headers: &Headers, tokens: &Tokens) -> Result<(), Reply> {
    if tokens.is_empty() {
        return Err(reply::no_token_set());
    }
    if tokens.accept(&Credentials::of(headers)) {
        Ok(())
    } else {
        Err(reply::unauthorized())
    }
}

/// Returns the user of Basic, where SDKs of Segment and RudderStack have their key.
pub(crate) fn basic_user(authorization: Option<&str>) -> Option<String> {
    let (scheme, credentials) = authorization?.split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    is_basic
        .then(|| basic(credentials))
        .flatten()
        .map(|(user, _)| user)
}

/// Returns user and password of `user:password` in base64 (RFC 7617).
fn basic(credentials: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Tokens, Variables};
    use crate::config::Variable;

    const TOKEN: &str = "the-ingest-token";
    const NEXT: &str = "the:next/token+=";

    fn variables(token: &str) -> Variables {
        Variables::from([
            ("INGEST_TOKEN", Variable::Text(token.to_owned())),
            ("INGEST_TOKEN_NEXT", Variable::Text(NEXT.to_owned())),
        ])
    }

    fn is_accepted(authorization: &str) -> bool {
        let credentials = Credentials::read(Some(authorization), None);
        Tokens::ingest(&variables(TOKEN)).accept(&credentials)
    }

    #[test]
    fn a_token_is_accepted_as_bearer_as_password_of_basic_and_as_api_key() {
        // `amplitude:the-ingest-token`, `:the:next/token+=`
        for header in [
            "Bearer the-ingest-token",
            "bearer  the-ingest-token ",
            "Bearer the:next/token+=",
            "the-ingest-token",
            "Basic YW1wbGl0dWRlOnRoZS1pbmdlc3QtdG9rZW4=",
            "basic OnRoZTpuZXh0L3Rva2VuKz0=",
        ] {
            assert!(is_accepted(header), "{header}");
        }
        let tokens = Tokens::ingest(&variables(TOKEN));
        let with_key = |key: &str| Credentials::read(Some("Bearer wrong"), Some(key.to_owned()));
        assert!(tokens.accept(&with_key(TOKEN)));
        assert!(!tokens.accept(&with_key("")));
    }

    #[test]
    fn nothing_else_is_accepted() {
        // the token as user, base64 without padding, with bits set behind the last byte, with a
        // line break
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer:the-ingest-token",
            "Token the-ingest-token",
            "Bearer The-Ingest-Token",
            "Bearer the-ingest-token,the:next/token+=",
            "Basic dGhlLWluZ2VzdC10b2tlbjo=",
            "Basic YW1wbGl0dWRlOnRoZS1pbmdlc3QtdG9rZW4",
            "Basic YW1wbGl0dWRlOnRoZS1pbmdlc3QtdG9rZW5=",
            "Basic YW1wbGl0dWRl\nOnRoZS1pbmdlc3QtdG9rZW4=",
            "Basic ////",
        ] {
            assert!(!is_accepted(header), "{header}");
        }
    }

    #[test]
    fn a_secret_is_trimmed_and_without_it_the_next_one_is_not_accepted_either() {
        let bearer = |token| Credentials::read(Some(&["Bearer ", token].concat()), None);
        assert!(Tokens::ingest(&variables("the-ingest-token\n")).accept(&bearer(TOKEN)));
        for empty in ["", " \n"] {
            let tokens = Tokens::ingest(&variables(empty));
            assert!(tokens.is_empty());
            assert!(!tokens.accept(&bearer(NEXT)) && !tokens.accept(&bearer("")));
        }
    }
}
