//! Finds every path in the code of a crate and resolves it to a path from the crate root.
//!
//! The tokens are walked, not the syntax tree, so that code and the bodies of macros are read by
//! the same rules; comments and strings are no tokens of a path.

use super::tree::{File, Module};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// How often an alias or a glob is followed: more than any file does, and an end for circles.
const HOPS_MAX: usize = 8;

/// A path in a file, resolved.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) file: String,
    /// The module that holds it, inline modules included.
    pub(crate) from: Module,
    /// What it names, from the crate root: modules first, then items.
    pub(crate) to: Vec<String>,
    /// As the file spells it.
    pub(crate) written: String,
}

/// A path as written.
struct Written {
    file: String,
    module: Module,
    segments: Vec<String>,
    brings: Brings,
}

/// What a path brings into the scope of its module.
enum Brings {
    Nothing,
    Name(String),
    EveryName,
}

/// The modules of a crate and the paths in them.
pub(crate) struct Paths {
    modules: BTreeSet<Module>,
    written: Vec<Written>,
}

impl Paths {
    pub(crate) fn of(files: &[File]) -> Self {
        let mut paths = Self {
            modules: BTreeSet::from([Module::new()]),
            written: Vec::new(),
        };
        for file in files {
            let module = file.module();
            paths.add_module(&module);
            let tokens = file.tokens();
            Walk {
                file: &file.name,
                paths: &mut paths,
            }
            .walk(tokens, &module);
        }
        paths
    }

    pub(crate) fn is_module(&self, path: &[String]) -> bool {
        self.modules.contains(path)
    }

    /// Every path that leads into this crate; those that lead into another one are left out.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut references = Vec::new();
        for path in &self.written {
            for to in self.resolve(&path.module, &path.segments, HOPS_MAX) {
                references.push(Reference {
                    file: path.file.clone(),
                    from: path.module.clone(),
                    to,
                    written: path.segments.join("::"),
                });
            }
        }
        references
    }

    /// The module and those around it: a planted file may come without its parents.
    fn add_module(&mut self, module: &[String]) {
        for end in 0..=module.len() {
            self.modules.insert(module[..end].to_vec());
        }
    }

    fn resolve(&self, module: &[String], segments: &[String], hops: usize) -> Vec<Vec<String>> {
        let Some((first, rest)) = segments.split_first() else {
            return vec![module.to_vec()];
        };
        match first.as_str() {
            "crate" => self.descend(&[], rest, hops),
            "self" | "super" => {
                let parent = module.split_last().map_or(&[][..], |(_, parent)| parent);
                let base = if first == "super" { parent } else { module };
                match rest.first().map(String::as_str) {
                    Some("super") => self.resolve(base, rest, hops),
                    _ => self.descend(base, rest, hops),
                }
            }
            _ => self
                .names(module, first, hops)
                .iter()
                .flat_map(|base| self.descend(base, rest, hops))
                .collect(),
        }
    }

    /// Follows `rest` from `base` through modules; what is no module ends it.
    fn descend(&self, base: &[String], rest: &[String], hops: usize) -> Vec<Vec<String>> {
        if let Some((first, after)) = rest.split_first()
            && self.is_module(base)
        {
            let modules: Vec<_> = self
                .names(base, first, hops)
                .into_iter()
                .filter(|path| self.is_module(path))
                .collect();
            if !modules.is_empty() {
                let further = |module: &Module| self.descend(module, after, hops);
                return modules.iter().flat_map(further).collect();
            }
        }
        vec![[base, rest].concat()]
    }

    /// What a name means in a module: a module below it, or what a `use` brings.
    fn names(&self, module: &[String], name: &str, hops: usize) -> Vec<Vec<String>> {
        let child = [module, &[name.to_owned()]].concat();
        if self.is_module(&child) {
            return vec![child];
        }
        let Some(hops) = hops.checked_sub(1) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for path in self.written.iter().filter(|path| path.module == module) {
            match &path.brings {
                Brings::Name(brought) if brought == name => {
                    found.extend(self.resolve(module, &path.segments, hops));
                }
                Brings::EveryName => {
                    for base in self.resolve(module, &path.segments, hops) {
                        found.extend(self.names(&base, name, hops));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

struct Walk<'a> {
    file: &'a str,
    paths: &'a mut Paths,
}

impl Walk<'_> {
    fn walk(&mut self, tokens: TokenStream, module: &Module) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut rest = &tokens[..];
        while !rest.is_empty() {
            rest = self.step(rest, module);
        }
    }

    /// Reads what the tokens start with; gives those behind it.
    fn step<'t>(&mut self, tokens: &'t [TokenTree], module: &Module) -> &'t [TokenTree] {
        if let Some(rest) = after_colons(tokens) {
            return after_names(rest); // `::core::fmt`, or `::new` behind a type's `>`
        }
        match tokens {
            [TokenTree::Group(group), rest @ ..] => {
                self.walk(group.stream(), module);
                rest
            }
            [TokenTree::Punct(mark), TokenTree::Ident(_), rest @ ..] if mark.as_char() == '\'' => {
                rest
            }
            [TokenTree::Punct(mark), TokenTree::Ident(name), rest @ ..]
                if mark.as_char() == '$' && name != "crate" =>
            {
                rest
            }
            [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..]
                if word == "extern" && name == "crate" =>
            {
                rest
            }
            [
                TokenTree::Ident(word),
                TokenTree::Ident(name),
                TokenTree::Group(body),
                rest @ ..,
            ] if word == "mod" => {
                let inner = [&module[..], &[name.to_string()]].concat();
                self.paths.add_module(&inner);
                self.walk(body.stream(), &inner);
                rest
            }
            [TokenTree::Ident(word), TokenTree::Group(group), rest @ ..]
                if word == "pub" && is_visibility(group.stream()) =>
            {
                rest
            }
            [TokenTree::Ident(word), rest @ ..] if word == "use" && !starts_with(rest, '<') => {
                self.tree(rest, Vec::new(), module, true)
            }
            [TokenTree::Ident(_), ..] => self.tree(tokens, Vec::new(), module, false),
            [_, rest @ ..] => rest,
            [] => tokens,
        }
    }

    /// Reads a path or, behind `use`, a tree of them.
    fn tree<'t>(
        &mut self,
        tokens: &'t [TokenTree],
        mut segments: Vec<String>,
        module: &Module,
        is_use: bool,
    ) -> &'t [TokenTree] {
        match tokens {
            [TokenTree::Punct(mark), rest @ ..] if mark.as_char() == '$' => {
                self.tree(rest, segments, module, is_use)
            }
            [TokenTree::Punct(mark), rest @ ..]
                if mark.as_char() == '*' && !segments.is_empty() =>
            {
                self.record(segments, module, Brings::EveryName);
                rest
            }
            [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Brace => {
                self.group(group.stream(), &segments, module, is_use);
                rest
            }
            [TokenTree::Ident(name), rest @ ..] => {
                let name = name.to_string();
                if name != "self" || segments.is_empty() {
                    segments.push(name.trim_start_matches("r#").to_owned());
                }
                match (after_colons(rest), rest) {
                    (Some(further), _) if continues(further) => {
                        self.tree(further, segments, module, is_use)
                    }
                    (_, [TokenTree::Ident(word), TokenTree::Ident(alias), after @ ..])
                        if is_use && word == "as" =>
                    {
                        self.record(segments, module, Brings::Name(alias.to_string()));
                        after
                    }
                    _ => {
                        let own_name = segments.last().cloned().unwrap_or_default();
                        let brings = if is_use {
                            Brings::Name(own_name)
                        } else {
                            Brings::Nothing
                        };
                        self.record(segments, module, brings);
                        rest
                    }
                }
            }
            // `use ::core::fmt`
            _ => after_colons(tokens).map_or(tokens, after_names),
        }
    }

    fn group(&mut self, list: TokenStream, prefix: &[String], module: &Module, is_use: bool) {
        let tokens: Vec<_> = list.into_iter().collect();
        for part in tokens.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','))
        {
            self.tree(part, prefix.to_vec(), module, is_use);
        }
    }

    fn record(&mut self, segments: Vec<String>, module: &Module, brings: Brings) {
        let is_lone_name = segments.len() == 1 && segments[0] != "crate";
        if is_lone_name && matches!(brings, Brings::Nothing) {
            return; // a variable, a keyword, a type in scope
        }
        self.paths.written.push(Written {
            file: self.file.to_owned(),
            module: module.clone(),
            segments,
            brings,
        });
    }
}

/// The tokens behind a leading `::`.
fn after_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), rest @ ..]
            if one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':' =>
        {
            Some(rest)
        }
        _ => None,
    }
}

/// The tokens behind `a::b::c`.
fn after_names(tokens: &[TokenTree]) -> &[TokenTree] {
    match tokens {
        [TokenTree::Ident(_), rest @ ..] => after_colons(rest).map_or(rest, after_names),
        _ => tokens,
    }
}

/// Whether a path goes on behind `::`; a `<` or a `$name` ends it.
fn continues(tokens: &[TokenTree]) -> bool {
    match tokens.first() {
        Some(TokenTree::Ident(_)) => true,
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => starts_with(tokens, '*'),
    }
}

fn starts_with(tokens: &[TokenTree], mark: char) -> bool {
    matches!(tokens.first(), Some(TokenTree::Punct(first)) if first.as_char() == mark)
}

/// Whether the parentheses behind `pub` are a visibility, not the type of a field.
fn is_visibility(tokens: TokenStream) -> bool {
    let words: Vec<_> = tokens.into_iter().map(|token| token.to_string()).collect();
    match words.as_slice() {
        [only] => ["crate", "super", "self"].contains(&only.as_str()),
        [first, ..] => first == "in",
        [] => false,
    }
}
