//! A document printer: says where lines may break, and then breaks as few of them as the width allows.
//!
//! After Wadler's "A prettier printer". A [`group`] is printed on one line if it fits, else all of its own breaks are taken, while the
//! groups within it decide for themselves. That is how ruff and prettier wrap, so that their checks have nothing to change.

/// Text with places where a line may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doc {
    /// Text without a line break.
    Text(String),
    /// One after the other.
    All(Vec<Doc>),
    /// A space, or a line break if its group is broken.
    Line,
    /// Nothing, or a line break if its group is broken.
    Soft,
    /// A line break. Each group around it is broken.
    Hard,
    /// On one line if it fits, else broken.
    Group(Box<Doc>),
    /// What every line that begins within has before it.
    Indent(&'static str, Box<Doc>),
    /// The first text if the group is broken, else the second.
    Either(String, String),
    /// As many on each line as fit, with a space or a line break between them.
    Fill(Vec<Doc>),
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Doc {
    /// The text's own line breaks stay.
    fn from(text: String) -> Self {
        if text.contains('\n') { join(text.split('\n'), &Self::Hard) } else { Self::Text(text) }
    }
}

impl From<Vec<Doc>> for Doc {
    fn from(docs: Vec<Doc>) -> Self {
        Self::All(docs)
    }
}

impl<const N: usize> From<[Doc; N]> for Doc {
    fn from(docs: [Doc; N]) -> Self {
        Self::All(docs.into())
    }
}

/// One after the other, of whatever a document can be made of: `all!["a", Doc::Line, "b"]`.
macro_rules! all {
    ($($doc:expr),* $(,)?) => { $crate::emit::printer::Doc::All(vec![$($crate::emit::printer::Doc::from($doc)),*]) };
}
pub(crate) use all;

/// Returns what is on one line if it fits.
pub fn group(doc: impl Into<Doc>) -> Doc {
    Doc::Group(Box::new(doc.into()))
}

/// Returns what stands four spaces further in on its further lines.
pub fn indent(doc: impl Into<Doc>) -> Doc {
    prefixed("    ", doc)
}

/// Returns what has `prefix` before each of its further lines: spaces, or a comment's ` * `.
pub fn prefixed(prefix: &'static str, doc: impl Into<Doc>) -> Doc {
    Doc::Indent(prefix, Box::new(doc.into()))
}

/// Returns text that is only there if the group around it is broken, such as a trailing comma.
pub fn if_broken(text: impl Into<String>) -> Doc {
    Doc::Either(text.into(), String::new())
}

/// Returns documents with another between each two.
pub fn join<D: Into<Doc>>(docs: impl IntoIterator<Item = D>, between: &Doc) -> Doc {
    let mut joined = Vec::new();
    for doc in docs {
        if !joined.is_empty() {
            joined.push(between.clone());
        }
        joined.push(doc.into());
    }
    Doc::All(joined)
}

/// Returns a list in brackets: `open a, b close`, or an item a line, each with a comma, `by` further in.
pub fn list<D: Into<Doc>>(
    open: &str,
    items: impl IntoIterator<Item = D>,
    close: &str,
    inside: &Doc,
    by: &'static str,
) -> Doc {
    let items: Vec<Doc> = items.into_iter().map(Into::into).collect();
    if items.is_empty() {
        return Doc::Text(format!("{open}{close}"));
    }
    let items = join(items, &Doc::All(vec![",".into(), Doc::Line]));
    group([open.into(), prefixed(by, [inside.clone(), items]), if_broken(","), inside.clone(), close.into()])
}

/// Returns a paragraph: words with breaks where lines are full. Words between backticks stay together.
pub fn paragraph(text: &str) -> Doc {
    let mut words: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if quoted => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        quoted ^= word.matches('`').count() % 2 == 1;
    }
    Doc::Fill(words.into_iter().map(Doc::Text).collect())
}

/// Prints a document in lines of at most `width`, where its breaks allow that. The text ends with one line break.
pub fn print(doc: &Doc, width: usize) -> String {
    let mut printer = Printer { width, text: String::new(), column: 0 };
    printer.run(vec![Task { prefix: Vec::new(), broken: true, doc }]);
    let mut text = printer.text;
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A document that is still to be printed, and how.
#[derive(Clone)]
struct Task<'a> {
    prefix: Vec<&'static str>,
    broken: bool,
    doc: &'a Doc,
}

impl<'a> Task<'a> {
    fn with(&self, doc: &'a Doc, broken: bool) -> Self {
        Task { prefix: self.prefix.clone(), broken, doc }
    }
}

struct Printer {
    width: usize,
    text: String,
    column: usize,
}

impl Printer {
    /// Prints tasks, the last one first.
    fn run(&mut self, mut tasks: Vec<Task<'_>>) {
        while let Some(task) = tasks.pop() {
            match task.doc {
                Doc::Text(text) => self.put(text),
                Doc::Either(broken, flat) => self.put(if task.broken { broken } else { flat }),
                Doc::All(docs) => tasks.extend(docs.iter().rev().map(|doc| task.with(doc, task.broken))),
                Doc::Line if !task.broken => self.put(" "),
                Doc::Soft if !task.broken => {}
                Doc::Line | Doc::Soft | Doc::Hard => self.end_line(&task.prefix),
                Doc::Indent(prefix, doc) => {
                    let mut further = task.with(doc, task.broken);
                    further.prefix.push(prefix);
                    tasks.push(further);
                }
                Doc::Group(doc) => {
                    let broken = !self.fits(doc, &tasks);
                    tasks.push(task.with(doc, broken));
                }
                Doc::Fill(docs) => self.fill(docs, &task, &tasks),
            }
        }
    }

    fn fill(&mut self, docs: &[Doc], task: &Task<'_>, after: &[Task<'_>]) {
        for (place, doc) in docs.iter().enumerate() {
            let after = if place + 1 == docs.len() { after } else { &[] };
            if place > 0 {
                self.column += 1;
                let fits = self.fits(doc, after);
                self.column -= 1;
                if fits { self.put(" ") } else { self.end_line(&task.prefix) }
            }
            let broken = !self.fits(doc, after);
            self.run(vec![task.with(doc, broken)]);
        }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += columns(text);
    }

    fn end_line(&mut self, prefix: &[&str]) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
        self.column = 0;
        for part in prefix {
            self.put(part);
        }
    }

    /// Whether a document fits on this line without a break, with all that follows it up to the next possible break.
    fn fits(&self, doc: &Doc, after: &[Task<'_>]) -> bool {
        let Some(mut left) = self.width.checked_sub(self.column) else { return false };
        let mut open: Vec<(&Doc, bool, bool)> =
            after.iter().map(|task| (task.doc, task.broken, false)).chain([(doc, false, true)]).collect();
        while let Some((doc, broken, inside)) = open.pop() {
            let needed = match doc {
                Doc::Text(text) => columns(text),
                Doc::Either(when_broken, flat) => columns(if broken { when_broken } else { flat }),
                Doc::All(docs) => {
                    open.extend(docs.iter().rev().map(|doc| (doc, broken, inside)));
                    0
                }
                Doc::Hard => return !inside,
                Doc::Line | Doc::Soft if broken => return true,
                Doc::Line => 1,
                Doc::Soft => 0,
                Doc::Indent(_, doc) => {
                    open.push((doc, broken, inside));
                    0
                }
                // What follows may break as it likes.
                Doc::Group(doc) => {
                    open.push((doc, !inside && holds_hard(doc), inside));
                    0
                }
                Doc::Fill(docs) if inside => {
                    open.extend(docs.iter().rev().map(|doc| (doc, false, true)));
                    docs.len().saturating_sub(1)
                }
                Doc::Fill(docs) => {
                    open.extend(docs.iter().take(1).map(|doc| (doc, false, false)));
                    0
                }
            };
            match left.checked_sub(needed) {
                Some(less) => left = less,
                None => return false,
            }
        }
        true
    }
}

fn holds_hard(doc: &Doc) -> bool {
    match doc {
        Doc::Hard => true,
        Doc::All(docs) | Doc::Fill(docs) => docs.iter().any(holds_hard),
        Doc::Group(doc) | Doc::Indent(_, doc) => holds_hard(doc),
        Doc::Text(_) | Doc::Line | Doc::Soft | Doc::Either(..) => false,
    }
}

/// How many columns a text takes, as formatters count: wide characters of East Asia and emoji take two.
fn columns(text: &str) -> usize {
    let wide = |c: char| {
        matches!(u32::from(c),
            0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F | 0x1F900..=0x1F9FF | 0x2_0000..=0x3_FFFD)
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::{Doc, group, if_broken, indent, join, list, paragraph, prefixed, print};

    fn call(items: &[&str]) -> Doc {
        list("f(", items.iter().copied(), ")", &Doc::Soft, "    ")
    }

    #[test]
    fn a_group_is_on_one_line_if_it_fits() {
        assert_eq!(print(&call(&["a", "b"]), 7), "f(a, b)\n");
        assert_eq!(print(&call(&["a", "b"]), 6), "f(\n    a,\n    b,\n)\n");
        assert_eq!(print(&call(&[]), 1), "f()\n");
    }

    #[test]
    fn what_follows_counts_up_to_the_next_break() {
        let then = |rest: Doc| all![call(&["a", "b"]), rest];
        assert_eq!(print(&then(":".into()), 7), "f(\n    a,\n    b,\n):\n");
        assert_eq!(print(&then(all![":", Doc::Hard, "a long line"]), 8), "f(a, b):\na long line\n");
    }

    #[test]
    fn an_inner_group_decides_for_itself() {
        let doc = list("f(", [call(&["a", "b"]), call(&["c", "d"])], ")", &Doc::Soft, "    ");
        assert_eq!(print(&doc, 20), "f(f(a, b), f(c, d))\n");
        assert_eq!(print(&doc, 18), "f(\n    f(a, b),\n    f(c, d),\n)\n");
    }

    #[test]
    fn a_hard_break_breaks_the_groups_around_it() {
        let doc =
            group(all!["{", indent(all![Doc::Line, group(all!["a", Doc::Line, "b"]), Doc::Hard, "c"]), Doc::Line, "}"]);
        assert_eq!(print(&doc, 80), "{\n    a b\n    c\n}\n");
    }

    #[test]
    fn either_follows_its_own_group() {
        let union = |width| {
            let values = join(["\"one\"", "\"two\""], &all![Doc::Line, "| "]);
            print(&all!["type A =", group(indent(all![Doc::Line, if_broken("| "), values])), ";"], width)
        };
        assert_eq!(union(80), "type A = \"one\" | \"two\";\n");
        assert_eq!(union(20), "type A =\n    | \"one\"\n    | \"two\";\n");
    }

    #[test]
    fn paragraphs_are_filled_behind_their_prefix() {
        let doc = all![
            "/**",
            prefixed(" * ", all![Doc::Hard, paragraph("one two `th ree` four"), Doc::Hard, Doc::Hard, "five"]),
            Doc::Hard,
            " */"
        ];
        assert_eq!(print(&doc, 12), "/**\n * one two\n * `th ree`\n * four\n *\n * five\n */\n");
    }

    #[test]
    fn wide_characters_take_two_columns_and_no_line_ends_in_spaces() {
        assert_eq!(print(&call(&["你", "好"]), 9), "f(你, 好)\n");
        assert_eq!(print(&call(&["你", "好"]), 8), "f(\n    你,\n    好,\n)\n");
        assert_eq!(print(&indent(all!["a ", Doc::Hard, Doc::Hard, "b", Doc::Hard]), 9), "a\n\n    b\n");
    }
}
