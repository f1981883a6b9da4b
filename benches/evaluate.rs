//! Loading the pack, and judging a large tenant.
#![allow(missing_docs, clippy::unwrap_used)]

mod large;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use skytjek::inventory::index::Builder;
use skytjek::rule::evaluate::Evaluator;
use skytjek::rule::pack::Pack;
use skytjek::source::snapshot::Snapshot;

fn load(criterion: &mut Criterion) {
    criterion.bench_function("load the shipped pack", |bencher| {
        bencher.iter(|| Pack::shipped().unwrap());
    });
}

fn judge(criterion: &mut Criterion) {
    let count = 100_000;
    let pack = Pack::shipped().unwrap();
    let snapshot = Snapshot::of(large::recording(count), "bench");
    let mut group = criterion.benchmark_group("100,000 resources");
    group.sample_size(10).throughput(Throughput::Elements(count as u64));
    let inventory = || {
        let mut builder = Builder::new(&pack.reads());
        let coverage = snapshot.fill(&mut builder).unwrap();
        builder.finish(coverage, &pack.joins())
    };
    group.bench_function("read", |bencher| bencher.iter(|| black_box(inventory())));
    let inventory = inventory();
    let rules = pack.link(&inventory.keys);
    let mut pairs = 0;
    Evaluator::new(&inventory, &rules, 0).run(&mut |_| pairs += 1);
    group.throughput(Throughput::Elements(pairs));
    group.bench_function("evaluate (verdicts)", |bencher| {
        bencher.iter(|| {
            let mut verdicts = [0_usize; 4];
            Evaluator::new(&inventory, &rules, 0).run(&mut |outcome| verdicts[outcome.verdict as usize] += 1);
            black_box(verdicts)
        });
    });
    group.finish();
}

criterion_group!(benches, load, judge);
criterion_main!(benches);
