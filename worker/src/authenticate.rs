//! Authentication by shared secrets.
//!
//! Checked before anything of the body is read, and closed where no token is set. Amplitude signs
//! nothing: a secret in a header is all that its webhooks can send (Amplitude, Webhooks).

use crate::config::Variables;
use crate::reply::{self, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use worker::web_sys::Headers;

/// The tokens that are accepted, as digests: of equal length whatever the token, so that the time
/// of a comparison says nothing about it.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// The present ingest token, and the next one during a rotation.
    pub(crate) fn ingest(variables: &Variables) -> Self {
        // the next one counts beside the present one alone: without that, everything stays closed
        let present = token(variables, "INGEST_TOKEN");
        let next = present.and_then(|_| token(variables, "INGEST_TOKEN_NEXT"));
        Tokens::of(present.into_iter().chain(next))
    }

    /// The operator's token.
    pub(crate) fn admin(variables: &Variables) -> Self {
        Tokens::of(token(variables, "ADMIN_TOKEN"))
    }

    fn of<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        Tokens(tokens.into_iter().map(digest).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `token` is one of them. Every one is compared, whichever fits.
    pub(crate) fn contain(&self, token: &str) -> bool {
        let digest = digest(token);
        self.0
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&digest))
            .into()
    }

    /// Whether one of the credentials is one of them.
    pub(crate) fn accept(&self, credentials: &Credentials) -> bool {
        credentials.0.iter().any(|token| self.contain(token))
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The token that a secret holds, if it is set.
pub(crate) fn token<'v>(variables: &'v Variables, name: &str) -> Option<&'v str> {
    // a secret that was piped in ends with a newline; no header can
    let token = variables.text(name)?.trim();
    Some(token).filter(|token| !token.is_empty())
}

/// What a request presents: a Bearer token, the password of Basic, `X-Api-Key`.
pub(crate) struct Credentials(Vec<String>);

impl Credentials {
    pub(crate) fn of(headers: &Headers) -> Self {
        let header = |name| headers.get(name).ok().flatten();
        Credentials::read(header("Authorization").as_deref(), header("X-Api-Key"))
    }

    fn read(authorization: Option<&str>, api_key: Option<String>) -> Self {
        let authorization = authorization.and_then(|header| {
            let (scheme, credentials) = header.split_once(' ')?;
            match scheme.to_ascii_lowercase().as_str() {
                "bearer" => Some(credentials.trim().to_owned()),
                "basic" => basic_password(credentials.trim()),
                _ => None,
            }
        });
        Credentials(authorization.into_iter().chain(api_key).collect())
    }
}

/// Lets a sender in, or says why not.
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

/// The password of `user:password` in base64 (RFC 7617); the user does not matter.
fn basic_password(credentials: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    decoded
        .split_once(':')
        .map(|(_, password)| password.to_owned())
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
            "the-ingest-token",
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
