//! Under `NO_COLOR` the selection must still be seen: crossterm then turns
//! every colour command into a reset, which would take reverse video away.
//! The switch is global, so this test has a process of its own.

use crossterm::style::Colored;
use lifeboat::ui::{Column, GlyphSet, Table, Theme, ThemeName};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

fn bytes(name: ThemeName) -> String {
    let mut written = Vec::new();
    let area = Rect::new(0, 0, 40, 3);
    let viewport = Viewport::Fixed(area);
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(&mut written),
        TerminalOptions { viewport },
    )
    .expect("a fixed area needs no terminal");
    let table = Table {
        columns: vec![Column::flexible("RESOURCE", 9)],
        rows: vec![vec!["orders-db".into()], vec!["sessions".into()]],
        selected: Some(0),
        total: 2,
        ..Table::default()
    };
    let theme = Theme::new(name, GlyphSet::Unicode);
    terminal
        .draw(|frame| table.draw(frame.buffer_mut(), area, theme))
        .expect("memory takes every byte");
    drop(terminal);
    String::from_utf8(written).expect("symbols are UTF-8")
}

/// What is sent between the start of reverse video and the selected word.
fn before_the_word(sent: &str) -> &str {
    let reverse = sent.find("\u{1b}[7m").expect("the line is reversed");
    let word = sent.find("orders-db").expect("the line is drawn");
    &sent[reverse + "\u{1b}[7m".len()..word]
}

#[test]
fn the_selection_is_seen_without_colour() {
    Colored::set_ansi_color_disabled(true);
    let mono = bytes(ThemeName::Mono);
    assert!(!before_the_word(&mono).contains('m'), "{mono:?}");
    for colour in ["38;", "48;", "\u{1b}[;m"] {
        assert!(!mono.contains(colour), "{colour:?} in {mono:?}");
    }
}
