//! Does this value fit its shape?

use std::fmt;

use super::model::{Kind, Member, Operation, Service, Structure};
use super::scalar::{bytes, noun, special, timestamp};
use super::{Fault, Value};

/// One way in which a value does not fit its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, such as `BackupJobs[0].State`.
    pub path: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// Checks an output: unknown members, wrong types, missing required members
/// and values outside enumerations. Members that are null count as missing.
pub fn check(op: &Operation<'_>, output: &Value) -> Vec<Finding> {
    check_whole(op.service, op.output(), output)
}

/// Checks an input in the same way.
pub fn check_input(op: &Operation<'_>, input: &Value) -> Vec<Finding> {
    check_whole(op.service, op.input(), input)
}

/// Checks that an operation's model names this fault, and its fields.
pub fn check_fault(op: &Operation<'_>, fault: &Fault) -> Vec<Finding> {
    let mut checker = Checker::new(op.service);
    let Some(shape) = op.error(&fault.code) else {
        let known: Vec<_> = op.errors().map(|s| s.name.as_str()).collect();
        let known = known.join(", ");
        checker.find(format!("{} is none of {known}", fault.code));
        return checker.found;
    };
    if let (Some(structure), Value::Object(_)) =
        (shape.structure(), &fault.fields)
    {
        checker.members(structure, &fault.fields);
    }
    checker.found
}

fn check_whole(
    service: &Service,
    member: Option<&Member>,
    value: &Value,
) -> Vec<Finding> {
    let mut checker = Checker::new(service);
    match (member, value) {
        (Some(member), _) => checker.check(member, value),
        (None, Value::Null) => {}
        (None, Value::Object(object)) if object.is_empty() => {}
        (None, _) => checker.find("there should be nothing".to_owned()),
    }
    checker.found
}

struct Checker<'s> {
    service: &'s Service,
    path: String,
    found: Vec<Finding>,
}

impl<'s> Checker<'s> {
    fn new(service: &'s Service) -> Self {
        Self { service, path: String::new(), found: Vec::new() }
    }

    fn find(&mut self, why: String) {
        self.found.push(Finding { path: self.path.clone(), why });
    }

    fn below(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 && !name.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(name);
        check(self);
        self.path.truncate(length);
    }

    fn check(&mut self, member: &Member, value: &Value) {
        match (&self.service.shape(member).kind, value) {
            (Kind::Structure(structure), Value::Object(object)) => {
                let absent = |name: &&String| {
                    object.get(*name).is_none_or(Value::is_null)
                };
                for name in structure.required.iter().filter(absent) {
                    self.below(name, |checker| {
                        checker.find("missing, but required".to_owned());
                    });
                }
                let count = object.values().filter(|v| !v.is_null()).count();
                if structure.union && count != 1 {
                    self.find(format!("a union with {count} members"));
                }
                self.members(structure, value);
            }
            (Kind::List(element), Value::Array(values)) => {
                for (at, value) in values.iter().enumerate() {
                    self.below(&format!("[{at}]"), |checker| {
                        checker.check(element, value);
                    });
                }
            }
            (Kind::Map(key_shape, element), Value::Object(object)) => {
                for (key, value) in object {
                    self.below(key, |checker| {
                        checker.check(key_shape, &Value::from(key.as_str()));
                        checker.check(element, value);
                    });
                }
            }
            (Kind::Document, _) => {}
            _ if member.json_value => {}
            (kind, value) => self.scalar(kind, value),
        }
    }

    fn members(&mut self, structure: &Structure, value: &Value) {
        let members = value.as_object().into_iter().flatten();
        for (name, value) in members.filter(|(_, value)| !value.is_null()) {
            self.below(name, |checker| match structure.member(name) {
                Some(member) => checker.check(member, value),
                None => {
                    checker.find("the shape has no such member".to_owned());
                }
            });
        }
    }

    fn scalar(&mut self, kind: &Kind, value: &Value) {
        let text = value.as_str();
        let fits = match kind {
            Kind::String(_) => text.is_some(),
            Kind::Integer => {
                value.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
            }
            Kind::Long => value.is_i64(),
            Kind::Float | Kind::Double => {
                value.is_number() || text.and_then(special).is_some()
            }
            Kind::Boolean => value.is_boolean(),
            Kind::Blob => text.is_some_and(|text| bytes(text).is_ok()),
            Kind::Timestamp => timestamp(value).is_ok(),
            _ => false,
        };
        if !fits {
            self.find(format!("{value} is not {}", noun(kind)));
        }
        if let (Kind::String(values), Some(text)) = (kind, text)
            && !values.is_empty()
            && !values.iter().any(|known| known == text)
        {
            let values = values.join(", ");
            self.find(format!("{text:?} is none of {values}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::wire::{Model, Operation, check, check_fault, check_input};

    fn operation(service: &str, name: &str) -> Operation<'static> {
        Model::official().operation(service, name).unwrap()
    }

    #[test]
    fn a_value_that_fits_has_no_findings() {
        let op = operation("backup", "ListBackupJobs");
        let job = json!({
            "BackupJobId": "1",
            "State": "COMPLETED",
            "CreationDate": "2026-01-02T03:04:05Z",
            "BackupSizeInBytes": 5_000_000_000_u64,
            "CompletionDate": null,
        });
        assert_eq!(check(&op, &json!({ "BackupJobs": [job] })), []);
    }

    #[test]
    fn every_kind_of_misfit_is_found_with_its_path() {
        let op = operation("backup", "ListBackupJobs");
        let job = json!({
            "Bogus": 1,
            "State": "DONE",
            "CreationDate": 12,
            "IsParent": "yes",
            "BackupSizeInBytes": 1.5,
            "ResourceArn": null,
        });
        let found = check(&op, &json!({ "BackupJobs": [{}, job] }));
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "BackupJobs[1].BackupSizeInBytes",
                "BackupJobs[1].Bogus",
                "BackupJobs[1].CreationDate",
                "BackupJobs[1].IsParent",
                "BackupJobs[1].State",
            ]
        );
        assert!(found[4].why.starts_with("\"DONE\" is none of CREATED, "));
    }

    #[test]
    fn required_members_and_the_range_of_integers_are_checked() {
        let op = operation("route53", "GetChange");
        let output = json!({ "ChangeInfo": { "Id": "/change/C1" } });
        let missing = check(&op, &output);
        let paths: Vec<_> = missing.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["ChangeInfo.Status", "ChangeInfo.SubmittedAt"]);
        let op = operation("rds", "DescribeDBInstances");
        let found = check_input(&op, &json!({ "MaxRecords": 1_u64 << 31 }));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_fault_that_the_model_does_not_name_is_found() {
        let op = operation("backup", "DescribeBackupJob");
        let known = op.fault("ResourceNotFoundException", "no");
        assert_eq!(check_fault(&op, &known), []);
        let strange = op.fault("DBInstanceNotFound", "no");
        assert_eq!(check_fault(&op, &strange).len(), 1);
    }
}
