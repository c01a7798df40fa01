//! Where alerts are sent to, and Cloudflare Access in front of the operator's routes.

use super::fault;
use super::variables::Variables;
use crate::access::Access;
use kochava_edge::{Endpoint, SettingsFault};

/// Reads where alerts are sent to: an address with https, or on this machine.
pub(super) fn alert_url(variables: &Variables, faults: &mut Vec<SettingsFault>) -> Option<String> {
    const NAME: &str = "ALERT_URL";
    if !variables.contains(NAME) {
        return None;
    }
    let url = variables.text(NAME).unwrap_or_default().trim();
    let is_safe = url.starts_with("https://") || is_loopback(url);
    if !is_safe {
        faults.push(fault(NAME, "invalid", "must begin with https://"));
    }
    is_safe.then(|| url.to_owned())
}

/// Reads the application in Cloudflare Access; both variables or none.
pub(super) fn access(variables: &Variables, faults: &mut Vec<SettingsFault>) -> Option<Access> {
    let [audience, team] = ["ACCESS_AUD", "ACCESS_TEAM"].map(|name| {
        let text = variables.text(name).map(str::trim);
        text.filter(|text| !text.is_empty())
    });
    let (Some(audience), Some(team)) = (audience, team) else {
        let missing = if team.is_none() {
            "ACCESS_TEAM"
        } else {
            "ACCESS_AUD"
        };
        if variables.contains("ACCESS_AUD") || variables.contains("ACCESS_TEAM") {
            let message = "ACCESS_AUD and ACCESS_TEAM must both be set, or neither";
            faults.push(fault(missing, "missing", message));
        }
        return None;
    };
    let is_name = team
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name && !is_loopback(team) {
        let message =
            "must be the name of the team: `example` of https://example.cloudflareaccess.com";
        faults.push(fault("ACCESS_TEAM", "invalid", message));
        return None;
    }
    let issuer = if is_name {
        format!("https://{team}.cloudflareaccess.com")
    } else {
        team.to_owned()
    };
    Some(Access {
        issuer,
        audience: audience.to_owned(),
    })
}

fn is_loopback(url: &str) -> bool {
    let path = url
        .match_indices('/')
        .nth(2)
        .map_or(url.len(), |(at, _)| at);
    Endpoint::parse(&url[..path]).is_ok_and(|endpoint| endpoint.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{access, alert_url};
    use crate::config::{Variable, Variables};

    fn variables<const N: usize>(texts: [(&'static str, &str); N]) -> Variables {
        Variables::from(texts.map(|(name, text)| (name, Variable::Text(text.to_owned()))))
    }

    #[test]
    fn alerts_go_to_https_or_to_this_machine() {
        for (url, is_safe) in [
            ("https://hooks.slack.com/services/T/B/x", true),
            ("http://127.0.0.1:8080/alerts?x=1", true),
            ("http://hooks.example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("hooks.example.com", false),
        ] {
            let mut faults = Vec::new();
            let read = alert_url(&variables([("ALERT_URL", url)]), &mut faults);
            assert_eq!(read.as_deref(), is_safe.then_some(url));
            assert_eq!(faults.len(), usize::from(!is_safe), "{url}");
        }
    }

    #[test]
    fn access_needs_both_the_team_and_the_audience() {
        let mut faults = Vec::new();
        let both = variables([("ACCESS_AUD", "tag"), ("ACCESS_TEAM", "example")]);
        let read = access(&both, &mut faults).expect("both are there");
        assert_eq!(read.issuer, "https://example.cloudflareaccess.com");
        assert_eq!((read.audience.as_str(), faults.len()), ("tag", 0));
        for (one, path) in [
            (variables([("ACCESS_AUD", "tag")]), "ACCESS_TEAM"),
            (variables([("ACCESS_TEAM", "example")]), "ACCESS_AUD"),
            (
                variables([("ACCESS_AUD", "tag"), ("ACCESS_TEAM", "evil.com/x")]),
                "ACCESS_TEAM",
            ),
        ] {
            let mut faults = Vec::new();
            assert_eq!(access(&one, &mut faults), None);
            assert_eq!(faults.len(), 1);
            assert_eq!(faults[0].path, path);
        }
    }
}
