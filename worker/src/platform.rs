//! Which doors of the platform have no binding that could serve?
//!
//! Queues: the crate's binding stores maps as `{}`, fails a whole batch for one message that it
//! cannot read, and hides how often a message was delivered. D1: it takes no larger integer than 32
//! bits and panics on a statement that SQLite refuses. Durable Objects: its cursor throws
//! past every `Result`, and asking one brings along every property of Cloudflare's requests.

use js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Request, RequestInit, Response};

#[wasm_bindgen]
extern "C" {
    /// A queue, as its producer sees it.
    pub(crate) type Queue;

    #[wasm_bindgen(method, catch, js_name = sendBatch)]
    fn send_batch(this: &Queue, messages: &Array) -> Result<Promise, JsValue>;

    /// What a consumer gets.
    pub(crate) type Batch;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn queue(this: &Batch) -> String;

    #[wasm_bindgen(method, getter)]
    fn messages(this: &Batch) -> Array;

    /// One message of it.
    #[derive(Clone)]
    pub(crate) type Delivery;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Delivery) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn attempts(this: &Delivery) -> f64;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn ack(this: &Delivery) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn retry(this: &Delivery, options: &Object) -> Result<(), JsValue>;

    /// A database.
    #[derive(Clone)]
    pub(crate) type D1;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &D1, sql: &str) -> Result<Statement, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &D1, statements: &Array) -> Result<Promise, JsValue>;

    type Statement;

    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Statement, values: &Array) -> Result<Statement, JsValue>;

    /// Durable Objects of a kind.
    pub(crate) type Namespace;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Namespace, name: &str) -> Result<Stub, JsValue>;

    type Stub;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Stub, request: &Request) -> Result<Promise, JsValue>;

    /// What a Durable Object stores.
    #[derive(Clone)]
    pub(crate) type Storage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> Sql;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        act: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;

    type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, sql: &str, values: &Array) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &Cursor) -> Result<Array, JsValue>;
}

/// The platform said no; what it said may hold what was sent, so nobody repeats it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

impl From<JsValue> for Failed {
    fn from(_: JsValue) -> Self {
        Failed
    }
}

impl Queue {
    /// Puts texts into the queue, each with its delay in seconds: all of them, or one does not
    /// know.
    pub(crate) async fn send(
        &self,
        messages: impl IntoIterator<Item = (&str, u32)>,
    ) -> Result<(), Failed> {
        let array = Array::new();
        for (text, delay_s) in messages {
            let message = Object::new();
            set(&message, "body", &text.into())?;
            set(&message, "contentType", &"text".into())?;
            if delay_s > 0 {
                set(&message, "delaySeconds", &delay_s.into())?;
            }
            array.push(&message);
        }
        JsFuture::from(self.send_batch(&array)?).await?;
        Ok(())
    }
}

impl Batch {
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.messages().iter().map(JsCast::unchecked_into).collect()
    }
}

impl Delivery {
    /// The text of the message; of one that is no text, its JSON.
    pub(crate) fn text(&self) -> String {
        let body = self.body();
        body.as_string()
            .or_else(|| JSON::stringify(&body).ok()?.as_string())
            .unwrap_or_default()
    }

    /// How often it was delivered, this time included.
    pub(crate) fn deliveries(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count below 102"
        )]
        let attempts = self.attempts().clamp(1.0, 1_000.0) as u32;
        attempts
    }

    /// Lets it come again.
    pub(crate) fn put_off(&self, delay_s: u64) -> Result<(), Failed> {
        let options = Object::new();
        #[expect(clippy::cast_precision_loss, reason = "a day at most")]
        set(&options, "delaySeconds", &(delay_s as f64).into())?;
        Ok(self.retry(&options)?)
    }
}

impl D1 {
    /// Runs statements in one transaction; each has its values, and answers the texts of its first
    /// column.
    pub(crate) async fn run(
        &self,
        statements: &[(&str, Vec<JsValue>)],
    ) -> Result<Vec<Vec<String>>, Failed> {
        let array = Array::new();
        for (sql, values) in statements {
            array.push(&self.prepare(sql)?.bind(&values.iter().collect())?.into());
        }
        let answers = JsFuture::from(self.batch(&array)?).await?;
        Array::from(&answers)
            .iter()
            .map(|answer| Ok(first_column(&Reflect::get(&answer, &"results".into())?)))
            .collect()
    }
}

/// A question to a Durable Object, on its way already.
pub(crate) struct Asking(Result<JsFuture, Failed>);

impl Namespace {
    /// Asks the object of this name.
    pub(crate) fn ask(&self, name: &str, path: &str, text: &str) -> Result<Promise, Failed> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(text));
        let request = Request::new_with_str_and_init(&["https://object/", path].concat(), &init)?;
        Ok(self.get_by_name(name)?.fetch(&request)?)
    }
}

impl Asking {
    pub(crate) fn of(asked: Result<Promise, Failed>) -> Self {
        Asking(asked.map(JsFuture::from))
    }

    /// What it answers.
    pub(crate) async fn answer(self) -> Result<String, Failed> {
        let response: Response = self.0?.await?.unchecked_into();
        if response.status() != 200 {
            return Err(Failed);
        }
        JsFuture::from(response.text()?)
            .await?
            .as_string()
            .ok_or(Failed)
    }
}

impl Storage {
    /// Runs a statement; the rows' values, as they are.
    pub(crate) fn run(&self, sql: &str, values: &[JsValue]) -> Result<Vec<Array>, Failed> {
        let rows = self.sql().exec(sql, &values.iter().collect())?.to_array()?;
        Ok(rows
            .iter()
            .map(|row| Object::values(row.unchecked_ref::<Object>()))
            .collect())
    }

    /// What `act` writes is written as a whole, or not at all.
    pub(crate) fn atomically(
        &self,
        mut act: impl FnMut() -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        self.transaction_sync(&mut || act().map_err(|Failed| JsValue::NULL))?;
        Ok(())
    }
}

/// The storage of a Durable Object.
pub(crate) fn storage(state: &JsValue) -> Storage {
    Reflect::get(state, &"storage".into())
        .unwrap_or_default()
        .unchecked_into()
}

/// The bytes of a value that is a BLOB.
pub(crate) fn bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

fn first_column(rows: &JsValue) -> Vec<String> {
    let first = |row: JsValue| {
        Object::values(row.unchecked_ref::<Object>())
            .get(0)
            .as_string()
    };
    Array::from(rows).iter().filter_map(first).collect()
}

fn set(object: &Object, key: &str, value: &JsValue) -> Result<(), Failed> {
    Reflect::set(object, &key.into(), value)?;
    Ok(())
}
