//! Generated parts of the documentation: written with `UPDATE_DOCS=1`, otherwise checked.

use std::path::Path;

/// Checks that a page has this block between `<!-- NAME: generated -->` and `<!-- /NAME -->`.
pub(crate) fn check(page: &Path, name: &str, block: &str) {
    let start = format!("<!-- {name}: generated -->\n");
    let end = format!("<!-- /{name} -->");
    let text = std::fs::read_to_string(page).expect("the page can be read");
    let (before, rest) = text.split_once(&start).expect("the page has the block");
    let (stored, after) = rest.split_once(&end).expect("the block ends");
    if stored == block {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCS").is_some(),
        "{name} in {} is stale: `make docs` writes it",
        page.display()
    );
    let written = [before, &start, block, &end, after].concat();
    std::fs::write(page, written).expect("the page can be written");
}
