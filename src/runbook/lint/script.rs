//! Script: a runbook beside its own text, for rules on what any kind of step
//! says there.

use regex_lite::Regex;

use super::super::begun::LEFT;
use super::super::input::InputType;
use super::super::plan::Level;
use super::super::said::{Said, said};
use super::super::text::Text;
use super::super::{Problem, Runbook, StepSpec, Values};
use super::{Finding, Lint};

/// A runbook beside its own text.
pub(super) struct Script<'a> {
    pub(super) runbook: &'a Runbook,
    pub(super) text: &'a str,
    file: &'a str,
    /// What stands in the table of each step, lists one text after another.
    tables: Vec<Said>,
    /// The defaults of the inputs, as far as they are known.
    pub(super) values: Values,
}

impl<'a> Script<'a> {
    pub(super) fn new(
        runbook: &'a Runbook,
        text: &'a str,
        file: &'a str,
    ) -> Self {
        let mut values = Values::new();
        for input in &runbook.inputs {
            let default = input.default.as_ref();
            if let Some(Ok(value)) = default.map(|text| text.fill(&values)) {
                values.insert(input.name.clone(), value);
            }
        }
        let tables = said(text);
        Script { runbook, text, file, tables, values }
    }

    /// A finding of a rule, at its place in the file.
    pub(super) fn problem(&self, lint: &Lint, found: Finding) -> Problem {
        let Finding { line, column, told, help } = found;
        Problem {
            file: self.file.to_owned(),
            line,
            column,
            severity: lint.severity,
            code: lint.code,
            message: told,
            help: help.to_owned(),
        }
    }

    /// The steps with their places.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, &StepSpec)> {
        self.runbook.steps.iter().enumerate()
    }

    /// Those of them that are no way back.
    pub(super) fn onward(&self) -> impl Iterator<Item = (usize, &StepSpec)> {
        self.steps().filter(|(_, spec)| spec.undoes.is_none())
    }

    /// What a step says under a key, as the file has it.
    pub(super) fn field(&self, place: usize, key: &str) -> Option<&str> {
        let values = self.tables.get(place)?.get(key)?;
        values.first().map(String::as_str)
    }

    /// The same with the defaults of the inputs in it; none if there is more
    /// in it than they tell.
    pub(super) fn filled(&self, place: usize, key: &str) -> Option<String> {
        let text = Text::parse(self.field(place, key)?, 0..0).ok()?;
        text.fill(&self.values).ok()
    }

    /// The actions of AWS that a step takes: those of its kind, and those of
    /// the AWS CLI that it has a person or a command do.
    pub(super) fn actions(&self, place: usize) -> Vec<String> {
        let kind = self.runbook.steps[place].does.calls().iter();
        let mut all: Vec<String> = kind.map(|c| (*c).to_owned()).collect();
        let own = self.tables.get(place).into_iter().flatten();
        for (key, values) in own {
            // These tell of what others do.
            if !["title", "why", "undo"].contains(&key.as_str()) {
                all.extend(commands(&values.join(" ")));
            }
        }
        all
    }

    /// Whether a step changes AWS, by itself or by what it has done.
    pub(super) fn changes(&self, place: usize) -> bool {
        self.runbook.steps[place].does.level() > Level::Read
            || !self.actions(place).is_empty()
    }

    /// The input that names the Region being left: the one that steps give
    /// as the source of what they read, or the one that is called so.
    pub(super) fn left(&self) -> Option<&str> {
        let regions = self.runbook.inputs.iter();
        let mut regions = regions
            .filter(|input| input.kind == InputType::Region)
            .map(|input| input.name.as_str());
        let mut given = self.tables.iter();
        let given = given.find_map(|t| t.get("source_region")?.first());
        let given = given.map(|text| text.trim_matches(['{', '}']));
        regions.find(|name| given == Some(*name) || LEFT.contains(name))
    }

    /// That Region, where the file has a default for it.
    pub(super) fn left_region(&self) -> Option<&str> {
        self.values.get(self.left()?).map(String::as_str)
    }
}

/// The actions of the commands of the AWS CLI in a text, such as
/// `iam:CreateRole` of `aws iam create-role`.
fn commands(text: &str) -> Vec<String> {
    const COMMAND: &str = "\\baws(?: +--[a-z-]+(?:[ =]+[^ ]+)?)* +\
                           ([a-z0-9-]+) +([a-z]+(?:-[a-z0-9]+)+|mb|rb)\\b";
    let pattern = Regex::new(COMMAND).expect("the pattern is tested");
    let all = pattern.captures_iter(text).map(|found| {
        let (service, operation) = (&found[1], &found[2]);
        let service = match service {
            "s3api" | "s3control" => "s3",
            "elb" | "elbv2" => "elasticloadbalancing",
            other => other,
        };
        let operation = match operation {
            "mb" => "CreateBucket".to_owned(),
            "rb" => "DeleteBucket".to_owned(),
            other => other.split('-').map(capital).collect(),
        };
        format!("{service}:{operation}")
    });
    all.filter(|action| !is_look(action)).collect()
}

/// The words of an operation that looks and changes nothing.
fn is_look(action: &str) -> bool {
    const LOOKS: [&str; 6] =
        ["Describe", "Get", "List", "Wait", "Test", "Search"];
    let operation = action.split_once(':').map_or("", |(_, name)| name);
    LOOKS.iter().any(|look| operation.starts_with(look))
}

/// A word of an operation as its API has it.
fn capital(word: &str) -> String {
    match word {
        "db" => "DB".to_owned(),
        "vpc" => "Vpc".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_the_aws_cli_is_read_as_its_action() {
        let text = "Run: aws --region us-east-1 iam create-role --name x; \
                    then aws s3 mb s3://x, aws rds create-db-instance, \
                    aws s3api put-bucket-policy; see aws rds \
                    describe-db-instances. AWS answers what aws has.";
        let wanted = [
            "iam:CreateRole",
            "s3:CreateBucket",
            "rds:CreateDBInstance",
            "s3:PutBucketPolicy",
        ];
        assert_eq!(commands(text), wanted);
    }
}
