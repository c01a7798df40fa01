//! The source files of a crate, and the modules that they are.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fs;
use std::path::Path;

/// A module's path from the crate root: `json::simd` is `["json", "simd"]`, the root is empty.
pub(crate) type Module = Vec<String>;

/// One source file.
#[derive(Clone)]
pub(crate) struct File {
    /// Its path below `src`: `json/simd/mod.rs`.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The module that the file is: `x/mod.rs` is `x`, `lib.rs` the root.
    pub(crate) fn module(&self) -> Module {
        let stem = self.name.strip_suffix(".rs").unwrap_or(&self.name);
        let mut module: Module = stem.split('/').map(str::to_owned).collect();
        let own_name = module.last().map(String::as_str);
        if own_name == Some("mod") || stem == "lib" {
            module.pop();
        }
        module
    }

    pub(crate) fn tokens(&self) -> TokenStream {
        self.text
            .parse()
            .unwrap_or_else(|error| panic!("{} is no Rust: {error}", self.name))
    }

    pub(crate) fn syntax(&self) -> syn::File {
        syn::parse_file(&self.text)
            .unwrap_or_else(|error| panic!("{} is no Rust: {error}", self.name))
    }

    /// The code without comments, docs and optional spaces.
    pub(crate) fn code(&self) -> String {
        let mut code = String::new();
        write_code(self.tokens(), &mut code);
        code
    }
}

fn write_code(tokens: TokenStream, code: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let inner =
                    matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                if inner {
                    tokens.next();
                }
                if matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_doc(group.stream()))
                {
                    tokens.next();
                } else {
                    code.push_str(if inner { "#!" } else { "#" });
                }
            }
            TokenTree::Punct(punct) => code.push(punct.as_char()),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                code.push_str(open);
                write_code(group.stream(), code);
                code.push_str(close);
            }
            word => {
                if code.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    code.push(' ');
                }
                code.push_str(&word.to_string());
            }
        }
    }
}

fn is_doc(attribute: TokenStream) -> bool {
    let mut tokens = attribute.into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "doc")
        && matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=')
}

/// Every Rust file below `folder`, a path from the repository's root, in the order of their names.
pub(crate) fn files_below(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("the file lies below");
            let text = fs::read_to_string(&path).expect("source is text");
            files.push(File::new(&name.to_string_lossy(), &text));
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}
