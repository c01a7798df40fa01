//! A Markdown document of this repository: its links, anchors, code and sections.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A document, parsed as GitHub shows it.
pub(crate) struct Document {
    path: String,
    text: String,
    links: Vec<String>,
    anchors: BTreeSet<String>,
    /// Inline code, and the lines of code blocks.
    code: BTreeSet<String>,
    /// Code blocks with their language.
    blocks: Vec<(String, String)>,
}

impl Document {
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut document = Document {
            path: path.to_owned(),
            text: text.to_owned(),
            links: Vec::new(),
            anchors: BTreeSet::new(),
            code: BTreeSet::new(),
            blocks: Vec::new(),
        };
        let mut repeated = BTreeMap::<String, usize>::new();
        let (mut heading, mut block) = (None::<String>, None::<(String, String)>);
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor_of(&heading.take().unwrap_or_default());
                    let times = repeated.entry(anchor.clone()).or_default();
                    document.anchors.insert(match *times {
                        0 => anchor,
                        times => format!("{anchor}-{times}"),
                    });
                    *times += 1;
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.into_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    block = Some((language, String::new()));
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    document.anchors.extend(id_of(&html));
                }
                Event::Text(text) => {
                    if let Some((_, block)) = &mut block {
                        block.push_str(&text);
                    }
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    document.code.insert(code.into_string());
                }
                _ => {}
            }
        }
        let lines = document.blocks.iter().flat_map(|(_, block)| block.lines());
        document
            .code
            .extend(lines.map(|line| line.trim().to_owned()));
        document
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = &str> {
        self.links.iter().map(String::as_str)
    }

    pub(crate) fn code(&self) -> &BTreeSet<String> {
        &self.code
    }

    /// Code blocks in one language.
    pub(crate) fn blocks(&self, language: &str) -> impl Iterator<Item = &str> {
        let blocks = self
            .blocks
            .iter()
            .filter(move |(known, _)| known == language);
        blocks.map(|(_, block)| block.as_str())
    }

    /// What a shell is told: inline code, the lines of code blocks, and what follows `&&` in them.
    pub(crate) fn commands(&self) -> Vec<&str> {
        let code = self.code.iter().flat_map(|code| code.split("&&"));
        code.map(str::trim).collect()
    }

    /// What stands below a heading, up to the next one of its level.
    #[track_caller]
    pub(crate) fn section(&self, heading: &str) -> Document {
        let begin = format!("\n## {heading}\n");
        let (_, rest) = self
            .text
            .split_once(&begin)
            .unwrap_or_else(|| panic!("{} has no section {heading}", self.path));
        let end = ["\n## ", "\n# "]
            .iter()
            .filter_map(|next| rest.find(next))
            .min();
        Document::parse(&self.path, &rest[..end.unwrap_or(rest.len())])
    }

    #[track_caller]
    pub(crate) fn tells(&self, text: &str) {
        assert!(
            self.text.contains(text),
            "{} does not say {text}",
            self.path
        );
    }

    /// What is wrong with a link of this document, if it leads into this repository.
    pub(crate) fn fault_of(&self, link: &str) -> Option<String> {
        if !is_relative(link) {
            return None;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let file = self.target_of(path);
        if !file.exists() {
            return Some(format!("{} does not exist", file.display()));
        }
        if anchor.is_empty() {
            return None;
        }
        let has_anchor = if path.is_empty() {
            self.anchors.contains(anchor)
        } else {
            let text = fs::read_to_string(&file).unwrap_or_default();
            Document::parse(path, &text).anchors.contains(anchor)
        };
        (!has_anchor).then(|| format!("{} has no anchor {anchor}", file.display()))
    }

    fn target_of(&self, path: &str) -> PathBuf {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        if path.is_empty() {
            return repository.into();
        }
        let folder = Path::new(&self.path).parent().unwrap_or(Path::new(""));
        repository.join(folder).join(path)
    }
}

pub(crate) fn is_relative(link: &str) -> bool {
    !link.contains("://") && !link.starts_with("mailto:")
}

/// The anchor that GitHub gives a heading: lower case, blanks as hyphens, no punctuation.
fn anchor_of(heading: &str) -> String {
    let letters = heading.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    letters.flat_map(char::to_lowercase).collect()
}

/// The `id` of `<a id="…">`.
fn id_of(html: &str) -> Option<String> {
    let (_, rest) = html.split_once(" id=\"")?;
    Some(rest.split('"').next()?.to_owned())
}
