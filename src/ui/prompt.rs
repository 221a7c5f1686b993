//! The one-line prompt, and the dialog that waits for an answer.

use std::slice;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cell::{Cell, Row, Words, put, put_row, wipe};
use super::line_edit::Typed;
use super::pane::{frame, head, inside};
use super::prose::{height_all, wrap_all};
use super::table::scroll_bar;
use super::text::width;
use super::theme::{Mark, Theme, Tone};

/// A question on one line, such as the filter or a note:
///
/// ```text
///  note > eu-west-1 answers nothing since 14:20_        esc cancels
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked for.
    pub label: Words,
    /// What is typed.
    pub typed: Typed,
    /// A hint at the right end; goes when there is no room.
    pub note: Cell,
}

impl Prompt {
    /// Paints the first line of `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        if area.is_empty() {
            return;
        }
        wipe(buf, Rect { height: 1, ..area });
        let label = format!(" {} > ", self.label);
        let half = area.width.div_ceil(2);
        let style = theme.style(Tone::Key);
        let x = put(buf, (area.x, area.y), half, &label, style);
        let mut room = area.right().saturating_sub(x);
        let note = cells(width(&self.note.text));
        if note > 0 && room > note.saturating_add(12) {
            let at = area.right() - note - 1;
            let style = theme.style(self.note.tone);
            put(buf, (at, area.y), note, &self.note.text, style);
            room = at - x - 1;
        }
        let field = Rect::new(x, area.y, room, 1);
        self.typed.draw(buf, field, true, theme);
    }
}

/// A line to type into, in a dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What is asked for.
    pub label: Words,
    /// What is typed.
    pub typed: Typed,
    /// Whether it has the keys.
    pub focused: bool,
    /// What is said of it behind, such as that it matches.
    pub note: Cell,
}

/// A box over the screen that waits for an answer:
///
/// ```text
/// ╔ Promote orders-db-replica ══════════ level 3 ═╗
/// ║ Effect  becomes a database of its own         ║
/// ║                                               ║
/// ║ type the account's name > acme-_              ║
/// ║ tab next field  esc cancel                    ║
/// ╚═══════════════════════════════════════════════╝
/// ```
///
/// The body is wrapped, never cut, and scrolls when it is too tall; the
/// fields and the keys below it are always seen, as far as there is room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialog {
    /// What it is about.
    pub title: Cell,
    /// A word at the right end of the title line.
    pub note: Cell,
    /// What there is to know.
    pub body: Vec<Row>,
    /// The first wrapped line of the body that is seen.
    pub scroll: usize,
    /// The keys that scroll it, told when there is more than is seen.
    pub more: Words,
    /// The lines to type into.
    pub fields: Vec<Field>,
    /// The keys, last line of the box.
    pub keys: Row,
    /// What there is to say just now, above the keys; the status line may be
    /// below the box.
    pub said: Row,
}

/// The widest a dialog gets, in cells, with its frame.
const WIDEST: u16 = 100;
/// With fewer cells for the title a note beside it goes.
const TITLE: usize = 12;

impl Dialog {
    /// Paints the box in the middle of `screen`.
    pub fn draw(&self, buf: &mut Buffer, screen: Rect, theme: Theme) {
        let screen = screen.intersection(buf.area);
        let area = self.area(screen);
        wipe(buf, area);
        if area.height < 3 || area.width < 5 {
            put_row(buf, area, slice::from_ref(&self.title), theme);
            return;
        }
        let tone = match self.title.tone {
            Tone::Danger => Tone::Danger,
            _ => Tone::Focus,
        };
        self.outline(buf, area, tone, theme);
        let (body, rest) = self.split(area);
        self.draw_body(buf, body, theme);
        self.draw_more(buf, area, body, theme);
        self.draw_fields(buf, rest, theme);
    }

    /// How far the body can be scrolled on this screen; 0 when all is seen.
    pub fn longest_scroll(&self, screen: Rect) -> usize {
        let area = self.area(screen);
        let (body, _) = self.split(area);
        let lines = height_all(&self.body, body.width);
        lines.saturating_sub(body.height.into())
    }

    /// Where the box stands on a screen.
    pub fn area(&self, screen: Rect) -> Rect {
        let wide = screen
            .width
            .min(WIDEST)
            .min(screen.width.saturating_sub(4).max(screen.width.min(60)));
        let text = wide.saturating_sub(4);
        let lines = height_all(&self.body, text) + self.below() + 2;
        let tall = cells(lines).min(screen.height);
        let x = screen.x + (screen.width - wide) / 2;
        let y = screen.y + (screen.height - tall) / 2;
        Rect::new(x, y, wide, tall)
    }

    fn outline(&self, buf: &mut Buffer, area: Rect, tone: Tone, theme: Theme) {
        let lines = match tone {
            Tone::Danger => Tone::Bad,
            other => other,
        };
        frame(buf, area, theme.double_border(), lines, theme);
        let room = usize::from(area.width.saturating_sub(4));
        let note = width(&self.note.text);
        // The title is cut before the note goes, down to a few words.
        let beside = room.saturating_sub(note + 4);
        let both = note > 0 && beside >= TITLE;
        let most = if both { beside } else { room };
        let title = width(&self.title.text).min(most);
        head(buf, area.x + 1, title, &self.title, Tone::Title, theme, area);
        if both {
            let x = area.right() - cells(note + 4);
            head(buf, x, note, &self.note, Tone::Dim, theme, area);
        }
    }

    /// The part of the body and the part of the fields and keys.
    fn split(&self, area: Rect) -> (Rect, Rect) {
        let mut inner = inside(area);
        inner.x += u16::from(inner.width > 2);
        inner.width = inner.width.saturating_sub(2);
        let below = cells(self.below()).min(inner.height.saturating_sub(1));
        let body = Rect { height: inner.height - below, ..inner };
        let rest = Rect { y: body.bottom(), height: below, ..inner };
        (body, rest)
    }

    fn below(&self) -> usize {
        let keys = usize::from(!self.keys.is_empty());
        let said = usize::from(!self.said.is_empty());
        let gap = usize::from(keys + said + self.fields.len() > 0);
        self.fields.len() + said + keys + gap
    }

    fn draw_body(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let lines = wrap_all(&self.body, area.width);
        let last = lines.len().saturating_sub(area.height.into());
        let offset = self.scroll.min(last);
        for (y, row) in area.rows().zip(lines.iter().skip(offset)) {
            put_row(buf, y, row, theme);
        }
        // The column right of the text is blank and takes the scroll bar.
        let beside = Rect { width: area.width + 1, ..area };
        scroll_bar(buf, beside, offset, lines.len(), theme);
    }

    /// How much of the body is below what is seen, in the lower border.
    fn draw_more(
        &self,
        buf: &mut Buffer,
        area: Rect,
        body: Rect,
        theme: Theme,
    ) {
        let all = height_all(&self.body, body.width);
        let seen = usize::from(body.height);
        let offset = self.scroll.min(all.saturating_sub(seen));
        let below = all.saturating_sub(offset + seen);
        if below == 0 {
            return;
        }
        let lines = if below == 1 { "line" } else { "lines" };
        let text = match &*self.more {
            "" => format!(" {below} more {lines} below "),
            keys => format!(" {below} more {lines} below: {keys} "),
        };
        let wide = cells(width(&text)).min(body.width);
        let at = (body.right() - wide, area.bottom() - 1);
        let style = theme.style(Tone::Warn);
        put(buf, at, wide, &text, style);
    }

    /// The last lines of `area`: when it is short, the gap goes first and
    /// then the fields that do not have the keys.
    fn draw_fields(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let mut bottom = area.bottom();
        let mut line = || {
            let free = bottom > area.top();
            bottom -= u16::from(free);
            free.then_some(Rect { y: bottom, height: 1, ..area })
        };
        if !self.keys.is_empty()
            && let Some(y) = line()
        {
            put_row(buf, y, &self.keys, theme);
        }
        if !self.said.is_empty()
            && let Some(y) = line()
        {
            put_row(buf, y, &self.said, theme);
        }
        let said = u16::from(!self.said.is_empty());
        let room = usize::from(area.height.saturating_sub(1 + said));
        let focused = self.fields.iter().position(|f| f.focused).unwrap_or(0);
        let first = (focused + 1).saturating_sub(room.max(1));
        let seen = self.fields.iter().skip(first).take(room.max(1));
        for field in seen.collect::<Vec<_>>().into_iter().rev() {
            if let Some(y) = line() {
                field.draw(buf, y, theme);
            }
        }
    }
}

impl Field {
    fn draw(&self, buf: &mut Buffer, area: Rect, theme: Theme) {
        let mark =
            if self.focused { theme.glyph(Mark::Selected) } else { " " };
        let tone = if self.focused { Tone::Key } else { Tone::Plain };
        let label = format!("{mark} {}: ", self.label);
        let most = area.width.saturating_mul(2) / 3;
        let x = put(buf, (area.x, area.y), most, &label, theme.style(tone));
        let mut room = area.right().saturating_sub(x);
        let note = cells(width(&self.note.text));
        if note > 0 && room > note.saturating_add(10) {
            let at = area.right() - note;
            let style = theme.style(self.note.tone);
            put(buf, (at, area.y), note, &self.note.text, style);
            room = at - x - 1;
        }
        let line = Rect::new(x, area.y, room, 1);
        self.typed.draw(buf, line, self.focused, theme);
    }
}

fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::cell::shown;
    use super::super::line_edit::LineEdit;
    use super::*;

    fn dialog() -> Dialog {
        Dialog {
            more: "".into(),
            title: Cell::plain("Promote orders-db-replica"),
            note: Cell::plain("level 3"),
            body: vec![
                vec![
                    Cell::new("Effect ", Tone::Key),
                    Cell::plain("orders-db-replica becomes a database"),
                ],
                vec![Cell::new("Undo   none", Tone::Danger)],
            ],
            scroll: 0,
            fields: vec![Field {
                label: "type orders-db-replica".into(),
                typed: LineEdit::with_value("orders-").typed(),
                focused: true,
                note: Cell::default(),
            }],
            keys: vec![Cell::plain("tab next  esc cancel")],
            said: Row::new(),
        }
    }

    fn lines(dialog: &Dialog, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        dialog.draw(&mut buf, area, Theme::default());
        shown(&buf)
    }

    #[test]
    fn a_dialog_stands_in_the_middle_with_a_double_border() {
        let lines = lines(&dialog(), 56, 9);
        let picture = [
            "╔ Promote orders-db-replica ═════════════════ level 3 ═╗",
            "║ Effect orders-db-replica becomes a database          ║",
            "║ Undo   none                                          ║",
            "║                                                      ║",
            "║ > type orders-db-replica: orders-                    ║",
            "║ tab next  esc cancel                                 ║",
            "╚══════════════════════════════════════════════════════╝",
        ];
        assert_eq!(lines[1..8], picture);
    }

    #[test]
    fn the_title_is_cut_before_the_note_and_what_is_said_is_inside() {
        let mut dialog = dialog();
        dialog.said = vec![Cell::plain("that looked like a paste")];
        let picture = lines(&dialog, 36, 12);
        let top = picture.iter().find(|line| line.contains('╔'));
        let top = top.expect("it is drawn");
        assert!(top.contains("Promote") && top.contains("level 3"), "{top}");
        let text = picture.join("\n");
        assert!(text.contains("looked like a paste"), "{text}");
        assert!(text.contains("esc cancel"), "{text}");
    }

    #[test]
    fn the_body_is_wrapped_and_never_cut() {
        let text = lines(&dialog(), 30, 12).join("\n");
        for word in ["Effect", "becomes", "database", "none"] {
            assert!(text.contains(word), "{word} in\n{text}");
        }
    }

    #[test]
    fn keys_and_the_focused_field_outlast_the_body() {
        let dialog = dialog();
        let screen = Rect::new(0, 0, 40, 6);
        assert!(dialog.longest_scroll(screen) > 0);
        let text = lines(&dialog, 40, 6).join("\n");
        assert!(text.contains("esc cancel"), "{text}");
        assert!(text.contains("orders-"), "{text}");
        assert_eq!(dialog.longest_scroll(Rect::new(0, 0, 80, 24)), 0);
    }

    #[test]
    fn a_body_that_is_cut_says_how_much_is_below_and_which_key_shows_it() {
        let mut dialog = dialog();
        dialog.more = "pagedown".into();
        dialog.body = vec![vec![Cell::plain("a line")]; 9];
        let text = lines(&dialog, 60, 9).join("\n");
        assert!(text.contains("5 more lines below: pagedown"), "{text}");
        dialog.scroll = 4;
        let text = lines(&dialog, 60, 9).join("\n");
        assert!(text.contains("1 more line below: pagedown"), "{text}");
        dialog.scroll = 99;
        let text = lines(&dialog, 60, 9).join("\n");
        assert!(!text.contains("below"), "{text}");
    }

    #[test]
    fn a_prompt_shows_what_is_asked_and_what_is_typed() {
        let prompt = Prompt {
            label: "note".into(),
            typed: LineEdit::with_value("dark since 14:20").typed(),
            note: Cell::dim("esc cancels"),
        };
        let area = Rect::new(0, 0, 50, 1);
        let mut buf = Buffer::empty(area);
        prompt.draw(&mut buf, area, Theme::default());
        let line = shown(&buf).concat();
        let shown = " note > dark since 14:20              esc cancels ";
        assert_eq!(line.trim_end(), shown.trim_end());
    }
}
