//! AWS members read from and written as JSON values.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{Timestamp, Unit};
use serde::Serialize;
use serde_json::{Value, json};

/// A time stamp as a handler answers it: RFC 3339 text, to the millisecond.
pub fn time(at: Timestamp) -> Value {
    Value::from(at.round(Unit::Millisecond).unwrap_or(at).to_string())
}

/// A text member, if given and not empty.
pub fn text<'v>(input: &'v Value, member: &str) -> Option<&'v str> {
    input.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// A whole-number member, if given.
pub fn number(input: &Value, member: &str) -> Option<i64> {
    input.get(member)?.as_i64()
}

/// A truth member; false when not given.
pub fn flag(input: &Value, member: &str) -> bool {
    input.get(member).and_then(Value::as_bool).unwrap_or_default()
}

/// A list member; empty when not given.
pub fn list<'v>(input: &'v Value, member: &str) -> &'v [Value] {
    input.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time member, if given, as ISO 8601 text or as seconds since the epoch.
pub fn moment(input: &Value, member: &str) -> Option<Timestamp> {
    match input.get(member)? {
        Value::String(text) => text.parse().ok(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds of any year that AWS accepts fit"
        )]
        Value::Number(n) => n
            .as_f64()
            .map(|s| (s * 1000.0).round() as i64)
            .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        _ => None,
    }
}

/// Tags as most of AWS tells them: pairs of `Key` and `Value`.
pub fn tag_list<'t, V: Serialize + 't>(
    tags: impl IntoIterator<Item = (&'t String, &'t V)>,
) -> Vec<Value> {
    let tags = tags.into_iter();
    tags.map(|(k, v)| json!({ "Key": k, "Value": v })).collect()
}

/// The same of an item, whose `Tags` are an object; empty without.
pub fn own_tags(item: &Value) -> Vec<Value> {
    let tags = item.get("Tags").and_then(Value::as_object);
    tag_list(tags.into_iter().flatten())
}

/// A page of a list: its items, and the token of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins, if there is more.
    pub next: Option<String>,
}

/// Cuts a page out of items whose keys rise. A token tells the key after
/// which a page begins, so that items which join meanwhile shift nothing;
/// nothing comes back when the token is none of ours.
pub fn page<T>(
    items: impl Iterator<Item = (usize, T)>,
    token: Option<&str>,
    most: usize,
) -> Option<Page<T>> {
    let after = token.map(unseal).map_or(Some(None), |key| key.map(Some))?;
    let mut rest = items
        .filter(|(key, _)| after.is_none_or(|after| *key > after))
        .peekable();
    let mut page = Page { items: Vec::new(), next: None };
    let mut last = 0;
    while page.items.len() < most
        && let Some((key, item)) = rest.next()
    {
        last = key;
        page.items.push(item);
    }
    page.next = rest.peek().map(|_| seal(last));
    Some(page)
}

fn seal(key: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{key}"))
}

fn unseal(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("after:")?.parse().ok()
}
