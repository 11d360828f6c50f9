//! All faults of a configuration, as a person reads them: file, line, column, the line itself with
//! the place marked, and what to do.
//!
//! The text of config.toml is kept masked (`mask.rs`): neither what is printed here nor a
//! `Debug` of it can hold a password.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::base::fault::Fault;

/// Everything that is wrong with a configuration, in the order of files and places. Never empty.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Faults {
    /// The files, config.toml first: path, and text as far as it may be shown.
    pub files: Vec<(PathBuf, String)>,
    /// Each fault and the file that it is in, an index into `files`.
    pub faults: Vec<(usize, Fault)>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl Faults {
    /// As `Display`, in colour: for a terminal.
    pub fn coloured(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let mut page = String::new();
        for (file, fault) in &self.faults {
            page.push_str(&self.render_one(*file, fault, renderer));
            page.push_str("\n\n");
        }
        let count = self.faults.len();
        page.push_str(&format!("{count} fault{}\n", if count == 1 { "" } else { "s" }));
        page
    }

    fn render_one(&self, file: usize, fault: &Fault, renderer: &Renderer) -> String {
        let unknown = (PathBuf::from("?"), String::new());
        let (path, text) = self.files.get(file).unwrap_or(&unknown);
        let path = path.display().to_string();
        let title = Level::ERROR.primary_title(fault.what.as_str());
        let remedy = Level::HELP.message(fault.remedy.as_str());
        // A file that can't be read has a name and no line.
        let group = if text.is_empty() {
            title.element(Origin::path(path)).element(remedy)
        } else {
            let mark = AnnotationKind::Primary.span(within_a_line(text, &fault.span));
            title
                .element(Snippet::source(text.as_str()).path(path).annotation(mark))
                .element(remedy)
        };
        renderer.render(&[group])
    }
}

/// The part of `span` that is in its first line; a span is given by whoever found the fault, and a
/// wrong one must cost the mark and not the report.
fn within_a_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let start = start.unwrap_or(0);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = (span.end.max(start)..=line_end).find(|at| text.is_char_boundary(*at));
    start..end.unwrap_or(line_end)
}

/// What was found so far, while a configuration is being checked.
#[derive(Default)]
pub(super) struct Findings {
    faults: Vec<(usize, Fault)>,
    broken: Vec<(Range<usize>, String)>,
}

impl Findings {
    /// A fault of config.toml.
    pub(super) fn add(
        &mut self,
        span: Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Fault::new(span, what, remedy));
    }

    /// As [`Findings::add`].
    pub(super) fn push(&mut self, fault: Fault) {
        self.faults.push((CONFIG, fault));
    }

    /// A fault of a service file.
    pub(super) fn push_in(&mut self, file: usize, fault: Fault) {
        self.faults.push((file, fault));
    }

    /// The option `key` of the table at `table` was at fault, so it isn't missing.
    pub(super) fn broken(&mut self, table: Range<usize>, key: String) {
        self.broken.push((table, key));
    }

    /// Whether it was.
    pub(super) fn is_broken(&self, table: &Range<usize>, key: &str) -> bool {
        self.broken.iter().any(|(place, broken)| place == table && broken == key)
    }

    /// Whether any option called `key` was at fault, wherever.
    pub(super) fn is_any_broken(&self, key: &str) -> bool {
        self.broken.iter().any(|(_, broken)| broken == key)
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// What was found.
    #[cfg(test)]
    pub(super) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().map(|(_, fault)| fault)
    }

    /// All of it in order, each once.
    pub(super) fn into_faults(self, files: Vec<(PathBuf, String)>) -> Faults {
        let mut faults = self.faults;
        faults.sort_by_key(|(file, fault)| (*file, fault.span.start, fault.span.end));
        faults.dedup();
        Faults { files, faults }
    }
}

/// The place of config.toml among the files.
pub(super) const CONFIG: usize = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_its_remedy() {
        let faults = Faults {
            files: vec![
                ("a.toml".into(), "one = 1\ntwo = 2\n".into()),
                ("b.toml".into(), String::new()),
            ],
            faults: vec![
                (0, Fault::new(14..15, "two is 2", "write 3")),
                (1, Fault::new(0..0, "there is no such file", "make it")),
            ],
        };
        let page = faults.to_string();
        assert!(page.contains("error: two is 2"), "{page}");
        assert!(page.contains("a.toml:2:7"), "{page}");
        assert!(page.contains("help: write 3"), "{page}");
        assert!(page.contains("--> b.toml"), "{page}");
        assert!(page.ends_with("2 faults\n"), "{page}");
    }

    #[test]
    fn a_wrong_span_still_gives_a_report() {
        assert_eq!(within_a_line("ab\ncd", &(0..5)), 0..2);
        assert_eq!(within_a_line("č", &(1..9)), 0..2);
        assert_eq!(within_a_line("ab", &(7..9)), 2..2);
        assert_eq!(within_a_line("č", &(0..1)), 0..2);
    }
}
