//! Every rule decides something: one change to one of its failing examples makes it pass, or one change to a
//! passing example makes it fail. A rule that no such change moves looks at nothing.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::Value;
use skytjek::finding::verdict::Verdict;
use skytjek::rule::compile::Compiled;
use skytjek::rule::examples::Example;
use skytjek::rule::files::compile_all;
use skytjek::rule::pack::Pack;
use skytjek::rule::properties::PropertyTable;
use skytjek::rule::prove::run;

/// A step into a body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(String),
    At(usize),
}

#[test]
fn one_change_flips_every_rule() {
    let sources = Pack::shipped_sources().unwrap();
    let table = PropertyTable::shipped().unwrap();
    let compiled = compile_all(&sources, table).unwrap();
    let stuck: Vec<&str> = compiled
        .iter()
        .filter(|rule| {
            !(flips(rule, Verdict::Fail, Verdict::Pass) || flips(rule, Verdict::Pass, Verdict::Fail))
        })
        .map(|rule| rule.rule.id.as_str())
        .collect();
    assert!(stuck.is_empty(), "no single change moves {stuck:?}");
}

/// The proof is one: a rule whose examples differ in nothing that it reads is found.
#[test]
fn a_rule_that_decides_nothing_is_found() {
    let table = PropertyTable::shipped().unwrap();
    // What it reads besides the name, which is no change to a resource but another one, can never hold.
    let text = "\
id: by-name
title: t
domain: storage
severity: low
resource: Microsoft.Storage/storageAccounts
rationale: r
fail_when:
  any_of:
    - { path: name, absent: pass, starts_with: bad }
    - all_of:
        - { path: properties.accessTier, absent: Hot, equals: Hot }
        - { path: properties.accessTier, absent: Hot, equals: Cool }
message: m
fix: { azure_cli: az version }
references: [https://learn.microsoft.com/azure]
examples:
  - { name: bad, expect: fail, resource: { name: bad1, properties: { accessTier: Hot } } }
  - { name: good, expect: pass, resource: { name: good, properties: {} } }
  - { name: nothing, expect: pass, resource: {} }
";
    let source = ("rules/storage/by-name.yaml".to_owned(), text.to_owned());
    let compiled = compile_all(&[source], table).unwrap();
    assert!(!flips(&compiled[0], Verdict::Fail, Verdict::Pass));
    assert!(!flips(&compiled[0], Verdict::Pass, Verdict::Fail));
}

/// Whether one change turns an example with the verdict `from` into one with `to`.
fn flips(compiled: &Compiled, from: Verdict, to: Verdict) -> bool {
    let with_verdict = |verdict: Verdict| {
        compiled.examples.iter().filter(move |example| example.expect == verdict.word()).collect::<Vec<_>>()
    };
    let donors = with_verdict(to);
    with_verdict(from)
        .into_iter()
        .flat_map(|example| mutants(example, &donors, compiled))
        .any(|mutant| verdict(compiled, &mutant) == Some(to))
}

fn verdict(compiled: &Compiled, example: &Example) -> Option<Verdict> {
    let outcomes = run(compiled, example).ok()?;
    outcomes.iter().map(|outcome| outcome.verdict).min()
}

/// `example` with one thing changed: a property that the fix sets, a value taken from an example with the other
/// verdict, a property, element or resource more or less.
fn mutants(example: &Example, donors: &[&Example], compiled: &Compiled) -> Vec<Example> {
    let mut out = Vec::new();
    for (path, text) in &compiled.rule.fix.set {
        let steps: Vec<Step> = path.split('.').map(|name| Step::Name(name.to_owned())).collect();
        let value = serde_json::from_str(text).unwrap();
        out.push(changed(example, 0, |body| set(body, &steps, value)));
    }
    let bodies = all(example);
    for (at, body) in bodies.iter().enumerate() {
        for (steps, value) in nodes(body) {
            if let Value::Bool(old) = value {
                let new = Value::Bool(!old);
                out.push(changed(example, at, |body| set(body, &steps, new)));
            }
            out.push(changed(example, at, |body| remove(body, &steps)));
        }
        let same = donors.iter().flat_map(|donor| all(donor)).filter(|donor| kind(donor) == kind(body));
        for donor in same {
            for (steps, value) in nodes(donor) {
                out.push(changed(example, at, |body| set(body, &steps, value)));
            }
        }
    }
    for at in 0..example.with.len() {
        let mut mutant = example.clone();
        mutant.with.remove(at);
        out.push(mutant);
    }
    for donor in donors.iter().flat_map(|donor| &donor.with) {
        let mut mutant = example.clone();
        mutant.with.push(donor.clone());
        out.push(mutant);
    }
    out
}

fn all(example: &Example) -> Vec<&Value> {
    std::iter::once(&example.resource).chain(&example.with).collect()
}

fn kind(body: &Value) -> String {
    body["type"].as_str().unwrap_or_default().to_ascii_lowercase()
}

fn changed(example: &Example, at: usize, change: impl FnOnce(&mut Value)) -> Example {
    let mut mutant = example.clone();
    match at {
        0 => change(&mut mutant.resource),
        _ => change(&mut mutant.with[at - 1]),
    }
    mutant
}

/// Every value below a body that is no part of its identity, with the way to it.
fn nodes(body: &Value) -> BTreeMap<Vec<Step>, Value> {
    fn walk(value: &Value, steps: &mut Vec<Step>, out: &mut BTreeMap<Vec<Step>, Value>) {
        if !steps.is_empty() {
            out.insert(steps.clone(), value.clone());
        }
        let mut inner = |step: Step, value: &Value| {
            steps.push(step);
            walk(value, steps, out);
            steps.pop();
        };
        match value {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| {
                    !["id", "name", "type"].contains(&name.as_str()) || value.get("properties").is_none()
                })
                .for_each(|(name, value)| inner(Step::Name(name.clone()), value)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, value)| inner(Step::At(at), value));
            }
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    let mut body = body.clone();
    for name in ["id", "name", "type"] {
        body.as_object_mut().map(|members| members.remove(name));
    }
    walk(&body, &mut Vec::new(), &mut out);
    out
}

/// Sets the value at the end of the steps; members on the way are made, elements are not.
fn set(body: &mut Value, steps: &[Step], value: Value) {
    match steps.split_first() {
        None => *body = value,
        Some((Step::Name(name), rest)) => {
            if !body.is_object() {
                *body = Value::Object(serde_json::Map::new());
            }
            let members = body.as_object_mut().unwrap();
            let known = members.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
            set(members.entry(known.unwrap_or_else(|| name.clone())).or_insert(Value::Null), rest, value);
        }
        Some((Step::At(at), rest)) => match body.as_array_mut() {
            Some(items) if *at < items.len() => set(&mut items[*at], rest, value),
            Some(items) => {
                items.push(Value::Null);
                let last = items.len() - 1;
                set(&mut items[last], rest, value);
            }
            None => {}
        },
    }
}

fn remove(body: &mut Value, steps: &[Step]) {
    let Some((last, above)) = steps.split_last() else { return };
    let holder = above.iter().try_fold(body, |here, step| match step {
        Step::Name(name) => here.get_mut(name),
        Step::At(at) => here.get_mut(at),
    });
    match (holder, last) {
        (Some(Value::Object(members)), Step::Name(name)) => {
            members.remove(name);
        }
        (Some(Value::Array(items)), Step::At(at)) => {
            items.remove(*at);
        }
        _ => {}
    }
}
