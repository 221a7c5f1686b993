//! What is said of runbooks on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Asking;

/// Work with runbooks.
#[derive(Clone, Debug, Subcommand)]
pub enum Runbook {
    /// Lists the runbooks that can be started.
    List,
    /// Shows a runbook as a checklist.
    Show {
        /// Its id or file.
        runbook: String,
    },
    /// Tells what is wrong or risky in runbook files.
    Lint(Lint),
    /// Prints the paper twin of a runbook, as Markdown.
    Render {
        /// Its id or file.
        runbook: String,
    },
    /// Begins one's own runbook from one that comes with the program, with
    /// what the estate tells of its inputs.
    New(New),
    /// Lists the kinds of step, with an example of each.
    Steps,
    /// Tries all that a runbook needs, short of running it.
    Ready(Ready),
    /// Proposes `expect` as past drills and incidents in AWS measured it, as
    /// a patch.
    Learn {
        /// The runbook's file.
        file: PathBuf,
        /// Write it into the file.
        #[arg(long)]
        write: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Opens the console on an incident that was interrupted.
    Resume {
        /// The incident; if not given, the newest open one that no console
        /// holds, else the newest. One that a console holds is followed.
        incident: Option<String>,
        /// Against the simulated AWS of this scenario.
        #[arg(long, value_name = "SCENARIO")]
        demo: Option<String>,
    },
}

/// The rules on runbooks.
#[derive(Clone, Debug, Args)]
pub struct Lint {
    /// The files; all of the library if none is given.
    pub files: Vec<PathBuf>,
    /// Count warnings as errors; what a file accepts with a reason is none.
    #[arg(long)]
    pub strict: bool,
    /// Judge by the simulated AWS of this scenario instead of the estate
    /// that was saved here.
    #[arg(long, value_name = "SCENARIO")]
    pub demo: Option<String>,
}

/// A runbook of one's own.
#[derive(Clone, Debug, Args)]
pub struct New {
    /// The id of the pattern.
    pub pattern: String,
    /// Write it there, under an id of that name; nothing is replaced.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Take its inputs from the simulated AWS of this scenario instead of
    /// the estate that was saved here.
    #[arg(long, value_name = "SCENARIO")]
    pub demo: Option<String>,
}

/// A try of all that a runbook needs; ends with 1 if something fails, with 3
/// if something cannot be known.
#[derive(Clone, Debug, Args)]
pub struct Ready {
    /// Its id or file.
    pub runbook: String,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Leave the break-glass way untried: using it sets off its alarms.
    #[arg(long)]
    pub no_break_glass: bool,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}
