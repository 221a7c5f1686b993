//! The simulated service `backup`: vaults, points, jobs, plans.

mod jobs;
mod points;
mod start;
mod vaults;

use serde_json::Value;

use super::world::value::{Page, number, page, text};
use super::world::{Fault, Service, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "backup",
    handlers: &[
        ("DescribeBackupJob", jobs::describe_backup),
        ("DescribeBackupVault", vaults::describe),
        ("DescribeCopyJob", jobs::describe_copy),
        ("DescribeProtectedResource", vaults::describe_protected),
        ("DescribeRecoveryPoint", points::describe),
        ("DescribeRestoreJob", jobs::describe_restore),
        ("GetBackupPlan", vaults::plan),
        ("GetRecoveryPointRestoreMetadata", points::restore_metadata),
        ("ListBackupJobs", jobs::list_backups),
        ("ListBackupPlans", vaults::list_plans),
        ("ListBackupVaults", vaults::list),
        ("ListCopyJobs", jobs::list_copies),
        ("ListProtectedResources", vaults::list_protected),
        ("ListRecoveryPointsByBackupVault", points::list_by_vault),
        ("ListRecoveryPointsByResource", points::list_by_resource),
        ("ListRestoreJobs", jobs::list_restores),
        ("ListTags", vaults::list_tags),
        ("StartBackupJob", start::backup),
        ("StartCopyJob", start::copy),
        ("StartRestoreJob", start::restore),
    ],
};

/// The most items that one page holds, and how many it holds unasked.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const PAGE: i64 = 1000;

fn invalid(message: impl Into<String>) -> Fault {
    refuse(400, "InvalidParameterValueException", message)
}

fn not_found(message: impl Into<String>) -> Fault {
    refuse(400, "ResourceNotFoundException", message)
}

/// A text member that the operation cannot do without.
fn required<'v>(input: &'v Value, member: &str) -> Result<&'v str, Fault> {
    text(input, member).ok_or_else(|| {
        refuse(
            400,
            "MissingParameterValueException",
            format!("{member} is a required parameter."),
        )
    })
}

/// Cuts the page that is asked for.
fn cut<T>(
    input: &Value,
    items: impl Iterator<Item = (usize, T)>,
) -> Result<Page<T>, Fault> {
    let most = number(input, "MaxResults").unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(invalid(format!(
            "MaxResults must be between 1 and {PAGE}."
        )));
    }
    let most = usize::try_from(most).unwrap_or_default();
    page(items, text(input, "NextToken"), most)
        .ok_or_else(|| invalid("NextToken is not valid."))
}

/// Items newest first, with keys that stay when more are added.
fn newest<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    let keyed = items.iter().enumerate().rev();
    keyed.map(|(index, item)| (usize::MAX - index, item))
}
