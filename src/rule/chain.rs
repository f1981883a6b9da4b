//! Conditions that the encryption chain and the origin of machines answer.

use super::evaluate::{Evaluator, Fact, Why};
use super::explain::note;
use super::frame::Frame;
use super::model::{KeyOf, KeyQuestion};
use super::tri::Tri;
use crate::analysis::answer::{Gap, Holds};
use crate::analysis::encryption::Encryption;
use crate::analysis::encryption::question::{Answer, Asker, From, Question};
use crate::analysis::migration::Migration;
use crate::analysis::migration::origin::Origin;
use crate::analysis::migration::signal;
use crate::analysis::migration::strength::Strength;
use crate::inventory::index::ResourceIndex;
use crate::inventory::value::{State as ValueState, Value};

/// Signals that a proof shows; more would not convince anybody more.
const MAX_SIGNALS: usize = 5;

impl std::convert::From<Holds> for Tri {
    fn from(holds: Holds) -> Self {
        match holds {
            Holds::No => Self::False,
            Holds::Unknown => Self::Unknown,
            Holds::Yes => Self::True,
        }
    }
}

impl<'a> Evaluator<'a> {
    /// What the encryption chain says; nothing where a path of the rule's own holds no key.
    pub(super) fn keys(&self, asked: &'a KeyQuestion, frame: &Frame<'a>) -> Option<Answer> {
        let encryption = self.encryption.get_or_init(|| Encryption::read(self.inventory));
        let access = asked.asks_for_permission().then(|| self.access());
        let asker =
            Asker { inventory: self.inventory, encryption, clock: self.clock, access: access.as_deref() };
        let question = Question { any: asked.any.clone(), all: asked.all.clone() };
        let from = match &asked.of {
            KeyOf::Consumer => From::Consumer,
            KeyOf::Key => From::Key,
            KeyOf::Vault => From::Store,
            KeyOf::Path(path) => {
                let holder = frame[usize::from(path.slot)]?.resource;
                return match self.state(path, frame) {
                    ValueState::Present(Value::String(text)) if !text.trim().is_empty() => {
                        let shown = self.path_of(path, frame);
                        let one = encryption.use_of_text(self.inventory, holder, &shown, text);
                        Some(asker.ask_of(&one, &question))
                    }
                    ValueState::Absent | ValueState::Present(Value::String(_)) => None,
                    _ => Some(Answer {
                        holds: Holds::Unknown,
                        facts: Vec::new(),
                        steps: Vec::new(),
                        gaps: vec![Gap::of_value(
                            self.inventory,
                            holder,
                            &self.path_of(path, frame),
                            "was not read",
                        )],
                    }),
                };
            }
        };
        Some(asker.ask(frame[0]?.resource, from, &question))
    }

    pub(super) fn keys_hold(&self, asked: &'a KeyQuestion, frame: &Frame<'a>) -> Tri {
        self.keys(asked, frame).map_or(Tri::False, |answer| answer.holds.into())
    }

    /// Facts and proof of keys for which the question holds.
    pub(super) fn trace_keys(
        &self,
        asked: &'a KeyQuestion,
        frame: &Frame<'a>,
        facts: &mut Vec<Fact>,
        proof: &mut Vec<(ResourceIndex, String)>,
    ) {
        let Some(answer) = self.keys(asked, frame) else { return };
        facts.extend(answer.facts.into_iter().map(|fact| Fact {
            resource: fact.at,
            path: fact.path,
            value: fact.value,
        }));
        proof.extend(answer.steps);
    }

    pub(super) fn key_gaps(&self, asked: &'a KeyQuestion, frame: &Frame<'a>, why: &mut Why) {
        for gap in self.keys(asked, frame).into_iter().flat_map(|answer| answer.gaps) {
            note_gap(gap, why);
        }
    }

    fn origin(&self, frame: &Frame<'a>) -> Option<&Origin> {
        let migration = self.migration.get_or_init(|| Migration::read(self.inventory));
        migration.of(frame[0]?.resource)
    }

    pub(super) fn migrated(&self, least: Strength, frame: &Frame<'a>) -> Tri {
        self.origin(frame).map_or(Tri::False, |origin| origin.at_least(least).into())
    }

    /// The signals, as facts of the machine and as steps of other resources.
    pub(super) fn trace_migration(
        &self,
        frame: &Frame<'a>,
        facts: &mut Vec<Fact>,
        proof: &mut Vec<(ResourceIndex, String)>,
    ) {
        let Some(origin) = self.origin(frame) else { return };
        for signal in origin.signals.iter().take(MAX_SIGNALS) {
            let says = format!("{} ({} signal)", signal.says, signal.kind.strength().word());
            proof.push((signal.at, says));
            if Some(signal.at) == frame[0].map(|bound| bound.resource) {
                let value = Value::Null;
                facts.push(Fact { resource: signal.at, path: signal.path.clone(), value });
            }
        }
    }

    pub(super) fn migration_gaps(&self, least: Strength, frame: &Frame<'a>, why: &mut Why) {
        let Some(origin) = self.origin(frame) else { return };
        // What could only add a hint would not have changed anything, unless hints are enough.
        let counts = |unseen: &&signal::Unseen| least == Strength::Weak || unseen.strength > Strength::Weak;
        for unseen in origin.unseen.iter().filter(counts) {
            note_gap(unseen.gap.clone(), why);
        }
    }
}

/// Notes what an analysis could not tell.
fn note_gap(gap: Gap, why: &mut Why) {
    note(why, &gap.reason);
    why.missing.extend(gap.read);
}
