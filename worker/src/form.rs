//! The fields of a form, and of the query of a URL.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{FormData, Headers, Response, ResponseInit};

/// Returns whether a media type is that of a form.
pub(crate) fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|form| media_type.eq_ignore_ascii_case(form))
}

/// The fields of a request.
pub(crate) struct Fields {
    form: Option<FormData>,
    url: String,
}

impl Fields {
    /// Reads a form with the platform's parser, which knows both kinds. A form that it cannot read
    /// has no fields.
    pub(crate) async fn of(content_type: &str, body: &[u8], url: &str) -> Self {
        let form = if is_form(content_type) {
            parse(content_type, body).await
        } else {
            None
        };
        Fields {
            form,
            url: url.to_owned(),
        }
    }

    /// Returns the text of a field: that of the form, otherwise that of the query.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let in_form = self
            .form
            .as_ref()
            .and_then(|form| form.get(name).as_string());
        in_form.or_else(|| query_field(&self.url, name))
    }
}

async fn parse(content_type: &str, body: &[u8]) -> Option<FormData> {
    let headers = Headers::new().ok()?;
    headers.set("Content-Type", content_type).ok()?;
    let init = ResponseInit::new();
    init.set_headers(&headers);
    let bytes = Uint8Array::from(body);
    let response = Response::new_with_opt_js_u8_array_and_init(Some(&bytes), &init).ok()?;
    let form = JsFuture::from(response.form_data().ok()?).await.ok()?;
    Some(form.unchecked_into())
}

/// Returns the value of a field in the query of a URL.
pub(crate) fn query_field(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_form, query_field};

    #[test]
    fn forms_are_recognized_by_their_media_types() {
        assert!(is_form("application/x-www-form-urlencoded; charset=UTF-8"));
        assert!(is_form("Multipart/Form-Data; boundary=x"));
        for other in [
            "",
            "text/plain",
            "application/json",
            "multipart/mixed; boundary=x",
        ] {
            assert!(!is_form(other), "{other}");
        }
    }

    #[test]
    fn the_first_field_of_a_name_counts_and_is_decoded() {
        let query = "https://edge.example.com/identify?api_key=a%2Bb+c&event=%7B%7D&api_key=d";
        assert_eq!(query_field(query, "api_key").as_deref(), Some("a+b c"));
        assert_eq!(query_field(query, "event").as_deref(), Some("{}"));
        assert_eq!(query_field(query, "e"), None);
        assert_eq!(query_field("https://edge.example.com/e=1", "e"), None);
    }
}
