//! Walks over the scalars of a body that `kochava::wire` wrote.

use crate::json::Reader;
use crate::mapping::FieldPath;
use alloc::borrow::Cow;
use alloc::string::String;

/// Calls `each` with the name of every scalar, and the offsets of its first byte and behind its last
/// one. The body must be JSON of our own: objects without lists. `parent` is the dotted name of the
/// object at the reader's position.
pub(super) fn each_leaf(
    reader: &mut Reader<'_>,
    parent: &mut String,
    each: &mut impl FnMut(&FieldPath<'_>, usize, usize),
) {
    let mut is_first = reader.enter(b'{').is_ok();
    while let Ok(Some(name)) = reader.member(core::mem::take(&mut is_first)) {
        let key = name.decode();
        if reader.peek() != Some(b'{') {
            let start = reader.position();
            if reader.value().is_ok() {
                let field = FieldPath::new(parent, Cow::Borrowed(&key));
                each(&field, start, reader.position());
            }
            continue;
        }
        let length = parent.len();
        if length > 0 {
            parent.push('.');
        }
        parent.push_str(&key);
        each_leaf(reader, parent, each);
        parent.truncate(length);
    }
}
