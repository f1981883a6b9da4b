//! Rules in order, of which the first that matches speaks: App Service, Container Apps, IoT, SignalR.

use super::reach::Reach;
use crate::analysis::exposure::address::AddressSet;
use crate::analysis::exposure::answer::{Reason, Step};

/// One rule.
pub(super) struct Rule {
    pub(super) allow: bool,
    /// Whom it speaks of; an error where that isn't known.
    pub(super) from: Result<AddressSet, Reason>,
    /// Whether it matches only who also shows something, such as a header.
    pub(super) asks: bool,
    pub(super) step: Step,
}

/// What rules let in, and what comes of those whom no rule speaks of.
pub(super) fn evaluate(rules: Vec<Rule>, rest_allowed: bool, rest: Step) -> Reach {
    let mut reach = Reach::default();
    // Those who certainly come as far as the next rule, and those who may.
    let (mut sure, mut perhaps) = (AddressSet::public().clone(), AddressSet::public().clone());
    // Why a rule that keeps somebody out can't be told; it matters only if a later one lets them in.
    let mut unclear = Vec::new();
    for rule in rules {
        let from = match rule.from {
            Ok(from) => from,
            Err(reason) => {
                if rule.allow {
                    reach.may_let_in(&perhaps, reason);
                } else {
                    unclear.push(reason);
                }
                sure = AddressSet::default();
                continue;
            }
        };
        let (hit, maybe) = (sure.intersection(&from), perhaps.intersection(&from));
        if maybe.is_empty() {
            continue;
        }
        if rule.allow {
            if rule.asks {
                reach.lets_in_if_asked(&hit);
            } else {
                reach.lets_in(&hit);
            }
            reach.may_let_in_unsaid(&maybe.difference(&hit));
            reach.says(rule.step);
        } else if !rule.asks {
            reach.says(rule.step);
        }
        if !rule.asks {
            sure = sure.difference(&from);
            perhaps = perhaps.difference(&from);
        }
    }
    if rest_allowed {
        reach.lets_in(&sure);
        reach.may_let_in_unsaid(&perhaps.difference(&sure));
    }
    if reach.may_let_in_more() {
        unclear.into_iter().for_each(|reason| reach.doubt(reason));
    }
    if !perhaps.is_empty() {
        reach.says(rest);
    }
    reach
}
