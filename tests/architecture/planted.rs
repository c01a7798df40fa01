//! The checker, tested with small crates: each planted violation must be found, and nothing else.

use super::laws::{Laws, names_twice};
use super::tree::File;

const LAWS: Laws = Laws {
    wings: &[("limits", &[]), ("json", &["limits"]), ("plan", &["json"])],
    siblings: &[("json/scan", &["simd"]), ("json/simd/wide", &["lane"])],
};

/// A crate that keeps the laws and uses all that they grant.
const CLEAN: &[(&str, &str)] = &[
    (
        "lib.rs",
        "mod json; mod limits; mod plan; pub use json::Value; pub use plan::{self, Planner};",
    ),
    ("limits.rs", "pub const DEPTH_MAX: usize = 8;"),
    (
        "json/mod.rs",
        "mod scan; mod simd; pub use scan::Scan; pub(in crate::json) use self::simd::find;
         use crate::limits::DEPTH_MAX; pub struct Value; pub(crate) struct Word(pub (Value));",
    ),
    (
        "json/scan.rs",
        "use super::{simd, Value}; pub struct Scan; fn a() { simd::find(); core::time::f(); }",
    ),
    (
        "json/simd/mod.rs",
        "mod lane; mod wide; use wide::Wide; pub fn find() {}",
    ),
    ("json/simd/lane.rs", "pub struct Lane;"),
    (
        "json/simd/wide.rs",
        "use super::lane::Lane; use super::super::Value; pub struct Wide(Lane);
         mod tests { use super::*; use super::super::lane; }",
    ),
    (
        "plan/mod.rs",
        "use crate::json::{self, Value}; pub struct Planner; fn a() -> json::Scan { json::Scan }",
    ),
];

/// `CLEAN`, with `text` added to the file `name`.
fn planted(name: &str, text: &str) -> Vec<File> {
    let mut files: Vec<_> = CLEAN
        .iter()
        .map(|(name, text)| File::new(name, text))
        .collect();
    match files.iter_mut().find(|file| file.name == name) {
        Some(file) => file.text.push_str(text),
        None => files.push(File::new(name, text)),
    }
    files
}

/// Demands that `text` in the file `name` is found as one of the violations that it causes.
fn assert_found(name: &str, text: &str, fault: &str) {
    let found = LAWS.violations(&planted(name, text));
    let hit = |violation: &String| violation.starts_with(name) && violation.contains(fault);
    assert!(found.iter().any(hit), "{name}: {text}: {found:#?}");
    assert!(found.iter().all(hit), "{name}: {text}: {found:#?}");
}

const UPWARD: &str = "wing `json` may not import wing `plan`";
const ROOT: &str = "the core names the wing, not the crate root";

#[test]
fn a_clean_crate_passes() {
    assert_eq!(LAWS.violations(&planted("lib.rs", "")), [""; 0]);
    assert_eq!(LAWS.unused(&planted("lib.rs", "")), [""; 0]);
    assert_eq!(LAWS.circles(), [""; 0]);
}

#[test]
fn comments_strings_and_other_crates_pass() {
    for text in [
        "// use crate::plan::Planner;\n",
        "/* crate::plan::Planner */",
        "/// See [`crate::plan::Planner`].\nstruct A;",
        "const A: &str = \"crate::plan::Planner\";",
        "const A: &[u8] = br#\"use crate::plan;\"#;",
        "use ::plan::Planner; fn a() { ::plan::b(); }",
        "use alloc::plan::Planner; fn a(plan: u8) { core::plan::b(plan); plan.crate_(); }",
        "fn a<'plan>(a: &'plan u8) -> impl Sized + use<'plan> { Vec::<u8>::plan() }",
        "fn a() { Self::plan::<u8>(); self.plan(); self::b(); }",
    ] {
        assert_eq!(
            LAWS.violations(&planted("json/simd/lane.rs", text)),
            [""; 0],
            "{text}"
        );
    }
}

#[test]
fn an_upper_wing_is_found_from_every_depth() {
    let deep = "json/simd/lane.rs";
    for (name, text) in [
        ("json/mod.rs", "use crate::plan::Planner;"),
        ("json/mod.rs", "use super::plan::Planner;"),
        ("json/scan.rs", "use super::super::plan::Planner;"),
        (deep, "use super::super::super::plan::Planner;"),
        (deep, "use self::super::super::super::plan::Planner;"),
        (
            deep,
            "mod a { use super::super::super::super::plan::Planner; }",
        ),
        (
            deep,
            "fn f() { mod a { mod b { use super::super::super::super::super::plan; } } }",
        ),
        (
            "json/new/deep/mod.rs",
            "use super::super::super::plan::Planner;",
        ),
    ] {
        assert_found(name, text, UPWARD);
    }
}

#[test]
fn an_upper_wing_is_found_however_it_is_spelled() {
    for text in [
        "use crate::{limits, json::{Value as V, Scan}, plan::{Planner}};",
        "use {core::fmt, crate::{plan}};",
        "use super::super::super::{plan::*};",
        "pub use crate::plan::Planner as Hidden;",
        "pub(crate) use crate::plan::Planner;",
        "pub(in crate::json) use crate::plan::Planner;",
        "use crate :: plan :: Planner;",
        "use crate /* or */ ::\n plan;",
        "use crate::r#plan::Planner;",
        "use crate::plan as other; fn f() { other::g(); }",
        "fn f() { let a = 1 + crate::plan::g(); }",
        "fn f() { use crate::plan::g; g() }",
        "fn f(a: Option<crate::plan::Planner>) {}",
        "fn f() { Vec::<crate::plan::Planner>::new(); }",
        "struct A(pub (crate::plan::Planner));",
        "impl From<crate::plan::Planner> for u8 {}",
        "type A = <crate::plan::Planner as Iterator>::Item;",
        "#[derive(crate::plan::Derived)] struct A;",
        "fn f() { crate::plan::call!(1); }",
    ] {
        assert_found("json/simd/lane.rs", text, UPWARD);
    }
}

#[test]
fn an_upper_wing_is_found_in_macros() {
    for text in [
        "fn f() { assert_eq!(1, crate::plan::g()); }",
        "fn f() { vec![[super::super::super::plan::g(); 2]; 3]; }",
        "macro_rules! a { () => { $crate::plan::g() }; }",
        "macro_rules! a { ($b:ident) => { $crate::plan::$b() }; }",
        "macro_rules! a { () => { use crate::{limits, plan::Planner}; }; }",
        "many! { use crate::{plan::{Planner as P}}; }",
        "many! { crate::{limits, plan::Planner} }",
    ] {
        assert_found("json/simd/lane.rs", text, UPWARD);
    }
}

#[test]
fn an_upper_wing_is_found_behind_names_of_the_file_and_of_others() {
    for text in [
        "use super::super::{self as wing}; fn f() { wing::above::plan::g(); }",
        "use super::super::above::plan::Planner;",
        "use super::super::*; fn f() { plan::g(); }",
    ] {
        let mut files = planted("json/simd/lane.rs", text);
        let front = files
            .iter_mut()
            .find(|file| file.name == "json/mod.rs")
            .expect("it is planted");
        front.text.push_str("use crate as above; use super::*;");
        let found = LAWS.violations(&files);
        let hit = |violation: &String| {
            violation.starts_with("json/simd/lane.rs") && violation.contains(UPWARD)
        };
        assert!(found.iter().any(hit), "{text}: {found:#?}");
    }
}

#[test]
fn the_crate_root_is_found() {
    for text in [
        "use crate::Planner;",
        "use crate::{Planner as P};",
        "use super::super::super::Value;",
        "fn f() -> crate::Value { loop {} }",
        "fn f() { print!(crate::VERSION) }",
        "use crate::*;",
        "use super::super::super::*;",
        "use crate as root;",
        "use crate::{self as root};",
        "macro_rules! a { ($wing:ident) => { crate::$wing::Planner }; }",
    ] {
        assert_found("json/simd/lane.rs", text, ROOT);
    }
}

#[test]
fn a_file_of_no_wing_is_found() {
    assert_found("extra.rs", "", "`extra` is missing in the table of wings");
    assert_found(
        "extra/deep.rs",
        "",
        "`extra` is missing in the table of wings",
    );
}

#[test]
fn a_sibling_is_found_at_every_depth() {
    let scan = "`json/simd` may not import its sibling `json/scan`";
    let wide = "`json/simd/lane` may not import its sibling `json/simd/wide`";
    for (name, text, fault) in [
        ("json/simd/mod.rs", "use super::scan;", scan),
        ("json/simd/mod.rs", "fn f() { super::scan::g(); }", scan),
        ("json/simd/lane.rs", "use super::super::scan::Scan;", scan),
        (
            "json/simd/lane.rs",
            "use crate::json::scan::Scan as S;",
            scan,
        ),
        (
            "json/simd/lane.rs",
            "fn f() { assert!(super::super::scan::g()); }",
            scan,
        ),
        (
            "json/simd/lane.rs",
            "use super::super::*; fn f() { scan::g(); }",
            scan,
        ),
        ("json/simd/lane.rs", "use super::wide::Wide;", wide),
        ("json/simd/lane.rs", "use super::{wide as w};", wide),
        (
            "json/simd/lane.rs",
            "use crate::{json::{simd::{wide}}};",
            wide,
        ),
        (
            "json/simd/lane.rs",
            "mod tests { use super::super::wide::Wide; }",
            wide,
        ),
    ] {
        assert_found(name, text, fault);
    }
}

#[test]
fn a_sibling_is_found_behind_another_name_of_its_parent() {
    let mut files = planted("json/simd/lane.rs", "use super::renamed::Wide;");
    let front = files
        .iter_mut()
        .find(|file| file.name == "json/simd/mod.rs");
    front
        .expect("it is planted")
        .text
        .push_str("use wide as renamed;");
    assert_eq!(
        LAWS.violations(&files),
        [
            "json/simd/lane.rs: `super::renamed::Wide`: `json/simd/lane` may not import its sibling `json/simd/wide`"
        ]
    );
}

#[test]
fn a_wing_may_be_a_file_or_a_folder() {
    for name in ["json.rs", "json/mod.rs"] {
        assert_eq!(File::new(name, "").module(), ["json"]);
    }
    assert_eq!(
        File::new("json/simd/lane.rs", "").module(),
        ["json", "simd", "lane"]
    );
    assert_eq!(File::new("lib.rs", "").module(), [""; 0]);
}

#[test]
fn a_grant_that_nobody_uses_is_found() {
    let laws = Laws {
        wings: &[
            ("limits", &[]),
            ("json", &["limits"]),
            ("plan", &["limits", "json"]),
        ],
        siblings: &[
            ("json/scan", &["simd"]),
            ("json/simd", &["scan"]),
            ("json/none", &[]),
        ],
    };
    assert_eq!(
        laws.unused(&planted("lib.rs", "")),
        [
            "`plan` does not import `limits`",
            "`json/simd` does not import `scan`",
            "`json/none` is no module"
        ]
    );
}

#[test]
fn a_table_with_a_circle_is_found() {
    let laws = Laws {
        wings: &[("json", &["limits"]), ("limits", &[])],
        siblings: &[
            ("json/a", &["b"]),
            ("json/b", &["c"]),
            ("json/c", &["a"]),
            ("json/d", &["a"]),
        ],
    };
    assert_eq!(
        laws.circles(),
        [
            "`limits` does not stand above `json`",
            "`json/a` imports itself through its siblings",
            "`json/b` imports itself through its siblings",
            "`json/c` imports itself through its siblings"
        ]
    );
}

#[test]
fn a_type_name_that_stands_twice_is_found() {
    for text in [
        "struct Value;",
        "pub(crate) enum Value {}",
        "trait Value {}",
        "type Value = u8;",
        "union Value { a: u8 }",
        "mod inner { struct Value; }",
        "fn f() { struct Value; }",
        "macro_rules! a { () => { struct Value; }; }",
    ] {
        let twice = names_twice(&planted("plan/mod.rs", text));
        let expected = ["json/mod.rs", "plan/mod.rs"].map(str::to_owned).to_vec();
        assert_eq!(
            twice.into_iter().collect::<Vec<_>>(),
            [("Value".to_owned(), expected)],
            "{text}"
        );
    }
    let others =
        "use crate::json::Value; impl Iterator for Planner { type Value = u8; } fn Value() {}";
    assert!(names_twice(&planted("plan/mod.rs", others)).is_empty());
}

#[test]
fn code_has_no_comments_docs_or_optional_spaces() {
    let text = "//! a\n#![no_std] // b\n/// c\n#[doc(hidden)]\nunsafe  fn f() { g . unwrap ( ) /* d */ ; \"e // f\" }";
    assert_eq!(
        File::new("lib.rs", text).code(),
        "#![no_std]#[doc(hidden)]unsafe fn f(){g.unwrap();\"e // f\"}"
    );
}
