//! What a scenario lays on the shelves of its world, and what becomes of it.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::Value;
use toml::Table;

use super::super::world::World;
use super::super::world::story::Effect;
use super::super::world::value::time;
use super::file::File;

/// Lays every item of the file on its shelf.
pub(super) fn fill(file: &File, world: &mut World, start: Timestamp) {
    for row in &file.item {
        let account = file.account_id(&row.account);
        let shelves = &mut world.place_mut(account, &row.region).shelves;
        shelves.put(row.kind.get_ref(), &row.id, json(&row.value, start));
    }
}

/// Orders every change of the file.
pub(super) fn schedule(file: &File, world: &mut World, start: Timestamp) {
    for row in &file.change {
        let members = row.value.as_ref().map(|value| json(value, start));
        let effect = Effect::Item {
            account: file.account_id(&row.account).to_owned(),
            region: row.region.clone(),
            kind: row.kind.get_ref().clone(),
            id: row.id.clone(),
            members,
        };
        world.schedule(start, row.at.0, effect);
    }
}

fn json(table: &Table, start: Timestamp) -> Value {
    let members = table.iter();
    members.map(|(key, value)| (key.clone(), one(value, start))).collect()
}

fn one(value: &toml::Value, start: Timestamp) -> Value {
    match value {
        toml::Value::String(text) => offset(text)
            .map_or_else(|| Value::from(text.as_str()), |o| time(start + o)),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(truth) => Value::from(*truth),
        toml::Value::Datetime(moment) => Value::from(moment.to_string()),
        toml::Value::Array(items) => {
            items.iter().map(|item| one(item, start)).collect()
        }
        toml::Value::Table(table) => json(table, start),
    }
}

/// `@-3d18h` as a duration.
fn offset(text: &str) -> Option<SignedDuration> {
    let span: Span = text.strip_prefix('@')?.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_an_at_sign_is_a_time_and_any_other_stays() {
        let table = "a = \"@-1d\"\nb = { c = [\"@\", 1, true] }".parse();
        let start = "2026-11-23T10:00:00Z".parse().unwrap();
        let value = json(&table.unwrap(), start);
        assert_eq!(value["a"], "2026-11-22T10:00:00Z");
        assert_eq!(value["b"]["c"], serde_json::json!(["@", 1, true]));
    }
}
