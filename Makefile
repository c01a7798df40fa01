# Builds, runs and tests everything. `make help` lists the targets; each one installs what it needs,
# once and by version.

SHELL := bash
.SHELLFLAGS := --norc -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Compiled tools are kept outside the checkout, so that a second clone starts fast.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kochava-edge
locked = $(shell sed -n '/^name = "$(1)"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)

# Its folder's name has a checksum of its source: another checkout may have another source.
BINDGEN_SOURCES := $(wildcard tools/bindgen/Cargo.* tools/bindgen/src/*)
BINDGEN_TARGET := $(CACHE)/bindgen-$(call locked,wasm-bindgen)-$(firstword $(shell cat $(BINDGEN_SOURCES) | cksum))
BINDGEN := $(BINDGEN_TARGET)/debug/kochava-edge-bindgen
TEST_RUNNER := $(BINDGEN_TARGET)/debug/kochava-edge-test-runner
# In which the package is measured beside the version of package.json.
NEWEST_NODE := $(CACHE)/node-26.10.0/node_modules/node/bin/node
CARGO_FUZZ := $(CACHE)/cargo-fuzz-0.13.2/bin/cargo-fuzz
# Not in package.json: npm's lock file leaves out Deno's packages for other platforms, and `npm ci`
# then fails there.
DENO := $(CACHE)/deno-2.9.6/node_modules/.bin/deno
# The oldest TypeScript that the types support. Not in package.json: both have the command `tsc`.
TSC_OLDEST := $(CACHE)/typescript-5.7.3/node_modules/.bin/tsc
RUST := target/.rust-$(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
NODE_MODULES := node_modules/.package-lock.json

# The Node.js version of package.json comes before any other.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export WRANGLER_SEND_METRICS := false
say = @printf '\033[1m▸ %s\033[0m\n' "$(1)"

WORKER := build/index.js
# The Worker with failpoints: its isolate can be made to die. For tests only.
WORKER_FAULTS := build-faults/index.js
# The Worker whose wasm has kept its functions' names, for a profile.
WORKER_NAMED := target/profile/index.js
WASM := pkg/wasm/kochava_edge_bg.wasm
CLI := pkg/bin/kochava-edge.js
PACKAGE := target/kochava-edge.tgz
PREVIEW := preview/dist/index.html
CONSOLE := console/dist/console.html
# What the Worker serves: both pages.
PAGES := dist/index.html
# The preview imports the packed package by its name, as any other consumer does.
CONSUMED := preview/node_modules/kochava-edge/package.json

TESTS := core sim tools binding package toolchains preview console worker deploy fuzz

.PHONY: help run test lint docs deploy worker package package-files preview console screenshots chaos soak \
	bench bench-core growth stages fuzz oracle toolchains clean $(TESTS:%=test-%)

help: ## lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' \
		| expand -t 20

run: worker ## starts the Worker with a simulated Kochava, sends the samples, serves (ONCE=1: exits; PORT=…)
	$(call say,Start the Worker and the simulated Kochava)
	@# 130 is Ctrl-C, the usual end
	@node tools/run.mjs $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) || [ $$? -eq 130 ]

test: $(TESTS:%=test-%) ## runs all tests
	@echo; echo "make test: all passed"

lint: $(RUST) $(NODE_MODULES) ## checks formatting, Clippy's lints and the Rust documentation
	$(call say,Check formatting)
	@cargo fmt --all --check
	@cargo fmt --manifest-path tools/bindgen/Cargo.toml --check
	@biome format --log-level=warn
	$(call say,Check with Clippy)
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@cargo clippy --quiet --locked -p kochava-edge-worker -p kochava-edge-npm \
		--target wasm32-unknown-unknown -- -D warnings
	@cargo clippy --quiet --locked --manifest-path tools/bindgen/Cargo.toml \
		--target-dir $(BINDGEN_TARGET) -- -D warnings
	$(call say,Check the Rust documentation)
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --workspace --no-deps

docs: $(RUST) $(NODE_MODULES) ## writes the generated parts of the documentation
	$(call say,Generate the documentation)
	@UPDATE_DOCS=1 cargo test --quiet --locked --test docs
	@UPDATE_DOCS=1 cargo test --quiet --locked -p kochava-edge-worker
	@node tools/docs-cli.mjs
	@node tools/types.mjs
	@node tools/docs-toolchains.mjs

deploy: worker ## checks the settings, creates queues and database, then runs wrangler deploy
	@node tools/check-settings.mjs --deploy
	@node tools/deploy.mjs

# The only parallel build: npm's downloads and the compilation of the tool and of the wasm overlap.
worker: ## builds the Worker and the pages that it serves
	@$(MAKE) --silent --jobs=4 $(WORKER) $(PAGES)

package: $(PACKAGE) ## builds and packs the npm package

preview: $(PREVIEW) ## builds the preview page

console: $(CONSOLE) ## builds the console page

screenshots: worker ## takes pictures of the pages in every state (target/screenshots/; those in docs/ are renewed)
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" node preview/screenshots.mjs
	@CHROMIUM="$$(command -v chromium)" node console/screenshots.mjs

chaos: worker $(WORKER_FAULTS) ## runs EVENTS (100000) with faults of SEED (1) in the simulation, 20000 in workerd
	$(call say,Simulate $(or $(EVENTS),100000) events with faults)
	@EVENTS=$(or $(EVENTS),100000) SEED=$(or $(SEED),1) \
		cargo test --release --locked --test sim big -- --nocapture
	$(call say,Explore small worlds with every two faults)
	@FAULTS=2 cargo test --release --locked --test sim every_order -- --nocapture
	$(call say,Play 2000 small worlds)
	@WORLDS=1000 cargo test --release --locked --test sim random_worlds
	$(call say,Send 20000 events through the built Worker while its isolates die)
	@node tools/chaos.mjs --events 20000 --seed $(or $(SEED),1)

soak: worker ## sends RATE (40) events a second to the Worker for SECONDS (600)
	$(call say,Send $(or $(RATE),40) events a second for $(or $(SECONDS),600) seconds)
	@node tools/soak.mjs --seconds $(or $(SECONDS),600) --rate $(or $(RATE),40)

bench: worker $(NEWEST_NODE) ## compares the cost of Worker and package with plain JavaScript (ROWS=…; AGAINST=another checkout)
	$(if $(AGAINST),@$(MAKE) -C $(AGAINST) worker)
	$(call say,Compare with plain JavaScript)
	@node tools/bench.mjs --newest $(NEWEST_NODE) $(if $(AGAINST),--against $(AGAINST)) $(ROWS)

growth: $(WASM) ## draws how cost grows with input size, docs/growth.svg
	$(call say,Measure how cost grows with input size)
	@node tools/bench/growth.mjs --picture docs/growth.svg

stages: $(WORKER_NAMED) ## draws where the processor time of the Worker goes, docs/stages.svg
	$(call say,Profile the Worker)
	@node tools/bench/stages.mjs $(dir $(WORKER_NAMED)) --picture docs/stages.svg

bench-core: $(RUST) $(NODE_MODULES) ## times each stage of the core as native code
	$(call say,Time each stage of the core)
	@mkdir -p target/bench && node tools/bench/lines.mjs > target/bench/slim.ndjson
	@cargo bench --locked --bench stages

toolchains: $(PACKAGE) $(DENO) ## tries the package in Next, webpack and older versions from the npm registry
	$(call say,Try the package in large and older toolchains)
	$(call try_toolchains,heavy)

fuzz: $(RUST) $(CARGO_FUZZ) ## fuzzes the planner for SECONDS (600)
	@$(MAKE) test-fuzz SECONDS=$(or $(SECONDS),600)

oracle: $(RUST) ## compares the JSON reader with serde_json on CASES (1000000) documents of each kind
	$(call say,Compare with serde_json on $(or $(CASES),1000000) documents of each kind)
	@PROPTEST_CASES=$(or $(CASES),1000000) cargo test --release --locked --test oracle

clean: ## removes everything built in this checkout (not the cached tools)
	@rm -rf target build build-faults node_modules pkg/wasm pkg/bin pkg/cjs pkg/samples pkg/CHANGELOG.md pkg/THIRD-PARTY.txt \
		dist preview/dist preview/node_modules console/dist tests/fuzz/target tests/fuzz/corpus tests/fuzz/artifacts

test-core: $(RUST)
	$(call say,Test the core)
	@tools/need.sh php php-cli
	@cargo test --locked
	@cargo test --locked --features steps --test growth --test once
	$(call say,Test the parts of the Worker that need no platform)
	@cargo test --locked -p kochava-edge-worker

test-sim: $(NODE_MODULES)
	$(call say,Test the simulated Kochava)
	@tools/need.sh php php-cli
	@node --test sim/test/*.test.mjs

test-tools: $(NODE_MODULES)
	$(call say,Test how the bench sums up)
	@node --test tools/test/*.test.mjs

test-binding: $(RUST) $(TEST_RUNNER) $(NODE_MODULES)
	$(call say,Test the npm package's Rust binding in Node.js)
	@CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$(TEST_RUNNER) \
		cargo test --locked -p kochava-edge-npm --target wasm32-unknown-unknown

test-package: $(PACKAGE) $(DENO) $(TSC_OLDEST)
	$(call say,Test the npm package in every host)
	@tools/need.sh chromium chromium
	@tools/need.sh script bsdutils
	@tools/need.sh jq jq
	@tools/need.sh zsh zsh
	@tools/need.sh fish fish
	@CHROMIUM="$$(command -v chromium)" DENO=$(DENO) TSC_OLDEST=$(TSC_OLDEST) \
		node --test --test-concurrency=2 --test-timeout=300000 pkg/test/*.test.mjs

define try_toolchains
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" DENO=$(DENO) \
		node --test --test-timeout=300000 pkg/toolchains/$(1).test.mjs
endef

test-toolchains: $(PACKAGE) $(DENO)
	$(call say,Try the package in hosts and bundlers from the npm registry)
	$(call try_toolchains,light)

# The Worker is run with the settings that the page writes.
test-preview: worker
	$(call say,Test the preview in Chromium)
	@tools/need.sh chromium chromium
	@tsc --noEmit -p preview
	@CHROMIUM="$$(command -v chromium)" \
		node --test --test-concurrency=2 --test-timeout=120000 preview/test/*.test.mjs

test-console: worker
	$(call say,Test the console in Chromium)
	@tools/need.sh chromium chromium
	@tsc --noEmit -p console
	@CHROMIUM="$$(command -v chromium)" \
		node --test --test-concurrency=2 --test-timeout=120000 console/test/*.test.mjs

test-worker: worker $(WORKER_FAULTS)
	$(call say,Test the built Worker in workerd)
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" \
		node --test --test-concurrency=2 --test-timeout=120000 worker/test/*.test.mjs

test-deploy: worker
	$(call say,Try a deployment without an account)
	@node tools/check-settings.mjs
	@node tools/check-size.mjs

test-fuzz: $(RUST) $(CARGO_FUZZ)
	$(call say,Fuzz the planner for $(or $(SECONDS),20) seconds)
	@mkdir -p tests/fuzz/corpus/plan target
	@PATH="$(dir $(CARGO_FUZZ)):$$PATH" cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none plan \
		tests/fuzz/corpus/plan tests/cases tests/senders -- -max_total_time=$(or $(SECONDS),20) > target/fuzz.log 2>&1 \
		|| { tail -n 40 target/fuzz.log; echo 'the fuzzer failed on an input in tests/fuzz/artifacts'; exit 1; }
	@grep '^Done' target/fuzz.log

include tools/build.mk
