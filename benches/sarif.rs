//! SARIF and evidence of 10,000 findings.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use skytjek::output::{csv, json, sarif, table};
use skytjek::{finding, inventory};

#[path = "../src/output/sample.rs"]
#[expect(dead_code, reason = "the tests use the other samples")]
mod sample;

const FINDINGS: usize = 10_000;

fn outputs(criterion: &mut Criterion) {
    let report = sample::many(FINDINGS);
    let mut group = criterion.benchmark_group("10,000 findings");
    group.sample_size(10);
    for profile in sarif::Profile::ALL {
        group.bench_function(format!("SARIF for {}", profile.word()), |bencher| {
            bencher.iter(|| sarif::documents(black_box(&report), sarif::Options::of(profile)));
        });
    }
    group.bench_function("JSON", |bencher| {
        bencher.iter(|| json::render(black_box(&report)));
    });
    group.bench_function("CSV", |bencher| bencher.iter(|| csv::render(black_box(&report))));
    let look = table::Look { width: 120, color: true };
    group.bench_function("table", |bencher| {
        bencher.iter(|| table::render(black_box(&report), look));
    });
    group.finish();
}

/// One body of 5 kB, 10,000 times: parsed, redacted, laid out, digested, and one property located.
fn evidence(criterion: &mut Criterion) {
    let rules: Vec<String> = (0..20)
        .map(|at| {
            format!(
                r#"{{"name":"rule-{at}","properties":{{"access":"Allow","direction":"Inbound","protocol":"Tcp",
                "priority":{at},"destinationPortRange":"{at}","sourceAddressPrefix":"*","description":"x"}}}}"#
            )
        })
        .collect();
    let body = format!(r#"{{"name":"n","properties":{{"securityRules":[{}]}}}}"#, rules.join(","));
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n";
    let Some(id) = inventory::id::ResourceId::parse(id) else {
        return;
    };
    criterion.bench_function("evidence of one resource and one region", |bencher| {
        bencher.iter(|| {
            let evidence = finding::evidence::Evidence::of(black_box(&id), black_box(body.as_bytes()));
            evidence.map(|evidence| {
                evidence.locate("properties.securityRules[19].properties.sourceAddressPrefix")
            })
        });
    });
}

criterion_group!(benches, outputs, evidence);
criterion_main!(benches);
