//! Judges the paths of a crate by the law of wings and the law of siblings, and its types by
//! their names.

use super::paths::{Paths, Reference};
use super::tree::{File, Module};
use proc_macro2::{Ident, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// Each name with the names that it may import.
pub(crate) type Table<'a> = &'a [(&'a str, &'a [&'a str])];

/// Which module may import which.
#[derive(Clone, Copy)]
pub(crate) struct Laws<'a> {
    /// The modules at the crate root, each below those that it may import.
    pub(crate) wings: Table<'a>,
    /// A module within a wing, as `json/simd`, with the modules beside it that it may import. What
    /// their common parent declares or re-exports is free to them.
    pub(crate) siblings: Table<'a>,
}

/// What one path means to the laws.
enum Import {
    /// From one wing to another.
    Wing(String, String),
    /// From a module to one beside it, both with their path as in the table of siblings.
    Sibling(String, String),
    /// To something at the crate root that is no module.
    RootItem,
    /// To the own module, one below it, or an item of one around it.
    Free,
}

impl Laws<'_> {
    /// What the files do that the laws do not allow, one sentence each.
    pub(crate) fn violations(&self, files: &[File]) -> Vec<String> {
        let paths = Paths::of(files);
        let unlisted = files
            .iter()
            .filter_map(|file| Some((file, file.module().first()?.clone())))
            .filter(|(_, wing)| row(self.wings, wing).is_none())
            .map(|(file, wing)| {
                format!("{}: `{wing}` is missing in the table of wings", file.name)
            });
        let references = paths.references();
        let forbidden = references
            .iter()
            .filter_map(|reference| self.judge(&paths, reference));
        let all: BTreeSet<_> = unlisted.chain(forbidden).collect();
        all.into_iter().collect()
    }

    fn judge(&self, paths: &Paths, reference: &Reference) -> Option<String> {
        let fault = match import(paths, reference) {
            Import::Wing(from, to) => (!grants(self.wings, &from, &to))
                .then(|| format!("wing `{from}` may not import wing `{to}`"))?,
            Import::Sibling(from, to) => (!grants(self.siblings, &from, own_name(&to)))
                .then(|| format!("`{from}` may not import its sibling `{to}`"))?,
            Import::RootItem => "the core names the wing, not the crate root".to_owned(),
            Import::Free => return None,
        };
        Some(format!(
            "{}: `{}`: {fault}",
            reference.file, reference.written
        ))
    }

    /// What the tables grant and no file uses, and rows that are no module.
    pub(crate) fn unused(&self, files: &[File]) -> Vec<String> {
        let paths = Paths::of(files);
        let mut used = BTreeSet::new();
        for reference in paths.references() {
            match import(&paths, &reference) {
                Import::Wing(from, to) => used.insert((from, to)),
                Import::Sibling(from, to) => used.insert((from, own_name(&to).to_owned())),
                Import::RootItem | Import::Free => false,
            };
        }
        let mut unused = Vec::new();
        for (from, granted) in self.wings.iter().chain(self.siblings) {
            let module: Module = from.split('/').map(str::to_owned).collect();
            if !paths.is_module(&module) {
                unused.push(format!("`{from}` is no module"));
            }
            for to in *granted {
                if !used.contains(&((*from).to_owned(), (*to).to_owned())) {
                    unused.push(format!("`{from}` does not import `{to}`"));
                }
            }
        }
        unused
    }

    /// Where a table does not have one direction.
    pub(crate) fn circles(&self) -> Vec<String> {
        let mut circles = Vec::new();
        for (at, (wing, granted)) in self.wings.iter().enumerate() {
            for other in *granted {
                if !self.wings[..at].iter().any(|(above, _)| above == other) {
                    circles.push(format!("`{other}` does not stand above `{wing}`"));
                }
            }
        }
        for (module, _) in self.siblings {
            if self.leads_back(module) {
                circles.push(format!("`{module}` imports itself through its siblings"));
            }
        }
        circles
    }

    fn leads_back(&self, start: &str) -> bool {
        let parent = start.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut seen = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(module) = open.pop() {
            for other in row(self.siblings, &module).unwrap_or_default() {
                let other = format!("{parent}/{other}");
                if other == start {
                    return true;
                }
                if seen.insert(other.clone()) {
                    open.push(other);
                }
            }
        }
        false
    }
}

fn import(paths: &Paths, reference: &Reference) -> Import {
    let Reference { from, to, .. } = reference;
    let common = from
        .iter()
        .zip(to)
        .take_while(|(one, other)| one == other)
        .count();
    if common == from.len() {
        return Import::Free;
    }
    let is_module = to.len() > common && paths.is_module(&to[..=common]);
    match (common, is_module) {
        (0, true) => Import::Wing(from[0].clone(), to[0].clone()),
        (0, false) => Import::RootItem,
        (_, true) => Import::Sibling(from[..=common].join("/"), to[..=common].join("/")),
        (_, false) => Import::Free,
    }
}

fn row<'a>(table: Table<'a>, name: &str) -> Option<&'a [&'a str]> {
    let (_, granted) = table.iter().find(|(row, _)| *row == name)?;
    Some(granted)
}

fn grants(table: Table, from: &str, to: &str) -> bool {
    row(table, from).is_some_and(|granted| granted.contains(&to))
}

fn own_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The names that more than one type, trait or alias of a crate has, with the files of each.
pub(crate) fn names_twice(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let mut types = TypeNames(Vec::new());
        types.visit_file(&file.syntax());
        for name in types.0 {
            names.entry(name).or_default().push(file.name.clone());
        }
    }
    names.retain(|_, files| files.len() > 1);
    names
}

struct TypeNames(Vec<String>);

impl TypeNames {
    fn add(&mut self, name: &Ident) {
        self.0.push(name.to_string());
    }

    /// Declarations in the body of a macro; `type` is left out there, since it may be associated.
    fn add_from(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match (token, tokens.get(at + 1)) {
                (TokenTree::Group(group), _) => self.add_from(group.stream()),
                (TokenTree::Ident(word), Some(TokenTree::Ident(name)))
                    if ["struct", "enum", "union", "trait"]
                        .iter()
                        .any(|kind| word == kind) =>
                {
                    self.add(name);
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.add(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.add_from(item.tokens.clone());
    }
}
