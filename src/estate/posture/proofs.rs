//! Checks of what proves that backups can be restored, and of what AWS
//! Backup audits itself.

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::ids::Arn;
use crate::estate::part::Kind;
use crate::estate::part::config::Compliance;
use crate::estate::part::proof::TestRun;

/// Of all jobs that ended, so many in a hundred should have ended well.
const WELL: i64 = 95;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "restore-test-failed",
        severity: Severity::Bad,
        system: "AWS Backup",
        doc: "Restore-testing plans whose last run failed",
        fix: "Read the message; what a test cannot restore, you cannot.",
        rests_on: &["backup/restore-tests"],
        find: test_failed,
    },
    Check {
        code: "no-restore-test",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Accounts with recovery points and no restore-testing plan",
        fix: "Make a restore-testing plan where you would recover.",
        rests_on: &["backup/restore-tests", "backup/vaults"],
        find: no_test,
    },
    Check {
        code: "framework-broken",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Frameworks of Audit Manager that are not wholly at work",
        fix: "Look at its deployment; its controls need AWS Config.",
        rests_on: &["backup/frameworks"],
        find: framework_broken,
    },
    Check {
        code: "control-failed",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Controls of frameworks that resources do not comply with",
        fix: "Mend what does not comply; the audit report will tell it.",
        rests_on: &["backup/frameworks", "config/rules"],
        find: control_failed,
    },
    Check {
        code: "jobs-unwell",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Regions in which fewer than 95 % of a week's jobs ended well",
        fix: "See which types fail on the Jobs screen, and why.",
        rests_on: &["backup/job-summaries"],
        find: unwell,
    },
];

fn test_failed(scene: &Scene<'_>) -> Vec<Mistake> {
    let tests = scene.estate.restore_tests();
    tests
        .filter_map(|placed| {
            let test = placed.item;
            let failed: Vec<&TestRun> = test.failures().collect();
            let first = failed.first()?;
            let names = failed.iter().map(|run| {
                run.of.rsplit([':', '/']).next().unwrap_or_default()
            });
            let said = first.said.as_deref().unwrap_or("no reason told");
            let what = format!(
                "restore test {} in {} could not restore {}: {said}",
                test.name,
                placed.region,
                first_names(names)
            );
            Some(Mistake::of(&Arn::new(&test.arn), what).seen_at(&placed))
        })
        .collect()
}

/// One line an account: a test anywhere in it will do.
fn no_test(scene: &Scene<'_>) -> Vec<Mistake> {
    let accounts = scene.estate.accounts().into_iter();
    let bare = accounts.filter(|account| {
        let mut vaults = scene.estate.vaults();
        let holds = vaults
            .any(|vault| vault.account == *account && vault.item.points > 0);
        let regions = scene.estate.regions().into_iter();
        let mut held = regions.filter(|region| {
            scene.estate.vaults().any(|vault| {
                vault.account == *account && vault.region == *region
            })
        });
        let mut tests = scene.estate.restore_tests();
        holds
            && !tests.any(|test| test.account == *account)
            && held.all(|r| scene.saw(Kind::RestoreTest, account, r))
    });
    bare.map(|account| {
        let what = format!("{account} has no restore-testing plan");
        Mistake::of_estate(what)
    })
    .collect()
}

fn framework_broken(scene: &Scene<'_>) -> Vec<Mistake> {
    let frameworks = scene.estate.frameworks();
    let broken = frameworks.filter(|f| f.item.works() == Some(false));
    broken
        .map(|placed| {
            let framework = placed.item;
            let status = framework.status.as_deref().unwrap_or("unknown");
            let what = format!(
                "framework {} in {} is {}, its deployment {}",
                framework.name,
                placed.region,
                status.to_lowercase().replace('_', " "),
                framework.deployment.to_lowercase().replace('_', " ")
            );
            Mistake::of(&Arn::new(&framework.arn), what).seen_at(&placed)
        })
        .collect()
}

/// A name without what AWS writes it with here and there.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// Each control is deployed as a rule of AWS Config with its name.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/controls-and-remediation.html
fn control_failed(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    for placed in scene.estate.frameworks() {
        let framework = placed.item;
        for control in framework.controls.iter().flatten() {
            let name = plain(&control.name);
            let broken = scene.estate.config_rules().find(|rule| {
                let here = rule.account == placed.account
                    && rule.region == placed.region;
                let of = plain(&rule.item.identifier) == name
                    || plain(&rule.item.name).contains(&name);
                let not = Some(Compliance::NonCompliant);
                here && of && rule.item.compliance == not
            });
            let Some(rule) = broken else { continue };
            let names = match rule.item.offenders.as_deref() {
                None | Some([]) => "which was not told".to_owned(),
                Some(all) => first_names(all.iter().map(String::as_str)),
            };
            let what = format!(
                "control {} of framework {} in {} is not met by {names}",
                control.name, framework.name, placed.region
            );
            let arn = Arn::new(&framework.arn);
            found.push(Mistake::of(&arn, what).seen_at(&placed));
        }
    }
    found
}

fn unwell(scene: &Scene<'_>) -> Vec<Mistake> {
    let summaries = scene.estate.job_summaries();
    summaries
        .filter_map(|placed| {
            let (good, all) = placed.item.ended();
            if all == 0 || good * 100 >= all * WELL {
                return None;
            }
            let what = format!(
                "{good} of {all} {} of the last 7 days in {} of {} ended \
                 well",
                placed.item.name, placed.region, placed.account
            );
            Some(Mistake::of_estate(what).seen_at(&placed))
        })
        .collect()
}
