//! Tables for people: as wide as the terminal (100 columns where there is none), numbers to the right, no colours.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

use super::output;

/// The width where there is no terminal, in characters.
const WIDTH: u16 = 100;

/// Prints a table. When nobody reads it, there is nobody to tell.
pub(super) fn print(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = table(header, rows);
    let width = terminal_width().unwrap_or(WIDTH);
    let _ = output::print(table.set_width(width));
}

/// The width of the terminal that reads the output, in characters, if it is one.
pub(super) fn terminal_width() -> Option<u16> {
    Table::new().width()
}

fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().copied());
    for row in &rows {
        table.add_row(row.iter().map(|cell| output::printable(cell)));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        if rows.iter().filter_map(|row| row.get(index)).all(|cell| is_number(cell)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(width: u16, header: &[&str], rows: &[&[&str]]) -> Vec<String> {
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect());
        table(header, rows).set_width(width).lines().collect()
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
    fn control_characters_do_not_reach_the_terminal() {
        let lines = lines(100, &["why"], &[&["a\nb\u{1b}[2J"]]);
        assert_eq!(lines[3], "│ a b [2J │");
    }
}
