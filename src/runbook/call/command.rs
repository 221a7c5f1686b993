//! A call as a command of the AWS CLI.

use super::Call;

impl Call {
    /// The same call for the AWS CLI, to be given to a colleague who has
    /// other access.
    pub fn cli(&self, profile: Option<&str>) -> String {
        let mut line = self.command();
        if let Some(profile) = profile {
            line.push_str(" --profile ");
            line.push_str(&quoted(profile));
        }
        line
    }

    /// Its command of the AWS CLI, without a profile.
    #[expect(clippy::too_many_lines, reason = "a few lines for each call")]
    fn command(&self) -> String {
        match self {
            Call::RdsPromoteReadReplica {
                region,
                instance,
                backup_retention_days,
                ..
            } => {
                let days = backup_retention_days
                    .map_or_else(String::new, |days| {
                        format!(" --backup-retention-period {days}")
                    });
                format!(
                    "aws rds promote-read-replica --region {region} \
                     --db-instance-identifier {}{days}",
                    quoted(instance)
                )
            }
            Call::RdsFailoverGlobalCluster {
                region, global, target, ..
            } => format!(
                "aws rds failover-global-cluster --region {region} \
                 --global-cluster-identifier {} \
                 --target-db-cluster-identifier {} --allow-data-loss",
                quoted(global),
                quoted(target)
            ),
            Call::RdsSwitchoverGlobalCluster {
                region,
                global,
                target,
                ..
            } => format!(
                "aws rds switchover-global-cluster --region {region} \
                 --global-cluster-identifier {} \
                 --target-db-cluster-identifier {}",
                quoted(global),
                quoted(target)
            ),
            Call::RdsRestoreInstance { region, .. } => format!(
                "aws rds restore-db-instance-from-db-snapshot --region \
                 {region} --cli-input-json {}",
                quoted(&self.request().to_string())
            ),
            Call::RdsDeleteInstance { region, instance, .. } => format!(
                "aws rds delete-db-instance --region {region} \
                 --db-instance-identifier {} --skip-final-snapshot \
                 --delete-automated-backups",
                quoted(instance)
            ),
            Call::Route53UpsertRecord { zone, .. }
            | Call::Route53SetWeights { zone, .. } => format!(
                "aws route53 change-resource-record-sets \
                 --hosted-zone-id {} --change-batch {}",
                quoted(zone),
                quoted(&self.request()["ChangeBatch"].to_string())
            ),
            Call::ArcSetRoutingControls { endpoints, .. } => {
                let url = endpoints.first().map_or("", |at| at.url.as_str());
                let entries =
                    &self.request()["UpdateRoutingControlStateEntries"];
                format!(
                    "aws route53-recovery-cluster \
                     update-routing-control-states --region {} \
                     --endpoint-url {} \
                     --update-routing-control-state-entries {}",
                    self.region(),
                    quoted(url),
                    quoted(&entries.to_string())
                )
            }
        }
    }
}

/// One word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::ids::{Account, Region};

    #[test]
    fn a_quoted_word_cannot_leave_its_quotes() {
        assert_eq!(quoted("learn-db"), "learn-db");
        assert_eq!(quoted("a'; rm"), r"'a'\''; rm'");
    }

    #[test]
    fn what_is_copied_is_what_would_be_sent() {
        let call = Call::RdsPromoteReadReplica {
            account: Account::new("111122223333"),
            region: Region::new("eu-central-1"),
            instance: "learn-db-replica".into(),
            backup_retention_days: Some(7),
        };
        assert_eq!(
            call.cli(None),
            "aws rds promote-read-replica --region eu-central-1 \
             --db-instance-identifier learn-db-replica \
             --backup-retention-period 7"
        );
    }
}
