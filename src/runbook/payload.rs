//! Payload: what a runbook hands on to someone's own code, as JSON.

use std::ops::Range;

use serde_json::{Number, Value};
use toml::de::DeValue;

use super::Values;
use super::reader::Fields;
use super::text::{Missing, Text};

/// A table of a runbook, whose texts may have templates.
#[derive(Debug)]
pub(in crate::runbook) enum Payload {
    Text(Text),
    Fixed(Value),
    List(Vec<Payload>),
    Table(Vec<(String, Payload)>),
}

impl Payload {
    /// Reads a table; a problem is left with the fields.
    pub(in crate::runbook) fn read(
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<Payload> {
        fields.table(key)?;
        let value = fields.value(key)?;
        let read = Payload::of(value.get_ref(), fields, &value.span());
        if read.is_none() {
            let told = format!("`{key}` has a value that JSON has not");
            fields.wrong(value.span(), "wrong-type", told, "");
        }
        read
    }

    fn of(
        value: &DeValue<'_>,
        fields: &mut Fields<'_>,
        at: &Range<usize>,
    ) -> Option<Payload> {
        Some(match value {
            DeValue::String(text) => {
                Payload::Text(fields.template(text, at.clone())?)
            }
            DeValue::Boolean(is) => Payload::Fixed(Value::Bool(*is)),
            DeValue::Integer(told) => {
                let number = i64::from_str_radix(told.as_str(), told.radix());
                Payload::Fixed(Value::from(number.ok()?))
            }
            DeValue::Float(told) => {
                let number = told.as_str().parse().ok();
                let number = number.and_then(Number::from_f64);
                Payload::Fixed(Value::Number(number?))
            }
            DeValue::Datetime(_) => return None,
            DeValue::Array(list) => {
                let list = list.iter().map(|item| {
                    Payload::of(item.get_ref(), fields, &item.span())
                });
                Payload::List(list.collect::<Option<_>>()?)
            }
            DeValue::Table(table) => {
                let members = table.iter().map(|(name, item)| {
                    let own = item.span();
                    let value = Payload::of(item.get_ref(), fields, &own)?;
                    Some((name.get_ref().to_string(), value))
                });
                Payload::Table(members.collect::<Option<_>>()?)
            }
        })
    }

    /// All texts in it.
    pub(in crate::runbook) fn texts(&self) -> Vec<&Text> {
        match self {
            Payload::Text(text) => vec![text],
            Payload::Fixed(_) => Vec::new(),
            Payload::List(list) => {
                list.iter().flat_map(Payload::texts).collect()
            }
            Payload::Table(members) => {
                members.iter().flat_map(|(_, value)| value.texts()).collect()
            }
        }
    }

    /// It, with its templates replaced.
    pub(in crate::runbook) fn fill(
        &self,
        values: &Values,
    ) -> Result<Value, Missing> {
        Ok(match self {
            Payload::Text(text) => Value::String(text.fill(values)?),
            Payload::Fixed(value) => value.clone(),
            Payload::List(list) => {
                let list = list.iter().map(|item| item.fill(values));
                Value::Array(list.collect::<Result<_, _>>()?)
            }
            Payload::Table(members) => {
                let members = members.iter().map(|(name, value)| {
                    Ok((name.clone(), value.fill(values)?))
                });
                Value::Object(members.collect::<Result<_, _>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Runbook;
    use super::super::steps::{step_type, tests};
    use super::*;

    #[test]
    fn what_json_has_not_is_told_with_its_place() {
        let kind = step_type("states.start-execution").unwrap();
        let text = tests::around(kind);
        let text =
            text.replace("{ Region = ", "{ from = 2026-11-23, Region = ");
        let problems = Runbook::parse(&text, "x").unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].to_string().contains("JSON has not"));
    }

    #[test]
    fn numbers_flags_and_lists_keep_their_kind() {
        let kind = step_type("states.start-execution").unwrap();
        let text = tests::around(kind).replace(
            "input = {",
            "input = { n = 3, half = 0.5, on = true, all = [\"{to}\", 1],",
        );
        let runbook = Runbook::parse(&text, "x").unwrap();
        let step = runbook.steps.last().unwrap();
        let told: Vec<_> =
            step.does.texts().iter().map(ToString::to_string).collect();
        assert!(told.contains(&"{to}".to_owned()), "{told:?}");
        let values: Values = tests::values();
        let filled = Payload::Table(vec![
            ("n".into(), Payload::Fixed(Value::from(3))),
            (
                "all".into(),
                Payload::List(vec![Payload::Text(
                    Text::parse("{to}", 0..0).unwrap(),
                )]),
            ),
        ]);
        let json = filled.fill(&values).unwrap().to_string();
        assert_eq!(json, r#"{"all":["eu-central-1"],"n":3}"#);
    }
}
