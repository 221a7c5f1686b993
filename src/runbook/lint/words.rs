//! Rules on words that may stand anywhere in the file.

use regex_lite::Regex;

use super::script::Script;
use super::{Finding, finding};

/// Places of a pattern in the lines that are no comments.
fn places(
    script: &Script<'_>,
    pattern: &str,
    told: &str,
    help: &'static str,
) -> Vec<Finding> {
    let pattern = Regex::new(pattern).expect("the patterns are tested");
    let lines = script.text.lines().enumerate();
    let lines = lines.filter(|(_, words)| !words.starts_with('#'));
    lines
        .filter_map(|(line, words)| {
            let found = pattern.find(words)?;
            let column = words[..found.start()].chars().count() + 1;
            let told = told.replace("{}", found.as_str().trim());
            Some(Finding { column, ..finding(line + 1, told, help) })
        })
        .collect()
}

/// A runbook is shared and pinned into journals: no secret stands in it, not
/// even in a comment.
pub(super) fn secret(script: &Script<'_>) -> Vec<Finding> {
    const PATTERN: &str =
        r"(AKIA|ASIA)[A-Z0-9]{12,}|PRIVATE KEY|(?i:password|secret)\s*=";
    let pattern = Regex::new(PATTERN).expect("the pattern is tested");
    let lines = script.text.lines().enumerate();
    lines
        .filter_map(|(line, words)| {
            let found = pattern.find(words)?;
            let column = words[..found.start()].chars().count() + 1;
            let told = "this looks like a secret";
            let help = "runbooks are shared and kept with every incident";
            Some(Finding { column, ..finding(line + 1, told, help) })
        })
        .collect()
}

/// A test whose failure is turned into a pass tells nothing.
pub(super) fn fail_open(script: &Script<'_>) -> Vec<Finding> {
    const PATTERN: &str =
        r"\|\|\s*(true|echo|:|exit 0)|2>\s*/dev/null|;\s*true\b|\bset \+e\b";
    places(
        script,
        PATTERN,
        "`{}` makes a pass of a failure",
        "let it fail: what cannot be told is never good news",
    )
}

/// A shell makes another command of a value with a blank or a quote in it.
pub(super) fn shell(script: &Script<'_>) -> Vec<Finding> {
    const PATTERN: &str = r#"\b(sh|bash|dash|zsh|ksh)["']?[\s,]+["']?-[a-z]*c\b|\bcmd(\.exe)?\s+/c\b"#;
    places(
        script,
        PATTERN,
        "`{}` runs a shell",
        "name the program and each of its arguments by itself",
    )
}

/// What answers over plain HTTP may be anybody.
pub(super) fn plain_http(script: &Script<'_>) -> Vec<Finding> {
    places(
        script,
        r"\bhttp://",
        "`{}` is answered by anybody on the way",
        "use https://, or accept it with what else proves the answer",
    )
}

/// A change names the one thing that it changes.
pub(super) fn wildcard_arn(script: &Script<'_>) -> Vec<Finding> {
    places(
        script,
        r#"\barn:aws[a-z-]*:[^"\s]*\*"#,
        "`{}` names more than one thing",
        "name the one that is meant",
    )
}

/// Where a browser signs in depends on `us-east-1`, or on the one home of
/// IAM Identity Center.
pub(super) fn sign_in_page(script: &Script<'_>) -> Vec<Finding> {
    places(
        script,
        r"\b(signin\.aws\.amazon\.com|console\.aws\.amazon\.com|awsapps\.com/start)",
        "{} needs a sign-in that us-east-1 or one other Region must answer",
        "say the request of the API that it stands for",
    )
}
