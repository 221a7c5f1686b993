//! ACTIONS: what a key can mean, with its name and its sentence.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A group of actions in the help, in the order in which help shows them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
)]
pub enum Group {
    /// Moving through a list or a text.
    Move,
    /// Changing what is on screen.
    Views,
    /// Working with the list in front.
    List,
    /// Copying out of the program.
    Copy,
    /// Stepping through a runbook.
    Runbook,
    /// Keeping the incident and its journal.
    Incident,
    /// The console itself.
    Console,
    /// Answering a dialog.
    Dialog,
    /// Editing a line of text.
    Text,
}

impl Group {
    /// The heading of the group in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Views => "VIEWS",
            Self::List => "LIST",
            Self::Copy => "COPY",
            Self::Runbook => "RUNBOOK",
            Self::Incident => "INCIDENT",
            Self::Console => "CONSOLE",
            Self::Dialog => "DIALOG",
            Self::Text => "TEXT",
        }
    }
}

/// How far an action reaches; only [`Level::Accept`] lets a request out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
)]
pub enum Level {
    /// Moves, shows or copies; changes nothing.
    Show,
    /// Writes to our own journal.
    Journal,
    /// Opens a request that a person must still accept.
    Propose,
    /// Accepts the request in front.
    Accept,
}

/// Whether every shipped keymap must bind the action to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// Bound to a key in each shipped keymap.
    ByKey,
    /// Meant for the palette; a key is welcome and not required.
    ByPalette,
}

/// One line of the action table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its dotted name, as keymap files and the palette spell it.
    pub name: &'static str,
    /// Where the help lists it.
    pub group: Group,
    /// How far it reaches.
    pub level: Level,
    /// Whether it must have a key.
    pub reachable: Reachable,
    /// Two or three words for the footer.
    pub label: &'static str,
    /// One sentence for the help and the palette.
    pub sentence: &'static str,
}

macro_rules! actions {
    ($($variant:ident $name:literal $group:ident $level:ident
       $reach:ident $label:literal $sentence:literal;)*) => {
        /// What a key can mean.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize,
        )]
        pub enum Action {
            $(#[doc = $sentence] #[serde(rename = $name)] $variant,)*
        }

        /// Every action, one line each, in the order of the enum.
        pub const ACTIONS: &[ActionInfo] = &[$(ActionInfo {
            action: Action::$variant,
            name: $name,
            group: Group::$group,
            level: Level::$level,
            reachable: Reachable::$reach,
            label: $label,
            sentence: $sentence,
        },)*];
    };
}

actions! {
    ViewOverview "view.overview" Views Show ByKey "overview" "Shows whether the estate can be recovered.";
    ViewResources "view.resources" Views Show ByKey "resources" "Shows the resources and their recovery points.";
    ViewRegions "view.regions" Views Show ByKey "regions" "Shows how each Region does and how fresh that is.";
    ViewJobs "view.jobs" Views Show ByKey "jobs" "Shows the backup, copy and restore jobs.";
    ViewRunbook "view.runbook" Views Show ByKey "runbook" "Shows the runbook under way.";
    ViewTimeline "view.timeline" Views Show ByKey "timeline" "Shows the incident as a timeline.";
    ViewSystems "view.systems" Views Show ByKey "systems" "Shows the AWS systems, what was found and what the checks say.";
    ViewReadiness "view.readiness" Views Show ByKey "readiness" "Shows the recovery pattern of each application, the metrics of readiness and the cost.";
    ViewLast "view.last" Views Show ByKey "last view" "Goes to the view shown before this one.";
    PaneNext "pane.next" Views Show ByKey "next pane" "Goes to the next pane or field.";
    PanePrevious "pane.previous" Views Show ByKey "previous pane" "Goes to the previous pane or field.";
    PaneZoom "pane.zoom" Views Show ByKey "zoom" "Gives the pane the whole screen, or takes it back.";
    NavBack "nav.back" Views Show ByKey "back" "Closes what is in front, or goes back one level.";
    NavBackOrQuit "nav.back-or-quit" Views Show ByKey "back" "Goes back one level; on the first view asks whether to quit.";

    ListDown "list.down" Move Show ByKey "down" "Moves one line down.";
    ListUp "list.up" Move Show ByKey "up" "Moves one line up.";
    ListHalfPageDown "list.half-page-down" Move Show ByKey "half page down" "Moves half a page down.";
    ListHalfPageUp "list.half-page-up" Move Show ByKey "half page up" "Moves half a page up.";
    ListPageDown "list.page-down" Move Show ByKey "page down" "Moves a page down.";
    ListPageUp "list.page-up" Move Show ByKey "page up" "Moves a page up.";
    ListTop "list.top" Move Show ByKey "top" "Moves to the first line.";
    ListBottom "list.bottom" Move Show ByKey "bottom" "Moves to the last line.";

    ListOpen "list.open" List Show ByKey "open" "Opens the selected line.";
    ListMark "list.mark" List Show ByKey "mark" "Marks or unmarks the selected line.";
    ListFilter "list.filter" List Show ByKey "filter" "Keeps only the lines that match what is typed.";
    ListProblemsOnly "list.problems-only" List Show ByKey "problems" "Keeps only the lines that need attention, or shows all again.";
    ListSortName "list.sort.name" List Show ByKey "by name" "Sorts by name.";
    ListSortAge "list.sort.age" List Show ByKey "by age" "Sorts by age, oldest first.";
    ListSortRpo "list.sort.rpo" List Show ByKey "by RPO" "Sorts by recovery point objective, strictest first.";
    ListSortUsed "list.sort.used" List Show ByKey "by RPO used" "Sorts by the share of the objective that is used up.";
    ListSortType "list.sort.type" List Show ByKey "by type" "Sorts by resource type.";
    ListSortRisk "list.sort.risk" List Show ByKey "by risk" "Sorts by risk, worst first.";

    CopyId "copy.id" Copy Show ByKey "id" "Copies the id of the selected line.";
    CopyArn "copy.arn" Copy Show ByKey "ARN" "Copies the ARN of the selected line.";
    CopyAwsCli "copy.aws-cli" Copy Show ByKey "aws command" "Copies the aws CLI command that says the same.";
    CopyLink "copy.link" Copy Show ByKey "console link" "Copies the link to the AWS console.";
    CopyRequestId "copy.request-id" Copy Show ByKey "request id" "Copies the request id of the last answer.";

    RunbookOpen "runbook.open" Runbook Show ByKey "open runbook" "Opens a runbook from a list.";
    RunbookPreview "runbook.preview" Runbook Show ByKey "preview" "Shows what the step would do, without proposing it.";
    RunbookRunStep "runbook.run-step" Runbook Propose ByKey "run step" "Opens the request of the step; a different key accepts it.";
    RunbookVerify "runbook.verify" Runbook Show ByKey "look again" "Looks at AWS again to settle the step.";
    RunbookSkip "runbook.skip" Runbook Journal ByKey "skip…" "Skips the step, with a reason for the journal.";
    RunbookRetry "runbook.retry" Runbook Propose ByKey "retry" "Opens the request of a failed step once more.";
    RunbookAbort "runbook.abort" Runbook Journal ByKey "abort…" "Ends the run after showing the state left behind.";
    RunbookHandOver "runbook.hand-over" Runbook Journal ByKey "hand over…" "Offers the incident to another person; in a console that follows, takes it over.";
    RunbookRollBack "runbook.roll-back" Runbook Journal ByKey "roll back…" "Shows the ways back that are open, and calls for one with a reason.";
    RunbookPause "runbook.pause" Runbook Journal ByKey "pause…" "Holds the run, with a reason, or lets it go on.";
    RunbookManner "runbook.manner" Runbook Journal ByKey "manner…" "Goes on gracefully or ungracefully, with a reason.";
    RunbookOverride "runbook.override" Runbook Journal ByKey "override…" "Goes on although a check does not pass, with a reason.";
    RunbookRepin "runbook.repin" Runbook Journal ByPalette "repin…" "Reads the file of the run anew, shows what changed, and goes on by it with a reason.";
    RunbookStateApplied "runbook.state-applied" Runbook Journal ByPalette "it happened" "States, with evidence, that a change of unknown outcome took effect.";
    RunbookStateNotApplied "runbook.state-not-applied" Runbook Journal ByPalette "it did not" "States, with evidence, that a change of unknown outcome did not happen.";
    RunbookSetInput "runbook.set-input" Runbook Journal ByKey "set input" "Sets an input of the runbook.";

    TimelineNote "timeline.note" Incident Journal ByKey "note" "Writes a note into the timeline.";
    TimelineDecision "timeline.decision" Incident Journal ByKey "decision" "Writes a decision and its reason into the timeline.";
    TimelineExport "timeline.export" Incident Journal ByKey "export" "Writes the report of the incident to files.";
    IncidentOpen "incident.open" Incident Journal ByKey "open incident" "Opens an incident with title, id and impact time.";
    IncidentImpact "incident.impact" Incident Journal ByPalette "impact time" "Corrects the time from which the outage counts.";
    IncidentClose "incident.close" Incident Journal ByPalette "close incident" "Closes the incident.";
    ModeArm "mode.arm" Incident Journal ByKey "arm" "Allows changes to the accounts of the runbook, with a reason.";
    ModeDisarm "mode.disarm" Incident Journal ByPalette "disarm" "Goes back to OBSERVE, where nothing can be changed.";
    IdentityBreakGlass "identity.break-glass" Incident Journal ByKey "break glass…" "Sends calls as the break-glass identity, or as the usual one again, with a reason.";

    HelpOpen "help.open" Console Show ByKey "help" "Shows the keys that work here.";
    PaletteOpen "palette.open" Console Show ByKey "command" "Opens the command line with every action in it.";
    WhoAmI "app.who-am-i" Console Show ByKey "who am I" "Shows account, role and time left of the session.";
    LogOpen "app.log" Console Show ByKey "log" "Shows the errors and notices of this session.";
    TimeCycle "app.time" Console Show ByKey "time" "Changes how times read: UTC, local, age.";
    Freeze "app.freeze" Console Show ByKey "freeze" "Holds the picture still, or lets it go on.";
    Refresh "app.refresh" Console Show ByKey "refresh" "Looks at AWS now.";
    Redraw "app.redraw" Console Show ByKey "redraw" "Draws the whole screen anew.";
    Suspend "app.suspend" Console Show ByKey "suspend" "Goes to the background until the shell calls back.";
    Interrupt "app.interrupt" Console Show ByKey "quit" "Ends the console on the second press; the first asks in an incident.";
    Quit "app.quit" Console Show ByPalette "quit" "Ends the console; what runs in AWS goes on.";

    ConfirmAccept "confirm.accept" Dialog Accept ByKey "accept" "Accepts the request in front.";
    ConfirmReject "confirm.reject" Dialog Journal ByKey "reject" "Rejects the request in front.";

    InputSubmit "input.submit" Text Show ByKey "done" "Takes the line as typed.";
    InputCancel "input.cancel" Text Show ByKey "cancel" "Drops the line.";
    InputComplete "input.complete" Text Show ByKey "complete" "Completes the word under the cursor.";
    InputLeft "input.left" Text Show ByKey "left" "Moves one character left.";
    InputRight "input.right" Text Show ByKey "right" "Moves one character right.";
    InputWordLeft "input.word-left" Text Show ByKey "word left" "Moves one word left.";
    InputWordRight "input.word-right" Text Show ByKey "word right" "Moves one word right.";
    InputStart "input.start" Text Show ByKey "start" "Moves to the start of the line.";
    InputEnd "input.end" Text Show ByKey "end" "Moves to the end of the line.";
    InputDeleteBack "input.delete-back" Text Show ByKey "delete back" "Deletes the character before the cursor.";
    InputDelete "input.delete" Text Show ByKey "delete" "Deletes the character under the cursor.";
    InputDeleteWord "input.delete-word" Text Show ByKey "delete word" "Deletes the word before the cursor.";
    InputDeleteToStart "input.delete-to-start" Text Show ByKey "delete to start" "Deletes everything before the cursor.";
    InputDeleteToEnd "input.delete-to-end" Text Show ByKey "delete to end" "Deletes everything after the cursor.";
    InputOlder "input.older" Text Show ByKey "older" "Brings back the line entered before.";
    InputNewer "input.newer" Text Show ByKey "newer" "Brings back the line entered after.";
}

impl Action {
    /// The line of this action in [`ACTIONS`].
    pub const fn info(self) -> &'static ActionInfo {
        &ACTIONS[self as usize]
    }

    /// The dotted name, as keymap files spell it.
    pub const fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no action of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no action is named {0:?}")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        ACTIONS
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.action)
            .ok_or_else(|| UnknownAction(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_stands_at_its_own_place_in_the_table() {
        for info in ACTIONS {
            assert_eq!(info.action.info(), info);
            assert_eq!(info.name.parse(), Ok(info.action));
        }
    }

    #[test]
    fn names_are_unique_and_sentences_are_sentences() {
        let names: BTreeSet<_> = ACTIONS.iter().map(|i| i.name).collect();
        assert_eq!(names.len(), ACTIONS.len());
        for info in ACTIONS {
            assert!(info.sentence.ends_with('.'), "{}", info.name);
            assert!(info.label.chars().count() <= 15, "{}", info.name);
        }
    }

    #[test]
    fn only_one_action_accepts() {
        let accepts: Vec<_> =
            ACTIONS.iter().filter(|i| i.level == Level::Accept).collect();
        assert_eq!(accepts.len(), 1);
        assert_eq!(accepts[0].action, Action::ConfirmAccept);
    }

    #[test]
    fn an_action_is_written_by_its_dotted_name() {
        let text = serde_json::to_string(&Action::ViewOverview).unwrap();
        assert_eq!(text, "\"view.overview\"");
    }
}
