//! Whatever a file holds: no panic, no hang, no stack that overflows.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::source::arm::looks_like_template;

fn within(text: &str, limit: Duration) -> Root {
    let begin = Instant::now();
    let root = root_of(text);
    assert!(begin.elapsed() < limit, "took {:?}: {}", begin.elapsed(), text.get(..200).unwrap_or(text));
    root
}

fn resources_of(count: usize, variables: &str, value: &str) -> String {
    format!(
        r#"{{"variables": {{{variables}}}, "resources": [{{"type": "A/b", "name": "[concat('r', copyIndex())]",
        "copy": {{"name": "c", "count": {count}}}, "properties": {{"v": "{value}"}}}}]}}"#
    )
}

/// An object with many members, each of which is asked for; and as many resources without a name.
fn wide_object(count: usize) -> String {
    let members: Vec<_> = (0..count).map(|at| format!(r#""m{at}": {at}"#)).collect();
    let reads: Vec<_> = (0..count).map(|at| format!(r#""r{at}": "[variables('v').m{at}]""#)).collect();
    let nameless = r#"{"type": "A/b"},"#.repeat(count);
    format!(
        r#"{{"variables": {{"v": {{{}}}}}, "resources": [{nameless} {{"type": "A/b", "name": "n", "properties": {{{}}}}}]}}"#,
        members.join(","),
        reads.join(",")
    )
}

#[test]
fn what_grows_without_end_is_cut_and_said() {
    let laughs: Vec<_> = (1..60)
        .map(|at| format!(r#""v{at}": ["[variables('v{0}')]", "[variables('v{0}')]"]"#, at - 1))
        .collect();
    let laughs = format!(r#""v0": "lol", {}"#, laughs.join(","));
    let doubled: Vec<_> = (1..60)
        .map(|at| format!(r#""v{at}": "[concat(variables('v{0}'), variables('v{0}'))]""#, at - 1))
        .collect();
    let doubled = format!(r#""v0": "lol", {}"#, doubled.join(","));
    let names: Vec<_> = (1..60)
        .map(|at| {
            format!(r#""v{at}": "[concat(variables('v{0}'), variables('v{0}'), parameters('x'))]""#, at - 1)
        })
        .collect();
    let names = format!(
        r#"{{"variables": {{"v0": "[newGuid()]", {}}}, "resources": [{{"type": "A/b", "name": "[variables('v59')]"}}]}}"#,
        names.join(",")
    );
    let big = r#""v": "[range(0, 10000)]""#.to_owned();
    for text in [
        resources_of(1, &laughs, "[variables('v59')]"),
        resources_of(1, &doubled, "[variables('v59')]"),
        resources_of(99_999, "", "x"),
        resources_of(5_000_000, "", "x"),
        resources_of(90_000, &big, "[variables('v')]"),
        resources_of(1, &big, "[map(variables('v'), lambda('x', map(variables('v'), lambda('y', 1))))]"),
        resources_of(
            1,
            &big,
            "[union(variables('v'), variables('v'), map(variables('v'), lambda('x', add(lambdaVariables('x'), 10000))))]",
        ),
        resources_of(1, "", &format!("[{}'x'{}]", "concat(".repeat(90), ")".repeat(90))),
        wide_object(20_000),
        format!(r#"{{"resources": [{}]}}"#, r#"{"type": "A/b", "name": "n", "resources": ["#.repeat(100_000)),
        format!(r#"{{"resources": {}"#, r#"{"a":"#.repeat(100_000)),
        names,
    ] {
        within(&text, Duration::from_secs(9));
    }
    let root = within(&resources_of(1, &laughs, "[variables('v59')]"), Duration::from_secs(9));
    assert!(root.unread.iter().any(|unread| unread.reason.contains("1,000,000 values")), "{:?}", root.unread);
    let root = within(&resources_of(1, &doubled, "[variables('v59')]"), Duration::from_secs(9));
    assert!(shown(at(&root.resources[0].body, "properties.v")).contains("longer than 1 MiB"));
}

#[test]
fn deep_chains_do_not_overflow_the_stack() {
    let chain: Vec<_> = (1..5000)
        .map(|at| format!(r#""v{at}": "[if(true(), concat(variables('v{0}'), ''), '')]""#, at - 1))
        .collect();
    let chain = format!(r#""v0": "end", {}"#, chain.join(","));
    // On the stack of a thread as small as the platform's default.
    let root = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || root_of(&resources_of(1, &chain, "[variables('v4999')]")))
        .unwrap()
        .join()
        .unwrap();
    assert!(shown(at(&root.resources[0].body, "properties.v")).contains("nested too deeply"));
    let deep = format!("{}1{}", "[{\"a\":".repeat(60), "}]".repeat(60));
    let root =
        root_of(&format!(r#"{{"resources": [{{"type": "A/b", "name": "n", "properties": {deep}}}]}}"#));
    assert_eq!(root.unread, []);
}

fn samples() -> Vec<String> {
    let Some(shared) = shared() else { return Vec::new() };
    let mut texts = Vec::new();
    for folder in [
        "probes",
        "arm/Azure+azure-docs-json-samples/azure-resource-manager/functions/array",
        "bicep-pairs/Azure+bicep/src/Bicep.Core.Samples/Files/user_submitted/000/20-array-loop",
        "arm/Azure+bicep-registry-modules/avm/res/analysis-services/server",
    ] {
        let Ok(entries) = std::fs::read_dir(shared.join(folder)) else { continue };
        let mut paths: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect();
        paths.sort();
        texts.extend(paths.into_iter().filter_map(|path| std::fs::read_to_string(path).ok()));
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_goes_through(text in "\\PC{0,80}|[\\[\\]{}\",:'()a-z0-9. \\\\/*]{0,120}") {
        looks_like_template(&text);
        root_of(&text);
    }

    #[test]
    fn any_expression_goes_through(parts in proptest::collection::vec(
        prop_oneof!["[a-z]{1,3}\\(", Just("concat(".to_owned()), Just("format('{0:x}{',".to_owned()), Just("split(".to_owned()), Just("substring(".to_owned()),
            Just("cidrSubnet('::/0',".to_owned()), Just("take(".to_owned()), Just("reference(".to_owned()), Just("resourceId(".to_owned()),
            Just("lambda('x',".to_owned()), Just("map(".to_owned()), Just("sort(".to_owned()), Just("range(".to_owned()), Just("dateTimeAdd('2020-01-01','P".to_owned()),
            Just(")".to_owned()), Just(",".to_owned()), Just("]".to_owned()), Just("[".to_owned()), Just(".a".to_owned()), Just("'æ😀/'".to_owned()),
            Just("9223372036854775807".to_owned()), Just("-1".to_owned()), Just("resourceGroup()".to_owned()), Just("lambdaVariables('x')".to_owned())], 0..14)) {
        let token = serde_json::to_string(&format!("[{}]", parts.concat())).unwrap();
        root_of(&format!(r#"{{"resources": [{{"type": "A/b", "name": {token}, "scope": {token}, "properties": {{"a": {token}}}}}]}}"#));
    }

    #[test]
    fn every_function_takes_any_arguments(name in prop_oneof![Just("format"), Just("padLeft"), Just("substring"), Just("take"), Just("skip"), Just("cidrHost"), Just("cidrSubnet"), Just("parseCidr"),
        Just("dateTimeAdd"), Just("dateTimeFromEpoch"), Just("uri"), Just("base64ToString"), Just("uriComponentToString"), Just("range"), Just("union"), Just("intersection"), Just("indexOf"), Just("tryGet"), Just("tryIndexFromEnd"),
        Just("copyIndex"), Just("resourceId"), Just("extensionResourceId"), Just("items"), Just("min"), Just("mod"), Just("div"), Just("split"), Just("join"), Just("replace"), Just("json")],
        arguments in proptest::collection::vec(prop_oneof!["'[a-zæ0-9:/{}.,%=-]{0,12}'", "-?[0-9]{1,19}", Just("createArray(1,'a')".to_owned()), Just("createObject('a',1)".to_owned()), Just("null()".to_owned()), Just("'10.0.0.0/8'".to_owned()), Just("newGuid()".to_owned())], 0..4)) {
        let expression = serde_json::to_string(&format!("[{name}({})]", arguments.join(","))).unwrap();
        let root = root_of(&format!(r#"{{"resources": [{{"type": "A/b", "name": "n", "properties": {{"a": {expression}}}}}]}}"#));
        prop_assert_eq!(root.resources.len(), 1);
    }

    #[test]
    fn damaged_templates_go_through(which in 0usize..40, cuts in proptest::collection::vec((0.0f64..1.0, 0usize..30, "[\\[\\]{}\",:'()a0\\\\ ]{0,3}"), 1..5)) {
        let samples = samples();
        if let Some(text) = samples.get(which % samples.len().max(1)) {
            let mut text = text.clone();
            for (place, length, new) in cuts {
                let mut from = (text.len() as f64 * place) as usize;
                while !text.is_char_boundary(from) { from -= 1; }
                let mut to = (from + length).min(text.len());
                while !text.is_char_boundary(to) { to += 1; }
                text.replace_range(from..to, &new);
            }
            looks_like_template(&text);
            root_of(&text);
        }
    }
}
