//! What can happen, and what can be ordered done.
//!
//! Every input and every order of the program is a value of these two types,
//! so that it passes one gate: [`crate::app::update`].

use std::path::PathBuf;

use jiff::Timestamp;

use crate::estate::ids::Account;
use crate::estate::saved::Saved;
use crate::estate::shared::Opened;
use crate::estate::{Observation, Source};
use crate::failure::Failure;
use crate::incident::entry::{Author, Entry};
use crate::incident::fact::{Fact, Identity};
use crate::incident::message::{Message, Said};
use crate::journal::recorded::Recorded;
use crate::keymap::Chord;
use crate::runbook::plan::{Intent, IntentCopy};
use crate::runbook::run::{Outcome, StepFact};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Chord, Timestamp),
    /// The terminal says that this was pasted.
    Paste(String),
    /// The terminal has another size: columns and rows.
    Resized(u16, u16),
    /// A second has passed.
    Tick,
    /// A look came back.
    Observed(Observation),
    /// An incident's journal is open; these entries are in it.
    Opened {
        /// Its id.
        id: String,
        /// The directory it lies in.
        dir: PathBuf,
        /// What the journal holds, oldest first.
        entries: Vec<Entry>,
        /// The hash of the last of them.
        head: String,
        /// Whether this process began it, rather than took it up again.
        fresh: bool,
    },
    /// Another console drives the incident that was to be opened.
    Taken {
        /// Its id.
        id: String,
        /// Who drives, by the last claim.
        by: Option<Box<Author>>,
    },
    /// The incident that another console drives is followed from now on.
    Following {
        /// Its id.
        id: String,
        /// The directory it lies in.
        dir: PathBuf,
        /// What the journal holds, oldest first.
        entries: Vec<Entry>,
        /// How this console is named to others.
        console: String,
    },
    /// The journal that is followed has these entries more.
    Grew(Vec<Entry>),
    /// Whether any console drives the incident that is followed.
    Driven(bool),
    /// The incident that was driven here is free for another console.
    Released(String),
    /// Another console says something.
    Message {
        /// A name that no other message of the incident has.
        id: String,
        /// What it says.
        message: Box<Message>,
    },
    /// Another console follows, or no longer does.
    Here {
        /// The person, and the console.
        by: Author,
        /// Whether it is there.
        here: bool,
    },
    /// A fact is on disk.
    Recorded(Box<Entry>),
    /// An intent is on disk, and may be performed once.
    IntentRecorded(Recorded<Intent>, Box<Entry>),
    /// The journal could not take something; nothing was done about it.
    NotRecorded {
        /// What it was, in a few words.
        what: String,
        /// The step it was about, if it was about one.
        step: Option<String>,
        /// Why not.
        failure: Failure,
    },
    /// The program of a call was started.
    Began(StepFact),
    /// What came of a call.
    Answered {
        /// What was sent.
        intent: IntentCopy,
        /// What came of it.
        outcome: Outcome,
        /// Milliseconds from sending to answer.
        took_ms: u64,
    },
    /// Files of an export are written.
    Exported {
        /// Their names.
        files: Vec<String>,
        /// The directory.
        to: PathBuf,
    },
    /// A file was read, or was not.
    FileRead {
        /// Where it lies.
        path: String,
        /// Its text, or why there is none.
        text: Result<String, String>,
    },
    /// Credentials are held, or could not be fetched.
    Held(Held),
    /// The estate that a team shares was opened, or was not.
    Shared {
        /// Where it lies.
        name: String,
        /// What is in it, or why it was not opened.
        opened: Result<Box<Opened>, String>,
    },
    /// Something that an effect has to say.
    Said(Notice),
    /// The machine slept: everything known is older than it seems.
    Woke,
    /// The terminal or the system ends the program.
    Ending(&'static str),
    /// A person without a full screen did something.
    Spoken(Spoken),
}

/// What a person without a full screen does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Answers a prompt by a line.
    Answer {
        /// The key of the prompt that was in front of them; the answer
        /// counts for no other.
        prompt: String,
        /// What they typed, without its end.
        line: String,
        /// Whether it was typed at a terminal, rather than come by a pipe.
        by_hand: bool,
    },
    /// A text was shown to them whole.
    Shown,
    /// What they typed cannot be taken, for this reason.
    Refused(String),
    /// They pressed ctrl-c.
    Interrupt,
}

/// An order.
#[derive(Debug)]
pub enum Effect {
    /// Begin an incident with these facts.
    Open(Vec<Fact>),
    /// Append a fact to the journal.
    Record(Fact),
    /// Append an intent to the journal, and give back the proof.
    RecordIntent(Intent),
    /// Follow the incident of this id, which another console drives.
    Follow {
        /// Its id.
        id: String,
        /// As whom the system knows the person at this console.
        login: String,
    },
    /// Drive the incident of this id, which no console drives.
    TakeUp(String),
    /// Let the incident of this id go, so that another console may drive it.
    LetGo(String),
    /// Say something to the console that drives.
    Post {
        /// What.
        said: Said,
        /// As whom AWS knows the person at this console.
        arn: Option<String>,
    },
    /// Hold the right to send calls, or let it go.
    Allow(bool),
    /// Send calls as this identity from now on.
    SendAs(Identity),
    /// Fetch the credentials of all accounts, and hold them.
    Hold,
    /// Send a call.
    Perform(Recorded<Intent>),
    /// Look at this now.
    Look(Source),
    /// Look at everything now.
    LookAll,
    /// Look at the pace of an incident, or at the usual one.
    Hurry(bool),
    /// Write files into the incident's export directory.
    Export(Vec<(String, String)>),
    /// Save what is known, for a console that starts in an outage.
    Save(Box<Saved>),
    /// Read the file of a runbook.
    ReadFile(String),
    /// Put a text on the clipboard.
    Copy(String),
    /// Ring the bell.
    Ring,
    /// Draw everything anew.
    Redraw,
    /// Go to the background until the shell calls back.
    Suspend,
    /// End the program; what runs in AWS goes on.
    Quit,
}

/// How long credentials of an account last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The account; its name in the config until its digits are known.
    pub account: Account,
    /// What they are for, such as `to read`.
    pub way: &'static str,
    /// When they run out, if they do; or why there are none.
    pub until: Result<Option<Timestamp>, Failure>,
}

/// A sentence for the person, and how it should feel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When it arose.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}
