//! What the steps of a file say, field by field, whatever their kind.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

/// The fields of a step with their values as the file has them, a list as
/// several.
pub type Said = BTreeMap<String, Vec<String>>;

/// What each step of a runbook says, in the order of the file; nothing if it
/// is no TOML.
pub fn said(text: &str) -> Vec<Said> {
    let Ok(root) = DeTable::parse(text) else { return Vec::new() };
    let steps = root.get_ref().get("step");
    let steps = steps.and_then(|steps| steps.get_ref().as_array());
    let steps = steps.into_iter().flatten();
    let steps = steps.filter_map(|step| step.get_ref().as_table());
    let values = |table: &DeTable<'_>| {
        let keys = table.iter().map(|(key, value)| {
            let mut all = Vec::new();
            flatten(value.get_ref(), &mut all);
            (key.get_ref().to_string(), all)
        });
        keys.collect()
    };
    steps.map(values).collect()
}

fn flatten(value: &DeValue<'_>, all: &mut Vec<String>) {
    match value {
        DeValue::String(word) => all.push(word.to_string()),
        DeValue::Integer(number) => all.push(number.as_str().to_owned()),
        DeValue::Boolean(flag) => all.push(flag.to_string()),
        DeValue::Array(list) => {
            list.iter().for_each(|one| flatten(one.get_ref(), all));
        }
        DeValue::Table(table) => {
            table.iter().for_each(|(_, one)| flatten(one.get_ref(), all));
        }
        DeValue::Float(_) | DeValue::Datetime(_) => {}
    }
}
