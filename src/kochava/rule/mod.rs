//! The rules of Kochava's guide: a code, a severity, a sentence and a source for each.
//!
//! A rule that Kochava's guide makes mandatory refuses the event; a rule whose breach only weakens
//! attribution warns, and the event is sent. Where Kochava's pages contradict each other, the
//! source names the reading that the rule follows. `table` lists the rules.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// The consequence of breaking a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The event is not sent.
    Refuse,
    /// The event is sent, as it is or without the part at fault, and the operator is warned.
    Warn,
}

/// A broken rule, with its place in Kochava's body and its origin in the sender's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// Kochava's field, dotted, such as `data.origination_ip`; empty for the whole body.
    pub field: Cow<'static, str>,
    /// The path in the sender's event, as the settings or the sender's documentation write it: of
    /// the value at fault, or where a missing value was expected.
    pub origin: Option<String>,
}

impl Violation {
    /// Creates a violation of `rule` at `field`, without an origin.
    pub fn new(rule: Rule, field: impl Into<Cow<'static, str>>) -> Self {
        Violation {
            rule,
            field: field.into(),
            origin: None,
        }
    }

    /// Sets the origin.
    #[must_use]
    pub fn from_path(self, path: Option<&str>) -> Self {
        Violation {
            origin: path.map(String::from),
            ..self
        }
    }

    /// Returns the sentence of the rule with the origin in it, in parts that a caller appends
    /// without an allocation: "no IP address in `ip_address`; send the device's, or map another
    /// field".
    #[must_use]
    pub fn message(&self) -> [&str; 4] {
        match &self.origin {
            Some(path) => [
                self.rule.problem(),
                " in `",
                path,
                self.rule.advice_after_path(),
            ],
            None => [self.rule.sentence(), "", "", ""],
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message()
            .into_iter()
            .try_for_each(|part| f.write_str(part))
    }
}

/// Declares [`Rule`] from the rows of `table`.
macro_rules! rules {
    ($(
        $(#[doc = $source:literal])+
        $name:ident = $code:literal, $severity:ident,
        $problem:literal $(, $advice:literal $(or $mapped:literal)?)?;
    )+) => {
        /// A rule that a call to Kochava keeps or breaks; the text of each variant is its source.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[doc = $source])+ $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// Returns the stable code for machines.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Rule::$name => $code,)+ }
            }

            /// Returns the consequence of breaking the rule.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)+ }
            }

            /// Returns the sentence for people: what is wrong and what to do about it.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Rule::$name => concat!($problem $(, "; ", $advice)?),)+ }
            }

            /// Returns the source of the rule.
            #[must_use]
            pub fn source(self) -> &'static str {
                match self { $(Rule::$name => const { concat!($($source,)+).trim_ascii() },)+ }
            }

            /// The first part of the sentence: what is wrong.
            pub(super) fn problem(self) -> &'static str {
                match self { $(Rule::$name => $problem,)+ }
            }

            /// The rest of the sentence behind a quoted path, with the closing quote.
            pub(super) fn advice_after_path(self) -> &'static str {
                match self {
                    $(Rule::$name => concat!("`" $(, "; ", $advice $(, ", or ", $mapped)?)?),)+
                }
            }
        }
    };
}

mod table;

pub use table::Rule;
