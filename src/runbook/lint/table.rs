//! The table of rules.

use super::Check::{Accepts, Book, Estate, File, Past};
use super::{Check, IDLE, Lint};
use super::{conduct, past, planes, seen, shape, steps, words};
use crate::runbook::Severity;

const fn error(code: &'static str, check: Check, doc: &'static str) -> Lint {
    Lint { code, severity: Severity::Error, doc, check }
}

const fn warning(code: &'static str, check: Check, doc: &'static str) -> Lint {
    Lint { code, severity: Severity::Warning, doc, check }
}

/// All rules.
pub static LINTS: &[Lint] = &[
    error(
        "secret",
        File(words::secret),
        "No secret stands in the file: it is shared, and pinned into every \
         journal. Cannot be accepted.",
    ),
    error(
        "fail-open",
        File(words::fail_open),
        "No command makes a pass of a failure.",
    ),
    error(
        "shell",
        File(words::shell),
        "No shell: it makes another command of a value with a blank in it.",
    ),
    error(
        "plain-http",
        File(words::plain_http),
        "What is probed answers over TLS, or anybody on the way can answer.",
    ),
    error(
        "wildcard-arn",
        File(words::wildcard_arn),
        "An ARN names one thing.",
    ),
    error(
        "sign-in-page",
        File(words::sign_in_page),
        "No step needs a browser to sign in: that depends on us-east-1, or \
         on the home of IAM Identity Center.",
    ),
    error(
        "no-fresh-check",
        Book(steps::no_fresh_check),
        "A step without a way back rests on a check with `fresh`, which is \
         made once more if it is older than that.",
    ),
    error(
        "loss-unread",
        File(planes::loss_unread),
        "A step that gives up writes rests on one that reads how many.",
    ),
    error(
        "undo-unsaid",
        File(shape::undo_unsaid),
        "A step without a way back says by `undo` what is done instead.",
    ),
    error(
        "irreversible-skip",
        Book(steps::irreversible_skip),
        "A step without a way back cannot be skipped: what follows relies \
         on it.",
    ),
    error(
        "loop-over-change",
        Book(steps::loop_over_change),
        "A choice does not lead back over a change, which would then be \
         made twice.",
    ),
    error(
        "bad-way-back",
        Book(conduct::bad_way_back),
        "A way back undoes a change that can be undone, by a change that \
         can be made once more.",
    ),
    error(
        "closed-way-back",
        Book(conduct::closed_way_back),
        "No choice leads to a way back that is closed by then: a step \
         without one lies between.",
    ),
    error(
        "blind-readback",
        Book(conduct::blind_readback),
        "What is read back to confirm was seen by a step: what is known \
         before can be typed without a look.",
    ),
    error(
        "needless-readback",
        Book(conduct::needless_readback),
        "Only what is confirmed is read back.",
    ),
    error(
        "switchover-stuck",
        File(planes::switchover_stuck),
        "What waits for the place being left is done gracefully alone.",
    ),
    error(
        "controls-apart",
        File(planes::controls_apart),
        "Routing controls are turned together: all, or none.",
    ),
    error(
        "left-region",
        File(planes::left_region),
        "Nothing that must be done asks the Region being left.",
    ),
    error(
        "home-failing",
        File(planes::home_failing),
        "No step needs a control plane that AWS homes in the Region being \
         left.",
    ),
    error(
        "makes-dns",
        File(planes::makes_dns),
        "Nothing is made that needs a new name in the DNS, such as a load \
         balancer or a database: it stands by.",
    ),
    error(
        "bucket-setup",
        File(planes::bucket_setup),
        "No bucket is made or set up: that depends on us-east-1 from every \
         Region.",
    ),
    error(
        "identity-change",
        File(planes::identity_change),
        "No role, user or policy is changed: that is done in one Region.",
    ),
    error(
        "name-gone",
        Estate(seen::name_gone),
        "What the default of an input names is there.",
    ),
    error(
        "region-suspect",
        Estate(seen::region_suspect),
        "The Regions that changes are sent to, or are homed in, answer.",
    ),
    warning(
        "home-region",
        File(planes::home_region),
        "No change leans on a control plane that one Region homes for all, \
         as us-east-1 does for Route 53.",
    ),
    warning(
        "drill-output",
        Book(steps::drill_output),
        "What a drill simulates or leaves out tells nothing; a step that a \
         drill does needs none of it.",
    ),
    warning(
        "drill-leaves",
        File(shape::drill_leaves),
        "What a drill makes is deleted by a later step.",
    ),
    warning(
        "way-back-needs",
        Book(conduct::needs_of_way_back),
        "A way back waits for a person alone.",
    ),
    warning(
        "trial-without-exit",
        Book(conduct::trial_without_exit),
        "A decision with a `window` has a choice that leads to a way back.",
    ),
    warning(
        "no-timeout",
        Book(steps::no_timeout),
        "A change and a check say when to ask a person: `timeout`.",
    ),
    warning(
        "no-expect",
        Book(steps::no_expect),
        "A change and a check say how long they take: `expect`.",
    ),
    warning(
        "over-rto",
        Book(steps::over_rto),
        "What the steps are expected to take fits into the RTO.",
    ),
    warning(
        "no-objective",
        Book(steps::no_objective),
        "The runbook says its `rto` and `rpo`, or nothing can be met.",
    ),
    warning(
        "no-owner",
        File(shape::no_owner),
        "The runbook says who keeps it.",
    ),
    warning(
        "no-health",
        Book(steps::no_health),
        "A check with the milestone `service-healthy` stops the clock.",
    ),
    warning(
        "no-limit",
        File(shape::no_limit),
        "A check of the lag says which lag is too much.",
    ),
    warning(
        "answer-unchecked",
        File(shape::answer_unchecked),
        "A `manual` step asks for a value, and says its form by `pattern`.",
    ),
    warning(
        "unproven-change",
        Book(steps::unproven_change),
        "A check or a `manual` step follows the last change.",
    ),
    warning(
        "blind-command",
        Book(steps::blind_command),
        "A `command` that changes something has a `probe`: without one only \
         a person can tell what became of a lost answer.",
    ),
    warning(
        "no-warm-up",
        File(shape::no_warm_up),
        "What is restored is read by a step: until then it is slow.",
    ),
    warning(
        "no-follow-up",
        File(shape::no_follow_up),
        "After the data were moved or restored a step sees to a second \
         place for them.",
    ),
    warning(
        "no-hold-down",
        File(shape::no_hold_down),
        "Who goes back holds for a while first: a Region that is back is \
         often gone again.",
    ),
    warning(
        "long-ttl",
        File(shape::long_ttl),
        "A record is kept for two minutes at the most.",
    ),
    warning(
        "many-confirms",
        Book(steps::many_confirms),
        "At most nine steps of a phase are confirmed: more are not read \
         any more.",
    ),
    warning(
        "mostly-manual",
        File(shape::mostly_manual),
        "Not most of the work is done by hand.",
    ),
    warning(
        "unused-input",
        Book(steps::unused_input),
        "Every input is used; each costs a question.",
    ),
    warning(
        "long-title",
        Book(steps::long_title),
        "A title has at most 60 columns, to fit 80 by 24.",
    ),
    warning(
        "key-shut",
        Estate(seen::key_shut),
        "The key of the newest copy is there, and opens it.",
    ),
    warning(
        "copy-old",
        Estate(seen::copy_old),
        "The Region one recovers in has a copy, not older than the RPO.",
    ),
    warning(
        "over-objective",
        Estate(seen::over_objective),
        "What the steps are expected to take fits into the RTO of what they \
         recover.",
    ),
    warning(
        "quota-unknown",
        Estate(seen::quota_unknown),
        "What is made fits into the quota there, which no look tells.",
    ),
    warning(
        "cached-record",
        Estate(seen::cached_record),
        "A record that is to be changed is kept for two minutes at the \
         most, as it is now.",
    ),
    warning(
        "alias-blind",
        Estate(seen::alias_blind),
        "An alias that is to be changed looks whether its target is well.",
    ),
    warning(
        "never-drilled",
        Past(past::never_drilled),
        "The runbook was drilled in AWS.",
    ),
    warning(
        "drilled-older",
        Past(past::drilled_older),
        "The last drill was of the file as it is.",
    ),
    warning(
        "drill-overdue",
        Past(past::drill_overdue),
        "It is drilled as often as its `drill_every` says.",
    ),
    warning(
        "never-done",
        Past(past::never_done),
        "Every change was made by some run in AWS.",
    ),
    warning(
        "expect-off",
        Past(past::expect_off),
        "`expect` is what the last three runs took, give or take half.",
    ),
    warning(
        IDLE,
        Accepts,
        "What the file accepts is found. Cannot be accepted.",
    ),
];
