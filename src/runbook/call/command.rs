//! A call as a command of the AWS CLI.

use super::Call;
pub(super) use crate::estate::program::quoted;

impl Call {
    /// The same call for the AWS CLI, to be given to a colleague who has
    /// other access.
    pub fn cli(&self, profile: Option<&str>) -> String {
        if let Some(program) = self.program() {
            return program.shell();
        }
        let mut line = self.command();
        if let Some(profile) = profile {
            line.push_str(" --profile ");
            line.push_str(&quoted(profile));
        }
        line
    }

    /// Its command of the AWS CLI, without a profile.
    fn command(&self) -> String {
        let (service, operation) = self.operation();
        let options = self.change().options();
        format!("aws {} {} {options}", program(service), dashed(operation))
    }
}

/// What the AWS CLI calls a service, where that is not its signing name.
fn program(service: &str) -> &str {
    match service {
        "monitoring" => "cloudwatch",
        "states" => "stepfunctions",
        "elasticfilesystem" => "efs",
        service => service,
    }
}

/// An operation in the CLI's way: words in small letters, dashes between. A
/// row of capitals is one word.
// https://github.com/boto/botocore/blob/develop/botocore/__init__.py
fn dashed(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut out = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || letters.get(at + 1).is_some_and(|c| c.is_lowercase())
            });
        if begins {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::ids::{Account, Region};
    use crate::runbook::call::rds::PromoteReadReplica;

    #[test]
    fn an_operation_is_written_as_the_cli_does() {
        for (operation, dashed_out) in [
            ("PromoteReadReplica", "promote-read-replica"),
            (
                "RestoreDBInstanceFromDBSnapshot",
                "restore-db-instance-from-db-snapshot",
            ),
            ("DeleteDBInstance", "delete-db-instance"),
        ] {
            assert_eq!(dashed(operation), dashed_out);
        }
    }

    #[test]
    fn what_is_copied_is_what_would_be_sent() {
        let call = Call::RdsPromoteReadReplica(PromoteReadReplica {
            account: Account::new("111122223333"),
            region: Region::new("eu-central-1"),
            instance: "learn-db-replica".into(),
            backup_retention_days: Some(7),
        });
        assert_eq!(
            call.cli(None),
            "aws rds promote-read-replica --region eu-central-1 \
             --db-instance-identifier learn-db-replica \
             --backup-retention-period 7"
        );
    }
}
