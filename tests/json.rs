//! Tests the JSON reader and the number writer against `serde_json` and the standard library's
//! floats.
//!
//! The reader accepts what `serde_json` accepts, and beyond it only a comma before `}` or `]`.

mod support;

use kochava_edge::{Decimal, Reader, Spelling, Value, is_php_number, write_number};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::value::RawValue;
use support::generate::{body, config, number, sprawl, text, value};

/// Texts that are not JSON, and the offset of the first byte that cannot stand there; the length when the text ends too early.
#[rustfmt::skip]
const FAULTS: &[(&str, usize)] = &[
    ("", 0), ("   ", 3), ("nul", 3), ("nulx", 3), ("tru", 3), ("falsy", 4), ("NaN", 0), ("'a'", 0), ("undefined", 0),
    ("01", 1), ("-", 1), ("-a", 1), ("1.", 2), (".5", 0), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("+1", 0), ("0x10", 1), ("1_0", 1), ("Infinity", 0),
    (r#"""#, 1), (r#""a"#, 2), (r#""\x""#, 2), (r#""\u12g4""#, 5), (r#""\u12"#, 5), (r#""\"#, 2), ("\"a\nb\"", 2), ("\"é\u{1}\"", 3),
    ("\"0123456789\u{0}\"", 11), ("\"01234567\u{1f}\"", 9),
    ("\"ab\u{1f}defghij\"", 3),
    ("[", 1), ("[1", 2), ("[1 2]", 3), ("[,]", 1), ("[1,,2]", 3), ("[1,,]", 3), ("[1}", 2), ("]", 0), ("[1]]", 3), ("[1] x", 4),
    ("{", 1), (r#"{"a""#, 4), (r#"{"a"}"#, 4), (r#"{"a" 1}"#, 5), (r#"{"a":}"#, 5), (r#"{"a":1 "b":2}"#, 7), (r#"{"a":1,,}"#, 7), ("{,}", 1), ("{a:1}", 1),
    ("{1:2}", 1), (r#"{"a":1]"#, 6), ("{} {}", 3), (r#"{"a":[{"b":tru}]}"#, 14), ("/* */ 1", 0), ("1 // one", 2), ("\u{feff}1", 0), ("\u{a0}1", 0),
];

#[test]
fn a_fault_is_at_the_byte_that_cannot_stand_there() {
    for &(text, at) in FAULTS {
        assert_eq!(
            read(text).map_err(|fault| fault.at).err(),
            Some(at),
            "{text}"
        );
        assert!(!serde_accepts(text), "{text}");
    }
}

#[test]
fn a_comma_may_stand_before_a_closing_bracket() {
    for text in [
        "[1,]",
        "[[],]",
        r#"{"a":1,}"#,
        r#"{"a":[1 , ] , }"#,
        "[1\n,\t]",
    ] {
        assert!(
            read(text).is_ok()
                && !serde_accepts(text)
                && serde_accepts(&without_trailing_commas(text)),
            "{text}"
        );
    }
}

#[test]
fn deep_nesting_neither_fails_nor_overflows_the_stack() {
    const LEVELS: usize = 100_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let deep = format!("{}1{}", open.repeat(LEVELS), close.repeat(LEVELS));
        let mut reader = Reader::new(&deep);
        assert!(reader.value().is_ok() && reader.end().is_ok());
        assert_eq!(
            reader.take_levels(),
            LEVELS * open.matches(['[', '{']).count()
        );
        assert_eq!(
            read(&deep[..deep.len() - 1]).map_err(|fault| fault.at),
            Err(deep.len() - 1)
        );
    }
    // the 64th and the 65th level are kept in different places
    for levels in 60..70 {
        let mixed: String = (0..levels)
            .map(|level| if level % 3 == 0 { "[" } else { "{\"a\":" })
            .collect();
        let closed: String = (0..levels)
            .rev()
            .map(|level| if level % 3 == 0 { "]" } else { "}" })
            .collect();
        assert!(
            read(&format!("{mixed}1{closed}")).is_ok(),
            "{levels} levels"
        );
        assert!(
            read(&format!("{mixed}1{}", closed.replace('}', "]"))).is_err(),
            "{levels} levels"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..config() })]

    #[test]
    fn what_serde_accepts_is_accepted(json in prop_oneof![value(), body()]) {
        accepts_as_serde_does(&json);
        accepts_as_serde_does(&sprawl(&json));
    }

    #[test]
    fn what_serde_rejects_is_rejected(
        json in prop_oneof![value(), body()],
        edits in prop::collection::vec((any::<Index>(), select(&["{", "}", "[", "]", ",", ",", ":", "\"", "\\", "u", "0", "1", "-", "+", ".", "e", "t", " ", "\n", "\u{1}", "\u{1f}", "\u{7f}", "é", ""][..]), any::<bool>()), 1..4),
    ) {
        let mut characters: Vec<String> = json.chars().map(String::from).collect();
        for (at, other, replaces) in edits {
            let at = at.index(characters.len());
            if replaces { characters[at] = other.to_owned() } else { characters.insert(at, other.to_owned()) }
        }
        accepts_as_serde_does(&characters.concat());
    }

    #[test]
    fn values_are_what_serde_reads(json in value()) {
        // half surrogate pairs and numbers beyond every float are no values to serde
        if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&json) {
            prop_assert_eq!(parsed(read(&json).expect("serde accepts it")), theirs);
        }
    }

    #[test]
    fn a_text_decodes_as_its_utf_16_does(token in text()) {
        let Ok(Value::String(ours)) = read(&token) else { panic!("{token} is a text") };
        let units = utf_16(&token[1..token.len() - 1]);
        let theirs = String::from_utf16_lossy(&units);
        prop_assert_eq!(ours.decode(), theirs.as_str());
        prop_assert_eq!(ours.chars().collect::<String>(), theirs.as_str());
        prop_assert_eq!(ours.has_lone_surrogate(), String::from_utf16(&units).is_err());
        let longer = format!("{theirs}x");
        prop_assert!(ours.is(&theirs) && !ours.is(&longer));
    }

    #[test]
    fn a_number_keeps_its_spelling(token in number()) {
        prop_assert_eq!(read(&token), Ok(Value::Number(&token)));
    }

    #[test]
    fn numbers_compare_exactly(one in decimal(), other in decimal()) {
        let ((one, one_scaled), (other, other_scaled)) = (one, other);
        prop_assert_eq!(Decimal::of(&one).cmp(&Decimal::of(&other)), one_scaled.cmp(&other_scaled), "{} and {}", one, other);
        let spaced = format!(" {one}\n");
        prop_assert_eq!(Decimal::parse(&spaced), Some(Decimal::of(&one)));
    }

    #[test]
    fn one_number_in_two_spellings_is_equal((mantissa, scale, spellings) in (-9_999_i64..10_000, -6_i32..7, (0_u8..5, 0_u8..5))) {
        let (one, other) = (spell(mantissa, scale, spellings.0), spell(mantissa, scale, spellings.1));
        prop_assert_eq!(Decimal::of(&one), Decimal::of(&other), "{} and {}", one, other);
    }

    #[test]
    fn a_number_becomes_the_float_that_the_standard_library_reads(token in float()) {
        assert_same_float(&token);
    }

    #[test]
    fn a_number_half_way_between_two_floats_becomes_the_even_one((mantissa, halvings, beyond) in (1_u64 << 52..1 << 53, 1_u32..31, 0_usize..3)) {
        for mantissa in [mantissa, 1 << 52, (1 << 53) - 1] {
            let half_way = u128::from(2 * mantissa + 1) * 5_u128.pow(halvings);
            let token = [
                format!("{half_way}e-{halvings}"),
                format!("{half_way}{}1e-{}", "0".repeat(800), halvings + 801),
                format!("{}{}e-{}", half_way - 1, "9".repeat(20), halvings + 20),
            ];
            assert_same_float(&token[beyond]);
        }
    }
}

#[test]
fn numbers_around_the_largest_and_the_smallest_float_are_rounded_as_std_does() {
    // 2^1024 - 2^970, the first number nearer to infinity
    let border = "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797758720709633028641669288791094655554785194040263065748867150582\
        0681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904174497792";
    assert!(border.parse::<f64>().is_ok_and(f64::is_infinite));
    let large = [
        format!("{:.1}", f64::MAX),
        format!("{border}.0"),
        format!("{}.9", border.replace("97792", "97791")),
        format!("1e{}", "9".repeat(30)),
    ];
    let smallest = format!("{:.1074}", f64::from_bits(1));
    let small = [
        format!("{smallest}1"),
        smallest,
        format!("1e-{}", "9".repeat(30)),
    ];
    let short = [
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "4.9e-324",
        "1e-324",
        "1e-325",
        "0.0e9",
        "-0.0",
        "1e308",
        "1.8e308",
        "1e309",
    ];
    for token in large.iter().chain(&small).map(String::as_str).chain(short) {
        assert_same_float(token);
    }
}

#[test]
fn numbers_beyond_every_float_are_compared() {
    let ascending = [
        "-1e999",
        "-1e308",
        "-9007199254740993",
        "-9007199254740992",
        "-1e-999",
        "0",
        "5e-324",
        "9007199254740992",
        "9007199254740993",
        "1e999",
        "10e999",
    ];
    for (index, one) in ascending.iter().enumerate() {
        for (other_index, other) in ascending.iter().enumerate() {
            assert_eq!(
                Decimal::of(one).cmp(&Decimal::of(other)),
                index.cmp(&other_index),
                "{one} and {other}"
            );
        }
    }
    assert!(
        ["", "$5", "5 5", "0x5", "\"5\"", "1,5", "five", "[5]"]
            .iter()
            .all(|text| Decimal::parse(text).is_none())
    );
}

fn read(text: &str) -> Result<Value<'_>, kochava_edge::SyntaxError> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    reader.end().map(|()| value)
}

fn serde_accepts(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

#[track_caller]
fn accepts_as_serde_does(text: &str) {
    match (read(text).is_ok(), serde_accepts(text)) {
        (true, false) => {
            let without = without_trailing_commas(text);
            assert!(
                without != text && serde_accepts(&without),
                "accepted, and not for a trailing comma: {text}"
            );
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{text}"),
    }
}

/// The same text, without any comma that stands before a closing bracket and outside of strings.
fn without_trailing_commas(text: &str) -> String {
    let (mut kept, mut in_string, mut is_escaped) = (String::new(), false, false);
    for (at, character) in text.char_indices() {
        let next = text[at + character.len_utf8()..]
            .trim_start_matches([' ', '\n', '\r', '\t'])
            .chars()
            .next();
        if in_string || character != ',' || !matches!(next, Some('}' | ']')) {
            kept.push(character);
        }
        if character == '"' && !is_escaped {
            in_string = !in_string;
        }
        is_escaped = in_string && character == '\\' && !is_escaped;
    }
    kept
}

/// The value as `serde_json` has it; of a duplicate key the last value.
fn parsed(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(word) => (word == "true").into(),
        Value::Number(number) => serde_json::from_str(number).expect("it is a number"),
        Value::String(text) => text.decode().into(),
        Value::Array(_) => value.elements().map(parsed).collect::<Vec<_>>().into(),
        Value::Object(_) => value
            .members()
            .map(|(key, value)| (key.decode().into_owned(), parsed(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// The code units of a checked JSON string, by the grammar of RFC 8259, section 7.
fn utf_16(raw: &str) -> Vec<u16> {
    let mut units = Vec::new();
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        let unit = match (
            character,
            if character == '\\' { rest.next() } else { None },
        ) {
            (_, Some('u')) => u16::from_str_radix(&rest.by_ref().take(4).collect::<String>(), 16)
                .expect("four digits were checked"),
            (_, Some('b')) => 8,
            (_, Some('f')) => 12,
            (_, Some('n')) => 10,
            (_, Some('r')) => 13,
            (_, Some('t')) => 9,
            (plain, None) | (_, Some(plain)) => {
                units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
                continue;
            }
        };
        units.push(unit);
    }
    units
}

/// Asserts that a number is written with the digits of the float that the standard library reads.
fn assert_same_float(token: &str) {
    let float: f64 = token.parse().expect("it is a number");
    let mut written = String::new();
    assert_eq!(
        write_number(&mut written, token, Spelling::Native),
        float.is_finite(),
        "{token}"
    );
    assert_eq!(is_php_number(token), float.is_finite(), "{token}");
    if float.is_finite() {
        let shortest = format!("{float:e}");
        if Decimal::of(&written) != Decimal::of(&shortest) {
            let lower = half_way_below(&shortest, float);
            let is_lower = lower.is_some_and(|lower| Decimal::of(&written) == Decimal::of(&lower));
            assert!(is_lower, "{token} as {written}, not {shortest}");
        }
    }
}

/// Where a float is half-way between the shortest digits that the standard library chose, which are above it, and the
/// next ones below, which end on an even digit: those below, as PHP and V8 have them.
fn half_way_below(shortest: &str, float: f64) -> Option<String> {
    let (mantissa, exponent) = shortest.split_once('e')?;
    let (start, last) = mantissa.split_at(mantissa.len() - 1);
    let even = last.parse::<u8>().ok()? - 1;
    let between = format!("{start}{even}5e{exponent}");
    let is_half_way = Decimal::of(&between) == Decimal::of(&format!("{float:.1074}"));
    (is_half_way && even % 2 == 0).then(|| format!("{start}{even}e{exponent}"))
}

#[test]
fn of_two_spellings_that_are_equally_near_the_even_one_is_written() {
    // json_encode of PHP 8.2.36 with serialize_precision -1
    for (token, php) in [
        ("226664686777890.125", "226664686777890.12"),
        ("226664686777890.375", "226664686777890.38"),
        ("-226664686777890.125", "-226664686777890.12"),
    ] {
        let mut written = String::new();
        assert!(
            write_number(&mut written, token, Spelling::Native) && written == php,
            "{written}"
        );
    }
}

/// A number with a point or an exponent: near a float, or of any digits.
fn float() -> impl Strategy<Value = String> {
    let near = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("JSON has no infinity", |float| float.is_finite());
    prop_oneof![
        (near, 0_usize..30).prop_map(|(float, places)| format!("{float:.places$e}")),
        (any::<u64>(), -345_i32..330).prop_map(|(digits, scale)| format!("{digits}e{scale}")),
        (any::<i32>(), any::<u64>()).prop_map(|(whole, fraction)| format!("{whole}.{fraction}")),
    ]
}

/// A number in some spelling, and its value scaled by 10^10.
fn decimal() -> impl Strategy<Value = (String, i128)> {
    let near = prop_oneof![2 => any::<i64>().prop_map(|number| number / 1_000_000), 2 => -100_i64..100, 1 => 1_000_i64..1_010];
    (near, -9_i32..9, 0_u8..5).prop_map(|(mantissa, scale, spelling)| {
        let scaled =
            i128::from(mantissa) * 10_i128.pow(u32::try_from(scale + 10).expect("it is positive"));
        (spell(mantissa, scale, spelling), scaled)
    })
}

/// `mantissa` × 10^`scale` in one of five spellings.
fn spell(mantissa: i64, scale: i32, spelling: u8) -> String {
    let (sign, digits) = (
        if mantissa < 0 { "-" } else { "" },
        mantissa.unsigned_abs().to_string(),
    );
    let length = i32::try_from(digits.len()).expect("it is short");
    match spelling {
        0 => format!("{sign}{digits}e{scale}"),
        1 => format!("{sign}{digits}.000E{scale:+}"),
        2 if mantissa != 0 => format!("{sign}{digits}000e{}", scale - 3),
        3 => format!("{sign}0.{digits}e{}", scale + length),
        _ => format!("{sign}0.00{digits}0e{}", scale + length + 2),
    }
}
