//! Times the public operations of the core natively, for profiling: `make bench-core`, then
//! `perf record target/release/deps/stages-… --bench ndjson`.
//!
//! In: the lines that `make bench-core` writes. Out: criterion's report per operation. Ratios
//! against V8 are `make bench`'s, not this program's.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kochava_edge::{Context, Planner, Settings, ShapeCache, check};
use std::hint::black_box;

const SETTINGS: &str = include_str!("../../samples/settings/sneaker-shop.json");
const LINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench/slim.ndjson");

fn operations(criterion: &mut Criterion) {
    let lines = std::fs::read_to_string(LINES).expect("`make bench-core` writes the lines");
    let body = format!("[{}]", lines.trim_end().replace('\n', ",")).into_bytes();
    let planner = Planner::new(Settings::read(SETTINGS).expect("the sample settings are sound"));
    let context = Context::default();
    let plan = planner.plan(&body, &context).expect("the lines are JSON");
    let bodies: Vec<_> = plan.fates.iter().flat_map(|fate| fate.requests()).collect();
    let mut shapes = ShapeCache::default();
    let mut out = String::new();
    let mut group = criterion.benchmark_group("core");
    group.throughput(Throughput::Elements(lines.lines().count() as u64));
    group.bench_function("settings", |bencher| {
        bencher.iter(|| black_box(Settings::read(SETTINGS)));
    });
    group.bench_function("plan", |bencher| {
        bencher.iter(|| black_box(planner.plan_with(&body, &context, &mut shapes)));
    });
    group.bench_function("ndjson", |bencher| {
        bencher.iter(|| {
            out.clear();
            planner.plan_ndjson(lines.as_bytes(), &context, &mut shapes, &mut out);
        });
    });
    group.bench_function("explain", |bencher| {
        bencher.iter(|| black_box(planner.explain(&body, &context, &mut shapes)));
    });
    group.bench_function("check", |bencher| {
        bencher.iter(|| {
            bodies
                .iter()
                .for_each(|request| drop(black_box(check(request.body.as_bytes()))));
        });
    });
    group.finish();
}

criterion_group!(benches, operations);
criterion_main!(benches);
