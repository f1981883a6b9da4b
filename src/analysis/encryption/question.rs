//! Questions about keys in use, and their answers with proof.

use super::chain::{Encryption, Use};
use super::consumer::ENCRYPTION_SET;
use super::key::{Rotation, shown};
use super::key_state::KeyState;
use super::key_uri::Store;
use super::permission;
use super::stores::Link;
use crate::analysis::access::Access;
use crate::analysis::answer::{Gap, Holds};
use crate::analysis::place::Place;
use crate::inventory::index::{Inventory, ResourceIndex};
use crate::inventory::value::Value;

/// Steps of a proof beyond which only their number is told.
const MAX_STEPS: usize = 10;

/// From where in the chain is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// From a resource whose data is encrypted: any of its keys.
    Consumer,
    /// From a key: as any resource uses it.
    Key,
    /// From a vault or HSM: any of its keys that is in use.
    Store,
}

/// What is asked: whether of some key in use any state of the one list and all of the other hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Any of these.
    pub any: Vec<KeyState>,
    /// All of these, of the same key as it is used by the same resource.
    pub all: Vec<KeyState>,
}

/// A property that decides, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The resource.
    pub at: ResourceIndex,
    /// The property.
    pub path: String,
    /// Its value.
    pub value: Value,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it holds.
    pub holds: Holds,
    /// Where it does, the properties that decide.
    pub facts: Vec<Fact>,
    /// Where it does, the chain: resources and what to say of them.
    pub steps: Vec<(ResourceIndex, String)>,
    /// Where it can't be told, why.
    pub gaps: Vec<Gap>,
}

impl Answer {
    fn no() -> Self {
        Self { holds: Holds::No, facts: Vec::new(), steps: Vec::new(), gaps: Vec::new() }
    }
}

/// Whoever asks: the inventory, its chains, the clock in Unix seconds, and what answers for roles.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// Its chains.
    pub encryption: &'a Encryption,
    /// The scan's clock.
    pub clock: i64,
    /// Effective access; only questions about permissions need it.
    pub access: Option<&'a Access>,
}

/// What one state says of one use.
struct Judged {
    holds: Holds,
    says: Option<(ResourceIndex, String)>,
    fact: Option<(ResourceIndex, &'static str)>,
    gap: Option<Gap>,
}

impl Judged {
    fn plain(holds: bool) -> Self {
        Self { holds: holds.into(), says: None, fact: None, gap: None }
    }

    fn of(holds: bool, at: ResourceIndex, path: &'static str, says: impl Into<String>) -> Self {
        Self { holds: holds.into(), says: Some((at, says.into())), fact: Some((at, path)), gap: None }
    }

    fn open(gap: Gap) -> Self {
        Self { holds: Holds::Unknown, says: None, fact: None, gap: Some(gap) }
    }
}

impl Asker<'_> {
    /// Asks from a resource.
    pub fn ask(&self, at: ResourceIndex, from: From, question: &Question) -> Answer {
        match from {
            From::Consumer => self.of_consumer(at, question),
            From::Key | From::Store => self.of_held(at, from, question),
        }
    }

    /// Asks of one use.
    pub fn ask_of(&self, one: &Use, question: &Question) -> Answer {
        let mut answer = Answer::no();
        self.add(one, &[], question, &mut answer);
        settle(answer, Vec::new())
    }

    fn of_consumer(&self, at: ResourceIndex, question: &Question) -> Answer {
        let mut answer = Answer::no();
        for one in self.encryption.of_holder(at) {
            self.add(one, &[], question, &mut answer);
        }
        let mut gaps = self.encryption.gaps_of(at).to_vec();
        for reference in self.encryption.sets_of(at) {
            let step = (at, format!("{} names its disk encryption set", reference.path));
            match &reference.set {
                Link::There(set) => {
                    let own = Fact {
                        at,
                        path: reference.path.clone(),
                        value: shown(self.inventory, at, &reference.path),
                    };
                    for one in self.encryption.of_holder(*set) {
                        if self.add(one, std::slice::from_ref(&step), question, &mut answer) {
                            answer.facts.insert(0, own.clone());
                        }
                    }
                    gaps.extend_from_slice(self.encryption.gaps_of(*set));
                }
                Link::Gone(says) => {
                    // The disk depends on a key all the same, on one that nothing leads to any more.
                    let said = [KeyState::Missing, KeyState::Used];
                    let holds = |state: &KeyState| said.contains(state);
                    if question.any.iter().any(holds) && question.all.iter().all(holds) {
                        answer.holds = Holds::Yes;
                        answer.steps.push((at, says.clone()));
                        let value = shown(self.inventory, at, &reference.path);
                        answer.facts.push(Fact { at, path: reference.path.clone(), value });
                    }
                }
                Link::Open(gap) => gaps.push(gap.clone()),
            }
        }
        settle(answer, gaps)
    }

    fn of_held(&self, at: ResourceIndex, from: From, question: &Question) -> Answer {
        let mut answer = Answer::no();
        let uses: Vec<&Use> = match from {
            From::Store => self.encryption.of_store(at).collect(),
            _ => self.encryption.of_key(at).collect(),
        };
        for one in uses {
            self.add(one, &[], question, &mut answer);
        }
        if answer.holds == Holds::Yes {
            return answer;
        }
        // Somebody who was not read may use it, too: that makes it unknown only where it would hold then.
        let mut gaps: Vec<Gap> = self.encryption.unread().cloned().collect();
        if !gaps.is_empty() && self.unseen(at, from, question) == Holds::No {
            gaps.clear();
        }
        settle(answer, gaps)
    }

    /// Whether it would hold if somebody used the current version of the key.
    fn unseen(&self, at: ResourceIndex, from: From, question: &Question) -> Holds {
        let store = match from {
            From::Store => Some(at),
            _ => self.inventory.get(at).id.parent().and_then(|id| self.inventory.find(&id)),
        };
        let link = |at: Option<ResourceIndex>| {
            at.map_or_else(|| Link::Open(Gap::note("it was not read")), Link::There)
        };
        let one = Use {
            holder: at,
            path: String::new(),
            key: Err(Gap::note("nobody who was read names it")),
            store: link(store),
            item: link((from == From::Key).then_some(at)),
            follows: Some(true),
            consumer: None,
            base: String::new(),
        };
        let known = |state: &KeyState| match state {
            KeyState::Used | KeyState::Pinned | KeyState::IdentityWithoutPermission => Holds::Unknown,
            KeyState::Missing => Holds::No,
            KeyState::StoreWithoutPurgeProtection => self.judge(&one, *state).holds,
            _ => match one.item {
                Link::There(key) => {
                    self.of_version(*state, super::key::Key::at(self.inventory, key), key, true).holds
                }
                _ => Holds::Unknown,
            },
        };
        let any = question.any.iter().map(known).max().unwrap_or(Holds::No);
        question.all.iter().map(known).chain([any]).min().unwrap_or(Holds::No)
    }

    /// Adds what the question says of one use; returns whether it holds.
    fn add(
        &self,
        one: &Use,
        before: &[(ResourceIndex, String)],
        question: &Question,
        answer: &mut Answer,
    ) -> bool {
        let any: Vec<Judged> = question.any.iter().map(|state| self.judge(one, *state)).collect();
        let all: Vec<Judged> = question.all.iter().map(|state| self.judge(one, *state)).collect();
        let best = any.iter().map(|judged| judged.holds).max().unwrap_or(Holds::No);
        let holds = all.iter().map(|judged| judged.holds).chain([best]).min().unwrap_or(Holds::No);
        match holds {
            Holds::No => return false,
            Holds::Unknown => {
                let open = any.into_iter().chain(all).filter_map(|judged| judged.gap);
                answer.gaps.extend(open);
                answer.holds = answer.holds.max(Holds::Unknown);
                return false;
            }
            Holds::Yes => {}
        }
        answer.holds = Holds::Yes;
        let holder = Fact {
            at: one.holder,
            path: one.path.clone(),
            value: shown(self.inventory, one.holder, &one.path),
        };
        answer.facts.push(holder);
        let chosen: Vec<Judged> =
            any.into_iter().filter(|judged| judged.holds == Holds::Yes).chain(all).collect();
        answer.facts.extend(chosen.iter().filter_map(|judged| judged.fact).map(|(at, path)| Fact {
            at,
            path: path.to_owned(),
            value: shown(self.inventory, at, path),
        }));
        let mut steps = before.to_vec();
        steps.push((one.holder, self.says_of_holder(one)));
        if let Some(store) = one.store.there() {
            steps.push((store, "holds the key".into()));
        }
        if let Some(item) = one.item.there() {
            steps.push((item, "is the key".into()));
        }
        for (at, says) in chosen.into_iter().filter_map(|judged| judged.says) {
            match steps.iter_mut().find(|(known, _)| *known == at) {
                Some((_, text)) => *text = format!("{text}; {says}"),
                None => steps.push((at, says)),
            }
        }
        for step in steps {
            if answer.steps.len() < MAX_STEPS && !answer.steps.contains(&step) {
                answer.steps.push(step);
            }
        }
        true
    }

    fn says_of_holder(&self, one: &Use) -> String {
        let named = one.key.as_ref().map_or_else(|_| one.path.clone(), ToString::to_string);
        let mut says = format!("its data is encrypted with {named}");
        if self.inventory.type_of(one.holder).eq_ignore_ascii_case(ENCRYPTION_SET) {
            let disks = self.encryption.through(one.holder).count();
            says = format!("encrypts {disks} disks and other resources with {named}");
        }
        says
    }

    fn judge(&self, one: &Use, state: KeyState) -> Judged {
        match state {
            KeyState::Used => Judged::plain(true),
            KeyState::Missing => match &one.item {
                Link::Gone(says) => {
                    let at = one.store.there().unwrap_or(one.holder);
                    Judged { holds: Holds::Yes, says: Some((at, says.clone())), fact: None, gap: None }
                }
                Link::There(_) => Judged::plain(false),
                Link::Open(gap) => Judged::open(gap.clone()),
            },
            KeyState::Pinned => match (one.follows, &one.key) {
                (Some(follows), _) => {
                    let says = "stays with the version it names";
                    Judged { says: Some((one.holder, says.into())), ..Judged::plain(!follows) }
                }
                (None, Err(gap)) => Judged::open(gap.clone()),
                (None, Ok(_)) => Judged::open(Gap::note("whether it follows new versions was not read")),
            },
            KeyState::StoreWithoutPurgeProtection => match &one.store {
                Link::There(at) => self.purge_protection(*at),
                // Its deletion is another finding's.
                Link::Gone(_) => Judged::plain(false),
                Link::Open(gap) => Judged::open(gap.clone()),
            },
            KeyState::IdentityWithoutPermission => match permission::of(self.inventory, one, self.access) {
                Ok(permission) => Judged {
                    holds: (!permission.missing.is_empty()).into(),
                    says: Some((permission.at, permission.says())),
                    fact: None,
                    gap: None,
                },
                Err(gap) => Judged::open(gap),
            },
            KeyState::Unrotated if one.follows == Some(false) => {
                let says = "stays with the version it names, whatever comes after";
                Judged { says: Some((one.holder, says.into())), ..Judged::plain(true) }
            }
            KeyState::Rotates => match &one.item {
                Link::There(at) => {
                    self.of_version(state, super::key::Key::at(self.inventory, *at), *at, true)
                }
                Link::Gone(_) => Judged::plain(false),
                Link::Open(gap) => Judged::open(gap.clone()),
            },
            _ => match (&one.item, one.version_in_use(self.inventory)) {
                (Link::Gone(_), _) => Judged::plain(false),
                (Link::There(at), Ok(key)) => self.of_version(state, key, *at, one.follows == Some(true)),
                (_, Err(gap)) => Judged::open(gap),
                (Link::Open(gap), Ok(_)) => Judged::open(gap.clone()),
            },
        }
    }

    /// What a state says of the version in use.
    fn of_version(
        &self,
        state: KeyState,
        key: super::key::Key<'_>,
        at: ResourceIndex,
        follows: bool,
    ) -> Judged {
        const EXPIRES: &str = "properties.attributes.exp";
        let judged = match state {
            KeyState::Disabled => key
                .enabled()
                .map(|enabled| Judged::of(!enabled, at, "properties.attributes.enabled", "is switched off")),
            KeyState::Expired => key.expires().map(|expires| {
                let says = expires.map_or_else(String::new, |expires| format!("expired on {}", day(expires)));
                Judged::of(expires.is_some_and(|expires| expires <= self.clock), at, EXPIRES, says)
            }),
            KeyState::NotYetValid => key.begins().map(|begins| {
                let says =
                    begins.map_or_else(String::new, |begins| format!("works only from {}", day(begins)));
                let holds = begins.is_some_and(|begins| begins > self.clock);
                Judged::of(holds, at, "properties.attributes.nbf", says)
            }),
            KeyState::ExpiresWithin(seconds) => key.expires().map(|expires| {
                let last = self.clock.saturating_add(seconds);
                let says = expires.map_or_else(String::new, |expires| format!("expires on {}", day(expires)));
                let holds = expires.is_some_and(|expires| expires > self.clock && expires <= last);
                Judged::of(holds, at, EXPIRES, says)
            }),
            KeyState::Unrotated => key.rotation().map(|rotation| {
                let says = match rotation {
                    Rotation::TooLate => "its policy rotates it only after it has expired",
                    _ => "no policy rotates it",
                };
                Judged::of(!follows || rotation != Rotation::InTime, at, "properties.rotationPolicy", says)
            }),
            KeyState::Rotates => key.rotation().map(|rotation| {
                let says = "its policy makes new versions";
                Judged::of(rotation != Rotation::Never, at, "properties.rotationPolicy", says)
            }),
            _ => Ok(Judged::plain(false)),
        };
        judged.unwrap_or_else(Judged::open)
    }

    fn purge_protection(&self, at: ResourceIndex) -> Judged {
        const PATH: &str = "properties.enablePurgeProtection";
        let is_hsm = self.inventory.type_of(at).eq_ignore_ascii_case(Store::ManagedHsm.kind());
        match Place::of(self.inventory, at).flag(PATH) {
            // The API's description says that HSMs have it, but pools without it have been seen.
            Ok(None) if is_hsm => Judged::open(Gap::of_value(self.inventory, at, PATH, "was not shown")),
            // A vault has it only once somebody has turned it on.
            Ok(flag) => Judged::of(flag != Some(true), at, PATH, "can be purged for good once it is deleted"),
            Err(gap) => Judged::open(gap),
        }
    }
}

/// An answer to which there may be more.
fn settle(mut answer: Answer, gaps: Vec<Gap>) -> Answer {
    if answer.holds == Holds::Yes {
        answer.gaps.clear();
        return answer;
    }
    answer.gaps.extend(gaps);
    answer.gaps.sort();
    answer.gaps.dedup();
    if !answer.gaps.is_empty() {
        answer.holds = Holds::Unknown;
    }
    answer
}

/// A moment as a day.
fn day(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| format!("second {seconds}"), |moment| moment.date().to_string())
}
