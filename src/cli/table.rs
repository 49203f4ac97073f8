//! Tables for people: as wide as the terminal (120 columns where there is none), numbers to the right, no colours. Words,
//! such as ids, stay in one piece where the width has room for all of them.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets::UTF8_FULL_CONDENSED};

use super::output;

/// The width where there is no terminal, in characters.
const WIDTH: u16 = 120;
/// The blanks around a cell, in characters.
const PADDING: u16 = 2;
/// Longer words are wrapped anyhow, in characters.
const LONGEST_WORD: u16 = 1_000;

/// Prints a table. When nobody reads it, there is nobody to tell.
pub(super) fn print(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let _ = output::print(table(terminal_width().unwrap_or(WIDTH), header, rows));
}

/// The width of the terminal that reads the output, in characters, if it is one.
pub(super) fn terminal_width() -> Option<u16> {
    Table::new().width()
}

fn table(width: u16, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let printable = |row: Vec<String>| row.iter().map(|cell| output::printable(cell)).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(printable).collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(header.iter().copied()).add_rows(&rows);
    let words: Vec<u16> = (0..header.len()).map(|index| longest_word(header[index], column(&rows, index))).collect();
    let room_for_words = words.iter().map(|word| usize::from(word + PADDING) + 1).sum::<usize>() < usize::from(width);
    for (index, (shown, word)) in table.column_iter_mut().zip(words).enumerate() {
        if column(&rows, index).all(is_number) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
        if room_for_words {
            shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(word + PADDING)));
        }
    }
    table
}

fn column(rows: &[Vec<String>], index: usize) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(move |row| row.get(index)).map(String::as_str)
}

/// In characters.
fn longest_word<'a>(header: &'a str, cells: impl Iterator<Item = &'a str>) -> u16 {
    let words = cells.chain([header]).flat_map(|cell| cell.split(' '));
    words.map(|word| u16::try_from(word.chars().count()).unwrap_or(LONGEST_WORD)).max().unwrap_or(0).min(LONGEST_WORD)
}

fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(width: u16, header: &[&str], rows: &[&[&str]]) -> Vec<String> {
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect());
        table(width, header, rows).lines().collect()
    }

    #[test]
    fn numbers_stand_to_the_right_and_texts_to_the_left() {
        let lines = lines(100, &["rows", "table"], &[&["7", "Job"], &["1042", "User"], &["", "Tenant"]]);
        assert_eq!(lines[3..6], ["│    7 ┆ Job    │", "│ 1042 ┆ User   │", "│      ┆ Tenant │"]);
    }

    #[test]
    fn a_long_text_is_wrapped_within_the_width() {
        let lines = lines(40, &["code", "why"], &[&["x", &"because ".repeat(20)]]);
        assert!(lines.len() > 5);
        assert!(lines.iter().all(|line| line.chars().count() <= 40), "{lines:#?}");
    }

    #[test]
    fn an_id_stays_in_one_piece_beside_a_long_text() {
        let id = "00000000-0000-4000-8000-0000000000aa";
        let lines = lines(60, &["who", "why"], &[&[id, &"because ".repeat(20)]]);
        assert!(lines[3].starts_with(&format!("│ {id} ┆ because")), "{lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{lines:#?}");
    }

    #[test]
    fn a_width_without_room_for_the_words_is_kept_all_the_same() {
        let lines = lines(30, &["who", "why"], &[&["00000000-0000-4000-8000-0000000000aa", "because"]]);
        assert!(lines.iter().all(|line| line.chars().count() <= 30), "{lines:#?}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let lines = lines(100, &["why"], &[&["a\nb\u{1b}[2J"]]);
        assert_eq!(lines[3], "│ a b [2J │");
    }
}
