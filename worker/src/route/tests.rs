//! The table of routes, and its documentation.
//!
//! With `UPDATE_DOCS=1` the table in `docs/http-api.md` is written; otherwise a stale table fails.

use super::{Authentication, Endpoint, Method, ROUTES, Resolved, Route, resolve};
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
    for route in &ROUTES {
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
        ("POST", "/health", "GET, HEAD"),
        ("POST", "/", "GET, HEAD"),
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
        "/segment",
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

#[test]
fn docs() {
    const START: &str = "<!-- routes: generated -->\n";
    const END: &str = "<!-- /routes -->";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/http-api.md");
    let text = std::fs::read_to_string(&file).expect("docs/http-api.md is there");
    let (before, rest) = text
        .split_once(START)
        .expect("it has the block of the routes");
    let (block, after) = rest.split_once(END).expect("the block ends");
    let table = table(&ROUTES);
    if block == table {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCS").is_some(),
        "the routes in docs/http-api.md are stale: `make docs` writes them"
    );
    std::fs::write(&file, [before, START, &table, END, after].concat()).expect("it can be written");
}

fn table(routes: &[Route]) -> String {
    let mut table = "\n| route | authentication | does |\n| --- | --- | --- |\n".to_owned();
    for route in routes {
        let method = match route.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        };
        let authentication = match route.authentication {
            Authentication::None => "none",
            Authentication::IngestToken => "ingest token",
            Authentication::AdminToken => "operator",
        };
        writeln!(
            table,
            "| `{method} {}` | {authentication} | {} |",
            route.path, route.summary
        )
        .expect("a string takes everything");
    }
    table.push('\n');
    table
}
