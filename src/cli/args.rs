//! The command line as it is written.

mod runbook;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::config::Shared;
pub use runbook::{Lint, New, Ready, Runbook};

/// A terminal console for the person on call while AWS is failing them.
///
/// Without a command it opens the console. It starts in OBSERVE, where
/// nothing can be changed.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, max_term_width = 80)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; without it the console opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The profile of ~/.aws/config to read with.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// A Region to watch; may be given many times or with commas.
    #[arg(
        long = "region",
        global = true,
        value_name = "REGION",
        value_delimiter = ','
    )]
    pub regions: Vec<String>,
    /// The Region one would recover in.
    #[arg(long, global = true, value_name = "REGION")]
    pub target_region: Option<String>,
    /// Ask this endpoint instead of AWS's own.
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The config file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A keymap by its name or file.
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub keymap: Option<String>,
    /// Colours: terminal, dark, light, cb-safe, high-contrast or mono.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Use no colour.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Make arming impossible.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Numbered prompts instead of a full screen, a line at a time.
    #[arg(long, global = true)]
    pub plain: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the console on a simulated AWS in this process; no account, no
    /// network.
    Demo(Demo),
    /// Serves the simulated AWS to other clients on a loopback port.
    Simulate(Simulate),
    /// Prints whether the estate can be recovered.
    Status(Status),
    /// Says what is wrong with the way the estate is protected.
    Check(Check),
    /// Says what the recovery points cost a month, by estimate.
    Cost(Cost),
    /// Tells the recovery pattern of each application and the metrics.
    Readiness(Readiness),
    /// Looks at everything once and saves it where a console can open it
    /// when no API answers.
    Observe(Observe),
    /// Prints the IAM policies that the console needs.
    #[command(subcommand)]
    Policy(Policy),
    /// Lists, shows, checks and resumes runbooks.
    #[command(subcommand)]
    Runbook(Runbook),
    /// Opens, lists, shows, verifies, exports, resumes and closes incidents.
    #[command(subcommand)]
    Incident(Incident),
    /// Drills runbooks, and tells of the drills that lie behind.
    #[command(subcommand)]
    Drill(Drill),
    /// Checks and lists keys.
    #[command(subcommand)]
    Keymap(Keymap),
    /// Checks the config file and shows what it makes of the estate.
    #[command(subcommand)]
    Config(Config),
    /// Checks credentials, Regions, clock, terminal and disk.
    Doctor,
    /// Prints every path and setting in use and where it came from.
    Info {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page.
    Man,
}

/// The console on a simulated AWS.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// A scenario by name or file.
    #[arg(long, default_value = "training-platform")]
    pub scenario: String,
    /// How much faster jobs and story run; time stamps stay true.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub speed: u32,
}

/// The simulated AWS for other clients.
#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// Where to listen.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where to answer DNS; the same address and port over UDP if not given.
    #[arg(long, value_name = "ADDR:PORT")]
    pub dns: Option<SocketAddr>,
    /// Serve other machines too: without it only loopback addresses are
    /// taken, as no credentials are checked.
    #[arg(long)]
    pub allow_remote: bool,
    /// A scenario by name or file.
    #[arg(long, default_value = "training-platform")]
    pub scenario: String,
    /// How much faster jobs and story run.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub speed: u32,
}

/// Whom a command asks that looks once, and how long it waits.
// Not generic over the default: the text of `default_value_t` lies in a
// static, which all instances of a generic type would share.
#[derive(Clone, Debug, Args)]
pub struct Asking {
    /// Ask the simulated AWS of this scenario instead.
    #[arg(long, value_name = "SCENARIO")]
    pub demo: Option<String>,
    /// Wait no longer than this; what has not answered by then is unknown.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u64).range(1..=600)
    )]
    pub timeout: u64,
}

/// The posture checks without a screen.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// End with 1 if something is bad, 3 if a check cannot tell.
    #[arg(long)]
    pub exit_code: bool,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}

/// What recovery points cost, without a screen.
#[derive(Clone, Debug, Args)]
pub struct Cost {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Ask nobody: tell of the estate that a console or `observe` saved; of
    /// the one last saved here if no file is named.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub from_saved: Option<Option<PathBuf>>,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}

/// Readiness without a screen.
#[derive(Clone, Debug, Args)]
pub struct Readiness {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Tell definitions and evidence, too.
    #[arg(long)]
    pub evidence: bool,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}

/// One look, saved.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("timeout", |arg| arg.default_value("120")))]
pub struct Observe {
    /// Look once and end.
    #[arg(long, required = true)]
    pub once: bool,
    /// Where to: a file, which only its owner may read, or
    /// `s3://bucket/prefix`, a bucket of the Region one would recover in.
    #[arg(long, value_name = "FILE|S3")]
    pub save: Shared,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}

/// IAM policies.
#[derive(Clone, Debug, Subcommand)]
pub enum Policy {
    /// Prints one, made from the calls that the program can make.
    Print {
        /// What it is for.
        #[arg(required_unless_present = "runbook")]
        kind: Option<PolicyKind>,
        /// Only what the calls of this runbook need, by its id or file.
        #[arg(long, value_name = "RUNBOOK", conflicts_with = "kind")]
        runbook: Option<String>,
        /// As what.
        #[arg(long = "as", value_name = "FORM", default_value = "json")]
        form: PolicyForm,
    },
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PolicyKind {
    /// Looking: for the role to read.
    Observe,
    /// A guided restore: for the role to operate.
    Restore,
    /// The changes of all runbooks: for the role to operate.
    Failover,
}

/// How a policy is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PolicyForm {
    /// As an IAM policy document.
    Json,
    /// As a Terraform module of the roles to read and to operate.
    Terraform,
}

/// The verdict without a screen.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("timeout", |arg| arg.default_value("15")))]
pub struct Status {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// End with 1 if something is outside its RPO, 3 if something is unknown.
    #[arg(long)]
    pub exit_code: bool,
    /// Whom it asks.
    #[command(flatten)]
    pub asking: Asking,
}

/// Work with drills.
#[derive(Clone, Debug, Subcommand)]
pub enum Drill {
    /// Opens the console on a drill of a runbook: the same file by the same
    /// way as in an incident, in the embedded AWS.
    Run {
        /// Its id or file.
        runbook: String,
        /// The scenario of the embedded AWS, by name or file.
        #[arg(
            long,
            value_name = "SCENARIO",
            default_value = "training-platform",
            conflicts_with = "real"
        )]
        scenario: String,
        /// How much faster jobs and story run; time stamps stay true.
        #[arg(long, default_value_t = 1, conflicts_with = "real", value_parser = clap::value_parser!(u32).range(1..=3600))]
        speed: u32,
        /// In AWS itself, where each step that changes something says by
        /// `drill` what a drill makes of it.
        #[arg(long)]
        real: bool,
        /// Confirm by itself, only what the drill makes and deletes, in
        /// accounts of which the config says `drill = true`.
        #[arg(long)]
        unattended: bool,
        /// Print what came of it as JSON when the console has ended.
        #[arg(long)]
        json: bool,
    },
    /// Lists the drills that lie behind, newest first, and what proves
    /// restores beside them.
    History {
        /// Those of this runbook alone, by its id.
        runbook: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Work with incidents.
#[derive(Clone, Debug, Subcommand)]
pub enum Incident {
    /// Opens an incident.
    Open {
        /// What it is called.
        title: String,
        /// Its id in another system.
        #[arg(long)]
        external_id: Option<String>,
        /// When users began to be hurt, RFC 3339.
        #[arg(long)]
        impact: Option<jiff::Timestamp>,
    },
    /// Lists incidents, newest first.
    List,
    /// Shows an incident as a timeline.
    Show {
        /// Its id; the newest if not given.
        incident: Option<String>,
    },
    /// Checks the chain of a journal.
    Verify {
        /// Its id; the newest if not given.
        incident: Option<String>,
    },
    /// Writes report.md, timeline.json and timeline.csv.
    Export {
        /// Its id; the newest if not given.
        incident: Option<String>,
        /// Where to, instead of the incident's own directory.
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// Opens the console on an incident that was interrupted, as
    /// `runbook resume` does.
    Resume {
        /// The incident; if not given, the newest open one that no console
        /// holds.
        incident: Option<String>,
        /// Against the simulated AWS of this scenario.
        #[arg(long, value_name = "SCENARIO")]
        demo: Option<String>,
    },
    /// Closes an incident.
    Close {
        /// Its id.
        incident: String,
        /// What came of it.
        summary: String,
    },
}

/// Work with keymaps.
#[derive(Clone, Debug, Subcommand)]
pub enum Keymap {
    /// Tells what is wrong in a keymap.
    Check {
        /// The file, or the name of a keymap; the one in use if not given.
        file: Option<PathBuf>,
    },
    /// Prints the default keymap, to start one's own from.
    Print,
    /// Lists every action with its keys.
    List {
        /// How.
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Columns.
    Text,
    /// Markdown.
    Md,
}

/// Work with the config file.
#[derive(Clone, Debug, Subcommand)]
pub enum Config {
    /// Writes a first one, from ~/.aws and, if it may be asked,
    /// Organizations.
    Init {
        /// Replace the file that is there.
        #[arg(long)]
        force: bool,
        /// Show what would be written, and write nothing.
        #[arg(long)]
        print: bool,
        /// Do not ask Organizations.
        #[arg(long)]
        offline: bool,
    },
    /// Prints every setting in use.
    Print {
        /// With where each came from.
        #[arg(long)]
        origin: bool,
    },
    /// Tells what is wrong in it, and which resource each objective fits.
    Check {
        /// The file; the one in use if not given.
        file: Option<PathBuf>,
    },
    /// Prints an example with every key explained.
    Example,
}
