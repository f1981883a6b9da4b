//! A list under a heading that takes whole items as long as there is room.

/// A list, folded away, of a known number of things.
pub(super) struct List {
    title: &'static str,
    total: usize,
    text: String,
    room: usize,
    shown: usize,
    full: bool,
}

impl List {
    /// Of `total` things in `room` characters, heading and closing line included.
    pub(super) fn new(title: &'static str, total: usize, room: usize) -> Self {
        Self { title, total, text: String::new(), room: room.saturating_sub(200), shown: 0, full: false }
    }

    /// Adds an item that stands for `count` things. After the first that doesn't fit nothing is added, so
    /// that what is left out is the end of the list.
    pub(super) fn push(&mut self, item: &str, count: usize) {
        let size = item.chars().count() + 3;
        if self.full || size > self.room {
            self.full = true;
            return;
        }
        self.room -= size;
        self.shown += count;
        self.text.push_str(&format!("- {item}\n"));
    }

    /// The list, and how many things it lacks; nothing where there is nothing.
    pub(super) fn finish(self) -> String {
        if self.total == 0 {
            return String::new();
        }
        let more = self.total.saturating_sub(self.shown);
        let more =
            if more > 0 { format!("- and {more} more, in the run's other outputs\n") } else { String::new() };
        format!(
            "\n<details><summary>{}: {}</summary>\n\n{}{more}\n</details>\n",
            self.title, self.total, self.text
        )
    }
}
