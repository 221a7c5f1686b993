//! Prompts and answers, without a terminal.
