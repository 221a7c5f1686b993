//! Every widget at every size, and the bytes that reach the terminal.

use lifeboat::ui::{
    Cell, Choices, Column, Dialog, Field, GlyphSet, Hints, KeyHint, LineEdit,
    Mark, Pane, Prompt, Prose, Table, Theme, ThemeName, Tone, bar,
};
use ratatui::Terminal;
use ratatui::backend::{CrosstermBackend, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};

const SIGNS: [Mark; 4] = [Mark::Good, Mark::Warn, Mark::Bad, Mark::Unknown];

fn table() -> Table {
    let row = |n: usize| {
        vec![
            Cell::new("MISS", Tone::Bad),
            Cell::plain(format!("orders-db-{n} 東京 \u{202e}evil")),
            Cell::new("31h04m", Tone::Unknown),
        ]
    };
    Table {
        columns: vec![
            Column::fixed("STATE", 6),
            Column::flexible("RESOURCE", 10),
            Column::fixed("AGE", 7).right().drop(1),
        ],
        rows: (0..60).map(row).collect(),
        offset: 7,
        selected: Some(8),
        total: 40_000,
        empty: "nothing",
    }
}

fn dialog() -> Dialog {
    let line = "Effect  makes orders-db-replica a database of its own";
    Dialog {
        more: "".into(),
        title: Cell::new("Promote orders-db-replica", Tone::Danger),
        note: Cell::plain("level 3"),
        body: vec![vec![Cell::plain(line)]; 9],
        scroll: 99,
        fields: vec![
            Field {
                label: "type the name".into(),
                typed: LineEdit::with_value("orders-db").typed(),
                focused: true,
                note: Cell::new("does not match", Tone::Warn),
            },
            Field::default(),
        ],
        said: vec![Cell::plain("that looked like a paste: ignored")],
        keys: vec![Cell::new("esc", Tone::Key), Cell::plain(" cancel")],
    }
}

/// Paints one of everything, one over the other.
fn paint(buf: &mut Buffer, area: Rect, theme: Theme) {
    let pane = Pane::new("Needs attention (5)").note("data 12s old");
    let inside = pane.focused(true).draw(buf, area, theme);
    table().draw(buf, inside, theme);
    let text = SIGNS.map(|mark| theme.glyph(mark)).concat();
    let line = vec![Cell::plain(text), Cell::dim(bar(1, 3, 12, theme))];
    let prose = Prose { lines: vec![line; 70], offset: 3 };
    let half = Rect { width: inside.width / 2, ..inside };
    prose.draw(buf, half, theme);
    dialog().draw(buf, area, theme);
    let items = vec![KeyHint::new("i", "id"); 9];
    Choices { title: "y  copy".into(), items: items.clone() }
        .draw(buf, area, theme);
    let prompt = Prompt {
        label: "filter".into(),
        typed: LineEdit::with_value("orders").typed(),
        note: Cell::dim("esc cancels"),
    };
    prompt.draw(buf, area, theme);
    let last = Rect {
        y: area.bottom().saturating_sub(1),
        height: area.height.min(1),
        ..area
    };
    Hints::new(items).draw(buf, last, theme);
}

#[test]
fn nothing_panics_at_any_size_or_place() {
    for width in (0..=42).chain([79, 80, 100, 139, 140, 160]) {
        for height in (0..=14).chain([24, 40, 48]) {
            let screen = Rect::new(0, 0, width, height);
            let mut buf = Buffer::empty(screen);
            for glyphs in [GlyphSet::Unicode, GlyphSet::Ascii] {
                let theme = Theme::new(ThemeName::Terminal, glyphs);
                paint(&mut buf, screen, theme);
            }
            let beyond = Rect::new(width / 2, height / 2, width, height);
            table().draw(&mut buf, beyond, Theme::default());
            dialog().draw(&mut buf, beyond, Theme::default());
        }
    }
}

#[test]
fn help_and_the_dialog_keys_are_seen_from_forty_by_ten() {
    for (width, height) in [(40, 10), (80, 24), (160, 48)] {
        let mut terminal =
            Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| {
                let area = frame.area();
                let body = Rect { height: area.height - 1, ..area };
                let last = Rect { y: body.height, height: 1, ..area };
                let theme = Theme::default();
                dialog().draw(frame.buffer_mut(), body, theme);
                let items = vec![KeyHint::new("enter", "open"); 40];
                Hints::new(items).draw(frame.buffer_mut(), last, theme);
            })
            .unwrap();
        let screen = terminal.backend().to_string();
        for word in ["? help", "esc cancel", "type the name", "orders-db"] {
            assert!(screen.contains(word), "{word} at {width}\n{screen}");
        }
    }
}

#[test]
fn ascii_screens_hold_no_other_character() {
    let area = Rect::new(0, 0, 80, 24);
    let mut buf = Buffer::empty(area);
    let theme = Theme::new(ThemeName::Terminal, GlyphSet::Ascii);
    Pane::new("Jobs").note("12s old").draw(&mut buf, area, theme);
    dialog().draw(&mut buf, area, theme);
    for cell in &buf.content {
        assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
    }
}

fn bytes(theme: Theme) -> String {
    let mut written = Vec::new();
    let area = Rect::new(0, 0, 80, 24);
    let viewport = Viewport::Fixed(area);
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(&mut written),
        TerminalOptions { viewport },
    )
    .expect("a fixed area needs no terminal");
    terminal
        .draw(|frame| paint(frame.buffer_mut(), area, theme))
        .expect("memory takes every byte");
    drop(terminal);
    String::from_utf8(written).expect("symbols are UTF-8")
}

#[test]
fn mono_sends_no_colour_and_its_reverse_survives() {
    let sent = bytes(Theme::new(ThemeName::Mono, GlyphSet::Unicode));
    for colour in ["38;", "48;", "\u{1b}[;m"] {
        assert!(!sent.contains(colour), "{colour:?} was sent");
    }
    assert!(sent.contains("\u{1b}[7m"), "nothing is reversed");
    assert!(sent.contains("help"));
}

#[test]
fn a_coloured_theme_does_send_colour() {
    let sent = bytes(Theme::new(ThemeName::Terminal, GlyphSet::Unicode));
    assert!(sent.contains("38;5;"));
}

#[test]
fn what_deceives_never_reaches_the_terminal() {
    let sent = bytes(Theme::default());
    assert!(!sent.contains('\u{202e}'));
}

#[test]
fn a_table_of_forty_thousand_lines_looks_like_its_window() {
    let area = Rect::new(0, 0, 40, 10);
    let mut buf = Buffer::empty(area);
    let theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
    table().draw(&mut buf, area, theme);
    let row =
        |y: u16| -> String { (0..40).map(|x| buf[(x, y)].symbol()).collect() };
    assert!(row(1).starts_with("  MISS   orders-db-0"), "{}", row(1));
    assert!(row(2).starts_with("> MISS   orders-db-1"), "{}", row(2));
    assert!(row(1).ends_with('#') && row(9).ends_with('|'));
}
