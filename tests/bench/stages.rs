//! What does each stage of the core cost, natively? For profiling: `make bench-core`, then `perf
//! record target/release/deps/stages-… --bench all`.
//!
//! Each row goes as far as its stage, over the lines that `make bench-core` writes; what a stage
//! costs is the difference to the row before it.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kochava_edge::event::Wanted;
use kochava_edge::filter::{self, Choice};
use kochava_edge::kochava;
use kochava_edge::mapping::{Desk, Mapper, Routes};
use kochava_edge::plan::{Context, Planner};
use kochava_edge::settings::Settings;
use kochava_edge::source::{Batch, Element, Source};
use std::hint::black_box;

const SETTINGS: &str = include_str!("../../samples/settings/sneaker-shop.json");
const LINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench/slim.ndjson");

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Read,
    Filter,
    Map,
    Check,
    Write,
}

fn stages(criterion: &mut Criterion) {
    let lines = std::fs::read_to_string(LINES).expect("`make bench-core` writes the lines");
    let body = format!("[{}]", lines.trim_end().replace('\n', ","));
    let mut settings = Settings::read(SETTINGS).expect("the sample settings are sound");
    let planner = Planner::new(settings.clone());
    let documented = Source::Amplitude.documented();
    let mut wanted = Wanted::of(documented);
    settings.route(&mut wanted);
    let routes = Routes::under(&settings, documented, &mut wanted);
    let mut group = criterion.benchmark_group("core");
    group.throughput(Throughput::Elements(lines.lines().count() as u64));
    for (name, last) in [
        ("read", Stage::Read),
        ("filter", Stage::Filter),
        ("map", Stage::Map),
        ("check", Stage::Check),
        ("write", Stage::Write),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| walk(&body, &settings, &routes, &wanted, last))
        });
    }
    let mut out = String::new();
    group.bench_function("all", |bencher| {
        bencher.iter(|| {
            out.clear();
            planner.plan_ndjson(lines.as_bytes(), &Context::default(), &mut out);
        });
    });
    group.finish();
}

fn walk(body: &str, settings: &Settings, routes: &Routes, wanted: &Wanted, last: Stage) {
    let mut desk = Desk::default();
    let mut batch =
        Batch::open_for(body.as_bytes(), Source::Amplitude, wanted).expect("the lines are JSON");
    while let Some((element, _)) = batch.next_element().expect("the lines are JSON") {
        let Element::Event(event) = element else {
            continue;
        };
        if last < Stage::Filter {
            continue;
        }
        let Choice::Send { is_test } = black_box(filter::choose(event, settings)) else {
            continue;
        };
        if last < Stage::Map {
            continue;
        }
        let mapper = Mapper {
            event,
            settings,
            routes,
        };
        let device = mapper.device(is_test, &mut (), &mut desk);
        let draft = mapper.draft_event(&device, None, &mut (), &mut desk);
        if last >= Stage::Check {
            let payload = black_box(kochava::check_event(
                &draft,
                &settings.wire,
                &mut desk.lists,
            ))
            .payload;
            if let Ok(payload) = payload {
                if last >= Stage::Write {
                    kochava::write(&payload, &settings.wire, &mut desk.body, |written| {
                        _ = black_box(written)
                    });
                }
                desk.lists.take_payload(payload);
            }
        }
        desk.lists.take_data(black_box(draft).event_data);
        desk.lists.take_device(device);
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
