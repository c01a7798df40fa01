# The front door. `make help` says what there is; every target installs what it needs, once, by version.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# built tools are kept outside the checkout, so that a second clone starts fast
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kochava-edge
version_of = $(shell sed -n '/^name = "$(1)"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)

WASM_BINDGEN := $(CACHE)/wasm-bindgen-cli-$(call version_of,wasm-bindgen)/bin/wasm-bindgen
WORKER_BUILD := $(CACHE)/worker-build-$(call version_of,worker)/bin/worker-build
CARGO_FUZZ := $(CACHE)/cargo-fuzz-0.13.2/bin/cargo-fuzz
# not in package.json: npm's lockfile forgets the packages of Deno's other platforms, and `npm ci` then fails
DENO := $(CACHE)/deno-2.9.6/node_modules/.bin/deno
RUST := target/.rust-$(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
NODE_MODULES := node_modules/.package-lock.json

# the Node of package.json before any other
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export WRANGLER_SEND_METRICS := false
say = @printf '\033[1m▸ %s\033[0m\n' "$(1)"

WASM_FEATURES := --enable-bulk-memory --enable-reference-types --enable-sign-ext --enable-nontrapping-float-to-int \
	--enable-mutable-globals --enable-multivalue --enable-exception-handling --enable-simd

CORE := Cargo.toml Cargo.lock .cargo/config.toml $(shell find src -type f)
WORKER := build/index.js
# the same with places where its isolate may die, for the tests alone
WORKER_FAULTS := build-faults/index.js
WASM := pkg/wasm/kochava_edge_bg.wasm
CLI := pkg/bin/kochava-edge.js
PACKAGE := target/kochava-edge.tgz
PREVIEW := preview/dist/index.html
# where the page finds the package by its name, like any other consumer
CONSUMED := preview/node_modules/kochava-edge/package.json

.PHONY: help run test lint deploy worker package package-files preview screenshots chaos soak bench bench-core growth fuzz oracle clean test-core test-sim test-package test-binding test-preview \
	test-worker test-deploy test-fuzz

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(WORKER) $(PREVIEW) ## the Worker with a stand-in for Kochava: sends the samples, then serves (ONCE=1: ends)
	$(call say,Start the Worker and the stand-in for Kochava)
	@# 130 is Ctrl-C, the usual end
	@node tools/run.mjs $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) || [ $$? -eq 130 ]

test: test-core test-sim test-binding test-package test-preview test-worker test-deploy test-fuzz ## every test there is
	@echo; echo "make test: all passed"

lint: $(RUST) $(NODE_MODULES) ## formatting, clippy, documentation
	$(call say,Check formatting)
	@cargo fmt --all --check
	@biome format --log-level=warn
	$(call say,Check with clippy)
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@cargo clippy --quiet --locked -p kochava-edge-worker -p kochava-edge-npm --target wasm32-unknown-unknown -- -D warnings
	$(call say,Check the documentation)
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --workspace --no-deps

deploy: $(WORKER) $(PREVIEW) ## checks the settings, makes queues and database, then wrangler deploy
	@node tools/check-settings.mjs --deploy
	@node tools/deploy.mjs

worker: $(WORKER) $(PREVIEW) ## builds the Worker and the page that it serves

package: $(PACKAGE) ## builds and packs the npm package

preview: $(PREVIEW) ## builds the page

screenshots: $(PREVIEW) ## takes the README's pictures of the page
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" node preview/screenshots.mjs

chaos: $(WORKER) $(WORKER_FAULTS) $(PREVIEW) ## plays EVENTS (100000) by SEED (1) through a simulation of weeks, then 20,000 through workerd
	$(call say,Simulate $(or $(EVENTS),100000) events through weeks of bad weather)
	@EVENTS=$(or $(EVENTS),100000) SEED=$(or $(SEED),1) cargo test --release --locked --test sim big -- --nocapture
	$(call say,Send 20000 events through the built Worker while its isolates die)
	@node tools/chaos.mjs --events 20000 --seed $(or $(SEED),1)

soak: $(WORKER) $(PREVIEW) ## holds a steady load on the Worker for SECONDS (600) at RATE (40) events a second
	$(call say,Hold $(or $(RATE),40) events a second for $(or $(SECONDS),600) seconds)
	@node tools/soak.mjs --seconds $(or $(SECONDS),600) --rate $(or $(RATE),40)

bench: $(WASM) $(WORKER) $(PREVIEW) ## compares the package and the Worker with V8, and prints what is served and uploaded
	$(call say,Compare with V8)
	@node tools/bench.mjs

growth: $(WASM) ## draws how the cost grows, docs/growth.svg
	$(call say,Draw how the cost grows)
	@node tools/bench/growth.mjs --picture docs/growth.svg

bench-core: $(RUST) $(NODE_MODULES) ## times the core natively, stage by stage
	$(call say,Time the core by stage)
	@mkdir -p target/bench && node tools/bench/lines.mjs > target/bench/slim.ndjson
	@cargo bench --locked --bench stages

fuzz: $(RUST) $(CARGO_FUZZ) ## fuzzes `plan` for SECONDS (600)
	@$(MAKE) test-fuzz SECONDS=$(or $(SECONDS),600)

oracle: $(RUST) ## reads CASES (1000000) documents of each kind beside serde_json
	$(call say,Read $(or $(CASES),1000000) documents beside serde_json)
	@PROPTEST_CASES=$(or $(CASES),1000000) cargo test --release --locked --test oracle

clean: ## removes what was built here (the tools' cache stays)
	@rm -rf target build build-faults node_modules pkg/wasm pkg/bin pkg/THIRD-PARTY.txt preview/dist preview/node_modules tests/fuzz/target tests/fuzz/corpus tests/fuzz/artifacts

test-core: $(RUST)
	$(call say,Test the core)
	@tools/need.sh php php-cli
	@cargo test --locked
	@cargo test --locked --features steps --test growth
	$(call say,Test the parts of the Worker that need no platform)
	@cargo test --locked -p kochava-edge-worker

test-sim: $(NODE_MODULES)
	$(call say,Test the stand-in for Kochava)
	@tools/need.sh php php-cli
	@node --test sim/test/*.test.mjs

# the generated wrapper of each test wants the wasm-bindgen that the lockfile names
test-binding: $(RUST) $(WASM_BINDGEN) $(NODE_MODULES)
	$(call say,Test the npm package's binding in Node)
	@CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$(WASM_BINDGEN)-test-runner \
		cargo test --locked -p kochava-edge-npm --target wasm32-unknown-unknown

test-package: $(PACKAGE) $(DENO)
	$(call say,Test the npm package in every host)
	@tools/need.sh chromium chromium
	@tools/need.sh script bsdutils
	@tools/need.sh jq jq
	@CHROMIUM="$$(command -v chromium)" DENO=$(DENO) node --test --test-concurrency=2 --test-timeout=300000 pkg/test/*.test.mjs

test-preview: $(PREVIEW)
	$(call say,Test the preview in Chromium)
	@tools/need.sh chromium chromium
	@tsc --noEmit -p preview
	@CHROMIUM="$$(command -v chromium)" node --test --test-concurrency=2 --test-timeout=120000 preview/test/*.test.mjs

test-worker: $(WORKER) $(WORKER_FAULTS) $(PREVIEW)
	$(call say,Test the built Worker in workerd)
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" node --test --test-concurrency=2 --test-timeout=120000 worker/test/*.test.mjs

test-deploy: $(WORKER) $(PREVIEW)
	$(call say,Try a deployment without an account)
	@node tools/check-settings.mjs
	@node tools/check-upload.mjs

test-fuzz: $(RUST) $(CARGO_FUZZ)
	$(call say,Fuzz the plan for $(or $(SECONDS),20) seconds)
	@mkdir -p tests/fuzz/corpus/plan target
	@PATH="$(dir $(CARGO_FUZZ)):$$PATH" cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none plan tests/fuzz/corpus/plan tests/cases -- \
		-max_total_time=$(or $(SECONDS),20) > target/fuzz.log 2>&1 \
		|| { tail -n 40 target/fuzz.log; echo 'The fuzzer found something: the input lies in tests/fuzz/artifacts.'; exit 1; }
	@grep '^Done' target/fuzz.log

# the classes of the worker crate and of its streams, of which nobody makes an instance here
EXPORTED_IN_VAIN := ^ \(export "(__wbg_)?((get|set)_)?(containerstartupoptions|minifyconfig|r2range|intounderlying)
WORKER_SOURCES := $(CORE) $(shell find worker/src -type f) worker/Cargo.toml
# SHA-256 as a loop, hardly slower and a quarter as large; a sender that hangs up must not cut what is on its way into the queue;
# wasm-opt by ourselves: worker-build would keep every function's name, a tenth of the upload; functions of one name lie beside each other,
# where gzip finds what they have in common; below the data lies the stack, so that no address is below 1024
define build_worker
@RUSTFLAGS='-C target-feature=+simd128 --cfg sha2_backend_soft="compact"' RUN_TO_COMPLETION=1 WASM_BINDGEN_BIN=$(WASM_BINDGEN) ESBUILD_BIN=$(CURDIR)/node_modules/.bin/esbuild \
	$(WORKER_BUILD) --profile edge --no-opt worker --out-dir ../$(@D) $(1)
@wasm-dis $(WASM_FEATURES) $(@D)/index_bg.wasm | grep -vE '$(EXPORTED_IN_VAIN)' > $(@D)/index_bg.wat
@wasm-opt -Oz --converge --low-memory-unused --one-caller-inline-max-function-size=0 --reorder-functions-by-name --strip-debug --strip-producers \
	$(WASM_FEATURES) $(@D)/index_bg.wat -o $(@D)/index_bg.wasm
@rm $(@D)/index_bg.wat
@touch $@
endef

$(WORKER): $(WORKER_SOURCES) $(RUST) $(NODE_MODULES) $(WASM_BINDGEN) $(WORKER_BUILD)
	$(call say,Build the Worker)
	$(call build_worker)

$(WORKER_FAULTS): $(WORKER_SOURCES) $(RUST) $(NODE_MODULES) $(WASM_BINDGEN) $(WORKER_BUILD)
	$(call say,Build the Worker whose isolates die at random)
	$(call build_worker,-- --features faults)

$(WASM): $(CORE) $(shell find pkg/src -type f) pkg/Cargo.toml $(RUST) $(NODE_MODULES) $(WASM_BINDGEN)
	$(call say,Build the npm package)
	@cargo build --quiet --locked --release -p kochava-edge-npm --target wasm32-unknown-unknown
	@$(WASM_BINDGEN) --target web --no-typescript --out-dir pkg/wasm --out-name kochava_edge \
		target/wasm32-unknown-unknown/release/kochava_edge_npm.wasm
	@wasm-opt -O3 --low-memory-unused --strip-debug --strip-producers $(WASM_FEATURES) $@ -o $@
	@touch $@

$(CLI): $(shell find pkg/cli -type f) $(NODE_MODULES)
	@esbuild pkg/cli/main.mjs --bundle --platform=node --format=esm --target=node20 --external:../node.js --outfile=$@ \
		--banner:js='#!/usr/bin/env node' --legal-comments=none --metafile=$(@D)/contents.json --log-level=warning
	@chmod +x $@

pkg/THIRD-PARTY.txt: $(CLI) $(WASM) tools/third-party.mjs
	@node tools/third-party.mjs $(dir $(CLI))contents.json > $@

# what is packed beside what stands in pkg/ already
PACKED := $(WASM) $(CLI) pkg/settings.schema.json pkg/LICENSE-MIT pkg/LICENSE-APACHE pkg/THIRD-PARTY.txt

package-files: $(PACKED)

pkg/settings.schema.json pkg/LICENSE-MIT pkg/LICENSE-APACHE: pkg/%: %
	@cp $< $@

$(PACKAGE): $(PACKED) pkg/package.json $(wildcard pkg/*.js) pkg/README.md pkg/index.d.ts
	@mkdir -p target
	@cd pkg && npm pack --loglevel=error --pack-destination ../target >/dev/null
	@mv target/kochava-edge-*.tgz $@

$(CONSUMED): $(PACKAGE)
	@rm -rf $(@D) && mkdir -p $(@D)
	@tar -xzf $(PACKAGE) -C $(@D) --strip-components=1
	@touch $@

$(PREVIEW): $(CONSUMED) $(shell find preview -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test/*') \
		settings.schema.json $(shell find samples -name '*.json')
	$(call say,Build the preview)
	@vite build preview --logLevel warn
	@touch $@

$(RUST): rust-toolchain.toml
	$(call say,Make the Rust toolchain ready)
	@command -v rustup >/dev/null || { echo 'rustup is needed: https://rustup.rs'; exit 1; }
	@rustup toolchain install --no-self-update >/dev/null 2>&1 || rustup show active-toolchain
	@rustup target add wasm32-unknown-unknown
	@rustup component add rustfmt clippy
	@mkdir -p target && touch $@

$(NODE_MODULES): package.json package-lock.json
	$(call say,Install the JavaScript tools)
	@command -v npm >/dev/null || { echo 'Node.js 20 or later is needed: https://nodejs.org'; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WASM_BINDGEN): | $(RUST)
	$(call say,Build wasm-bindgen $(call version_of,wasm-bindgen) once for this user: some minutes)
	@cargo install --quiet --locked wasm-bindgen-cli --version $(call version_of,wasm-bindgen) --root $(dir $(@D))

$(WORKER_BUILD): | $(RUST)
	$(call say,Build worker-build $(call version_of,worker) once for this user: some minutes)
	@cargo install --quiet --locked worker-build --version $(call version_of,worker) --root $(dir $(@D))

$(DENO):
	$(call say,Install Deno 2.9.6 once for this user)
	@npm install --no-audit --no-fund --loglevel=error --prefix $(CACHE)/deno-2.9.6 deno@2.9.6

$(CARGO_FUZZ): | $(RUST)
	$(call say,Build cargo-fuzz 0.13.2 once for this user: a minute or two)
	@cargo install --quiet --locked cargo-fuzz --version 0.13.2 --root $(dir $(@D))
