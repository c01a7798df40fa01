//! The table of routes, and its documentation.

use super::{Authentication, Endpoint, Method, Parameter, ROUTES, Resolved, Route, docs, resolve};
use std::fmt::Write as _;
use std::path::Path;

fn endpoint(method: &str, path: &str) -> Option<Endpoint> {
    match resolve(method, path) {
        Resolved::Route(route, _) => Some(route.endpoint),
        _ => None,
    }
}

#[test]
fn every_route_is_found_with_or_without_a_slash_at_its_end() {
    for route in ROUTES {
        let path = route
            .path
            .replace("{id}", "0f90403fa2f41d46df4f8b0179869752");
        let method = match route.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        };
        for path in [path.clone(), format!("{path}/")] {
            // `//` is not in the table, so it is a file of the page
            assert_eq!(endpoint(method, &path), Some(route.endpoint), "{path}");
        }
    }
    assert_eq!(endpoint("HEAD", "/health"), Some(Endpoint::Health));
    let Resolved::Route(route, id) = resolve("GET", "/rejects/0f90") else {
        panic!("there is a route");
    };
    assert_eq!((route.endpoint, id), (Endpoint::ShowReject, "0f90"));
}

#[test]
fn a_wrong_method_resolves_to_the_methods_of_the_path() {
    let cases = [
        ("GET", "/amplitude", "POST"),
        ("HEAD", "/preview", "POST"),
        ("OPTIONS", "/amplitude/", "POST"),
        ("GET", "/2/httpapi", "POST"),
        ("PUT", "/v1/t", "POST"),
        ("PUT", "/", "POST, GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("PUT", "/rejects", "GET, HEAD, DELETE"),
        ("GET", "/rejects/replay", "POST"),
        ("DELETE", "/rejects/0f90", "GET, HEAD"),
        ("post", "/amplitude", "POST"),
    ];
    for (method, path, expected) in cases {
        let Resolved::WrongMethod {
            allow,
            authentication,
        } = resolve(method, path)
        else {
            panic!("{method} {path} has a route");
        };
        assert_eq!(allow, expected, "{method} {path}");
        let is_operators = path.starts_with("/rejects");
        assert_eq!(authentication == Authentication::AdminToken, is_operators);
    }
}

#[test]
fn routes_of_sdks_and_the_one_of_any_sender_answer_options() {
    for route in ROUTES {
        let is_resolved = resolve("OPTIONS", route.path) == Resolved::Options(route);
        let is_sdks = route.authentication == Authentication::SdkKey;
        let is_webhook = ["/ingest", "/cloudevents"].contains(&route.path);
        assert_eq!(is_resolved, is_sdks || is_webhook, "{}", route.path);
    }
}

#[test]
fn any_other_path_is_a_file_of_the_page_or_nothing() {
    for path in [
        "/assets/index.js",
        "/Amplitude",
        "/amplitude/x",
        "/rejects/a/b",
        "//",
        "/rejects/%20/",
    ] {
        let is_reject = path == "/rejects/%20/";
        let expected = if is_reject {
            Endpoint::ShowReject
        } else {
            Endpoint::Page
        };
        assert_eq!(endpoint("GET", path), Some(expected), "{path}");
    }
    for path in [
        "/v1/delete",
        "/2/httpapi/x",
        "/amplitude//",
        "/amplitude%20",
        "/rejects-unknown",
        "*",
    ] {
        assert_eq!(resolve("POST", path), Resolved::NotFound, "{path}");
    }
}

#[test]
fn a_path_with_an_id_comes_after_those_that_it_would_match() {
    for (at, route) in ROUTES.iter().enumerate() {
        let Some(start) = route.path.strip_suffix("{id}") else {
            continue;
        };
        let hidden = ROUTES[at..]
            .iter()
            .find(|later| later.path != route.path && later.path.starts_with(start));
        assert_eq!(hidden, None);
    }
}

/// Blocks of one page, in one test, since each rewrites the page.
#[test]
fn docs() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/http-api.md");
    docs::check(&page, "routes", &table(ROUTES));
    docs::check(&page, "parameters", &parameters());
}

#[test]
fn only_the_operators_routes_have_parameters() {
    for route in ROUTES {
        let is_operators = route.authentication == Authentication::AdminToken;
        assert!(
            is_operators || route.parameters.is_empty(),
            "{}",
            route.path
        );
    }
}

/// A table of the parameters, with a column for each route that takes any.
fn parameters() -> String {
    let routes: Vec<&Route> = ROUTES
        .iter()
        .filter(|route| !route.parameters.is_empty())
        .collect();
    let mut table = "\n| parameter | what it is |".to_owned();
    for route in &routes {
        write!(table, " `{}` |", name(route)).expect("a string takes everything");
    }
    table.push_str("\n| --- | --- |");
    table.push_str(&" --- |".repeat(routes.len()));
    table.push('\n');
    for parameter in Parameter::ALL {
        write!(
            table,
            "| `{}` | {} |",
            parameter.name(),
            parameter.meaning()
        )
        .expect("a string takes everything");
        for route in &routes {
            let is_taken = route.parameters.contains(&parameter);
            table.push_str(if is_taken { " yes |" } else { " |" });
        }
        table.push('\n');
    }
    table.push('\n');
    table
}

fn name(route: &Route) -> String {
    let method = match route.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    format!("{method} {}", route.path)
}

/// A table of the routes; a line holds those that follow each other and do the same.
fn table(routes: &[Route]) -> String {
    let mut table = "\n| route | authentication | does |\n| --- | --- | --- |\n".to_owned();
    let is_alike = |a: &Route, b: &Route| {
        (a.method, a.authentication, a.summary) == (b.method, b.authentication, b.summary)
    };
    for alike in routes.chunk_by(is_alike) {
        let (first, rest) = alike.split_first().expect("a chunk has an element");
        let authentication = match first.authentication {
            Authentication::None => "none",
            Authentication::IngestToken => "ingest token",
            Authentication::SdkKey => "SDK key",
            Authentication::AdminToken => "operator",
        };
        let paths: Vec<&str> = rest.iter().map(|route| route.path).collect();
        let rest = match paths.as_slice() {
            [] => String::new(),
            paths => format!(", `{}`", paths.join("`, `")),
        };
        writeln!(
            table,
            "| `{}`{rest} | {authentication} | {} |",
            name(first),
            first.summary
        )
        .expect("a string takes everything");
    }
    table.push('\n');
    table
}
