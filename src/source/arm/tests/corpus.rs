//! Every real template goes through: no panic, no hang, and nothing lost silently.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::*;
use crate::source::arm::looks_like_template;

fn json_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            json_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            out.push(path);
        }
    }
}

#[derive(Default)]
struct Count {
    files: usize,
    templates: usize,
    resources: usize,
    values: usize,
    unknown: usize,
    unread: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
    slowest: Duration,
}

/// Reasons without what they name.
fn kind_of(reason: &str) -> String {
    let mut out = String::new();
    for (at, part) in reason.split('\'').enumerate() {
        out += if at % 2 == 0 { part } else { "'…'" };
    }
    out.chars().take(110).collect()
}

fn count(node: &Node, counts: &mut Count) {
    match &node.content {
        Content::Array(elements) => elements.iter().for_each(|node| count(node, counts)),
        Content::Object(members) => members.iter().for_each(|(_, node)| count(node, counts)),
        Content::Unknown(why) => {
            counts.values += 1;
            counts.unknown += 1;
            *counts.reasons.entry(kind_of(&why.reason)).or_default() += 1;
        }
        _ => counts.values += 1,
    }
}

fn go_through(folder: &str) -> Option<Count> {
    let shared = shared()?;
    let mut files = Vec::new();
    json_files(&shared.join(folder), &mut files);
    let mut counts = Count { files: files.len(), ..Count::default() };
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        if !looks_like_template(&text) {
            continue;
        }
        let shown = path.strip_prefix(&shared).unwrap().display().to_string();
        let begin = Instant::now();
        let root = root_at(&path, &shared, &shown);
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(10), "{shown} took {took:?}");
        counts.slowest = counts.slowest.max(took);
        counts.templates += 1;
        counts.resources += root.resources.len();
        for unread in &root.unread {
            *counts.unread.entry(kind_of(&unread.reason)).or_default() += 1;
        }
        let mut ids: Vec<_> = root.resources.iter().map(|resource| resource.id.to_lowercase()).collect();
        let mut addresses: Vec<_> = root.resources.iter().map(|resource| &resource.address).collect();
        for resource in &root.resources {
            check_spans(&resource.body, &root);
            assert!(!root.files.text(resource.block).is_empty(), "{}", resource.address);
            assert!(resource.id.starts_with('/') && !resource.id.contains("//"), "{}", resource.id);
            count(&resource.body, &mut counts);
        }
        ids.sort_unstable();
        ids.dedup();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!((ids.len(), addresses.len()), (root.resources.len(), root.resources.len()), "{shown}");
    }
    Some(counts)
}

/// Every value's text is in a file.
fn check_spans(node: &Node, root: &Root) {
    assert!(!root.files.text(node.span).is_empty(), "{} has no text", shown(node));
    match &node.content {
        Content::Array(elements) => elements.iter().for_each(|node| check_spans(node, root)),
        Content::Object(members) => members.iter().for_each(|(_, node)| check_spans(node, root)),
        _ => {}
    }
}

#[allow(clippy::print_stderr, reason = "the counts are what people ask for")]
fn report(folder: &str, counts: &Count) {
    eprintln!(
        "{folder}: {} files, {} templates, {} resources, {} of {} values unknown ({:.1} %), slowest {:?}",
        counts.files,
        counts.templates,
        counts.resources,
        counts.unknown,
        counts.values,
        100.0 * counts.unknown as f64 / counts.values.max(1) as f64,
        counts.slowest
    );
    for (title, map) in [("unread", &counts.unread), ("unknown", &counts.reasons)] {
        let mut sorted: Vec<_> = map.iter().collect();
        sorted.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), *reason));
        for (reason, count) in sorted.iter().take(40) {
            eprintln!("  {title} {count:5} {reason}");
        }
    }
}

#[test]
fn real_templates_go_through() {
    let Some(counts) = go_through("arm") else { return };
    report("arm", &counts);
    assert!(counts.resources > 0);
}

#[test]
fn what_the_bicep_compiler_makes_goes_through() {
    let Some(counts) = go_through("bicep-pairs") else { return };
    report("bicep-pairs", &counts);
    assert_eq!(counts.files, counts.templates);
    let others: Vec<_> = counts.unread.keys().filter(|reason| !reason.contains("template spec")).collect();
    assert!(others.is_empty(), "all of it is read but what lies in Azure: {others:?}");
}

/// The values of variables and outputs of a template, as properties of a resource beside which there is no other.
fn values_of(path: &str) -> Option<(Root, String)> {
    use crate::source::arm::expression::{Expression, Kind, Member};
    let path =
        shared()?.join("bicep-pairs/Azure+bicep/src/Bicep.Core.Samples/Files").join(path).join("main.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut files = Files::default();
    let file = files.add("main.json", text.as_str().into());
    let mut template = reader::read(&text, file, "main.json", &path, &mut Vec::new()).unwrap();
    let carrier = r#"{"resources": [{"type": "A/b", "name": "values", "properties": {}}]}"#;
    let carrier_file = files.add("carrier.json", carrier.into());
    let carrier = reader::read(carrier, carrier_file, "carrier.json", &path, &mut Vec::new()).unwrap();
    let declaration = &carrier.resources[0];
    let span = declaration.span;
    let expression = |kind: Kind| Expression { kind, span };
    let mut members = Vec::new();
    for variable in &template.variables {
        let arguments = vec![expression(Kind::Text(variable.name.clone()))];
        let value = expression(Kind::Call { namespace: None, name: "variables".to_owned(), arguments });
        members.push(Member { name: expression(Kind::Text(variable.name.clone())), value, spread: false });
    }
    for output in &template.outputs {
        let name = expression(Kind::Text(format!("out:{}", output.name)));
        members.push(Member { name, value: output.value.clone(), spread: false });
    }
    let mut declaration = declaration.clone();
    declaration.body[0].value = expression(Kind::Object(members));
    template.resources = vec![declaration];
    let root = evaluate(Evaluation {
        language: Language::Arm,
        shown: "main.json",
        path: &path,
        template,
        values: None,
        files,
        unread: Vec::new(),
        notes: Vec::new(),
        load: &mut NoLinks,
    });
    let all = shown(at(&root.resources[0].body, "properties"));
    Some((root, all))
}

/// Values that depend on nothing outside are those that the Bicep source spells out.
#[test]
fn values_are_what_the_bicep_compiler_intends() {
    for (folder, values) in [
        (
            "user_submitted/000/10-string-functions",
            &[
                ("arrayFromString", r#"["a","b","c","d"]"#),
                ("index", "4"),
                ("indexNotFound", "-1"),
                ("len", "16"),
                ("substr", r#""ThisInString""#),
                ("out:found", r#""Found \"this\"""#),
                (
                    "out:arrayFromString",
                    r#"[{"element":"a"},{"element":"b"},{"element":"c"},{"element":"d"}]"#,
                ),
            ] as &[(&str, &str)],
        ),
        (
            "user_submitted/000/21-array-lookup",
            &[("timezone", "?depends on parameter 'azRegion', which has no default?")],
        ),
        (
            "user_submitted/000/31-json-object-complex",
            &[(
                "out:routeArray",
                r#"[{"name":"OnPrem1","AddressPrefix":"192.168.0.0/16","NextHopType":"VirtualNetworkGateway","NextHopIpAddress":null},{"name":"OnPrem2","AddressPrefix":"10.0.1.0/24","NextHopType":"VirtualAppliance","NextHopIpAddress":"10.200.1.1"}]"#,
            )],
        ),
        (
            "baselines/Lambdas_LF",
            &[
                ("sayHello2", r#"["Hi Evie!","Ahoy Casper!","Hi Indy!","Ahoy Kira!"]"#),
                ("evenEntries", r#"["a","c"]"#),
                ("evenDoggosNestedLambdas", r#"["Evie","Indy"]"#),
                ("flattenedArrayOfArrays", "[0,1,2,3,4,5]"),
                ("mapMultiLineArray", "[3,4,5,6,7,8,9,10,11]"),
                ("sortNumeric", "[-13,3,5,8,10]"),
                ("sortAlphaReverse", r#"["ghi","def","abc"]"#),
                ("reduceStringConcatEven", r#""abcghi""#),
                ("reduceFactorial", "120"),
                ("reduceObjectUnion", r#"{"foo":123,"bar":456,"baz":789}"#),
                ("filteredLoop", "[6,7,8,9]"),
                ("objectMap", r#"{"1":123,"4":456,"7":789}"#),
                ("mapVals", r#"{"a":246,"b":912}"#),
                ("groupByWithValMapTest", r#"{"a":[123,789],"b":[456]}"#),
            ],
        ),
        (
            "baselines/Functions_LF",
            &[
                ("out:foo", r#""https://google.com/search""#),
                ("out:hellos", r#"["Hi Evie!","Hi Casper!"]"#),
                ("out:fooValue", r#"["Hello abc!","Hello def!"]"#),
                ("out:likeWildCardMatch", "true"),
                ("out:likewildcard", "true"),
                ("out:likewildcardtest2", "true"),
                ("out:likewildcardtest3", "true"),
                ("out:likewildcardtest4", "false"),
                ("out:likewildcardtest5", "true"),
                ("out:likewildcardtest6", "true"),
                ("out:distinctTest", r#"["a","b","c"]"#),
                ("out:distinctTest2", "[1,2,3,4]"),
                ("out:distinctTest3", r#"[{"a":1},{"b":2}]"#),
            ],
        ),
    ] {
        let Some((root, all)) = values_of(folder) else { return };
        let properties = at(&root.resources[0].body, "properties");
        for (name, expected) in values {
            assert_eq!(shown(at(properties, name)), *expected, "{folder}: {name}");
        }
        let lost = ["calls ", "needs ", "nested too deeply", "not a known", "can't be understood"];
        assert!(!lost.iter().any(|lost| all.contains(&format!("?{lost}"))), "{folder}: {all}");
    }
}
