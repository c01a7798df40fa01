//! How is a JSON object of our own made?

use serde_json::{Map, Value};

/// An object of these members; built one by one, since collecting would bring a sort along.
pub(crate) fn object<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}
