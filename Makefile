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
RUST := target/.rust-$(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
NODE_MODULES := node_modules/.package-lock.json

# the Node of package.json before any other
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export WRANGLER_SEND_METRICS := false
say = @printf '\033[1m▸ %s\033[0m\n' "$(1)"

WASM_FEATURES := --enable-bulk-memory --enable-reference-types --enable-sign-ext --enable-nontrapping-float-to-int \
	--enable-mutable-globals --enable-multivalue --enable-exception-handling

CORE := Cargo.toml Cargo.lock $(shell find src -type f)
WORKER := build/index.js

.PHONY: help run test lint bench deploy worker fuzz clean test-core test-sim test-worker test-deploy test-fuzz

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(WORKER) ## the Worker with a stand-in for Kochava: sends the samples, then serves (ONCE=1: ends)
	$(call say,Start the Worker and the stand-in for Kochava)
	@# 130 is Ctrl-C, the usual end
	@node tools/run.mjs $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) || [ $$? -eq 130 ]

test: test-core test-sim test-worker test-deploy test-fuzz ## every test there is
	@echo; echo "make test: all passed"

lint: $(RUST) ## formatting, clippy, documentation
	$(call say,Check formatting)
	@cargo fmt --all --check
	$(call say,Check with clippy)
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@cargo clippy --quiet --locked -p kochava-edge-worker --target wasm32-unknown-unknown -- -D warnings
	$(call say,Check the documentation)
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --workspace --no-deps

deploy: $(WORKER) ## checks the settings, then wrangler deploy
	@node tools/check-settings.mjs --deploy
	@wrangler deploy

worker: $(WORKER) ## builds the Worker

fuzz: $(RUST) $(CARGO_FUZZ) ## fuzzes `plan` for SECONDS (600)
	@$(MAKE) test-fuzz SECONDS=$(or $(SECONDS),600)

clean: ## removes what was built here (the tools' cache stays)
	@rm -rf target build node_modules tests/fuzz/target tests/fuzz/corpus tests/fuzz/artifacts

test-core: $(RUST)
	$(call say,Test the core)
	@tools/need.sh php php-cli
	@cargo test --locked

test-sim: $(NODE_MODULES)
	$(call say,Test the stand-in for Kochava)
	@tools/need.sh php php-cli
	@node --test sim/test/*.test.mjs

test-worker: $(WORKER)
	$(call say,Test the built Worker in workerd)
	@tools/need.sh chromium chromium
	@CHROMIUM="$$(command -v chromium)" node --test --test-concurrency=2 --test-timeout=120000 worker/test/*.test.mjs

test-deploy: $(WORKER)
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

$(WORKER): $(CORE) $(shell find worker/src -type f) worker/Cargo.toml $(RUST) $(NODE_MODULES) $(WASM_BINDGEN) $(WORKER_BUILD)
	$(call say,Build the Worker)
	@WASM_BINDGEN_BIN=$(WASM_BINDGEN) ESBUILD_BIN=$(CURDIR)/node_modules/.bin/esbuild $(WORKER_BUILD) --profile edge --no-opt worker --out-dir ../build
	@# by ourselves: worker-build would keep every function's name, a tenth of the upload
	@wasm-opt -Oz --strip-debug --strip-producers $(WASM_FEATURES) build/index_bg.wasm -o build/index_bg.wasm
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

$(CARGO_FUZZ): | $(RUST)
	$(call say,Build cargo-fuzz 0.13.2 once for this user: a minute or two)
	@cargo install --quiet --locked cargo-fuzz --version 0.13.2 --root $(dir $(@D))
