# Rules for the files that the targets of the Makefile need. Included there.

# What did not change keeps its time stamp, so that nothing after it is built again.
compile = @cargo build --quiet --locked --target wasm32-unknown-unknown
compiled = target/wasm32-unknown-unknown
keep = @mkdir -p target/wasm && { cmp -s $(1) $(2) || cp $(1) $(2); }
RUST_SOURCES := Cargo.toml Cargo.lock .cargo/config.toml \
	$(shell find src worker/src pkg -type f \( -name '*.rs' -o -name Cargo.toml \)) worker/http.mjs worker/Cargo.toml

# Inlining as little as this (by default it is 50, and 325 for what is marked `#[inline]`) saves 10 KiB of
# the 500 that the upload may have. The marks on small functions that every event passes through keep
# the speed that it would cost: 9 % of `dry-100`, 4 % of `ingest-100`.
inline_little = --config 'target.wasm32-unknown-unknown.rustflags = \
	["-C", "llvm-args=-inline-threshold=12 -inlinehint-threshold=200"]'

target/wasm/.worker: $(RUST_SOURCES) | $(RUST)
	$(call say,Compile the Worker)
	$(compile) --profile worker -p kochava-edge-worker $(inline_little)
	$(call keep,$(compiled)/worker/kochava_edge_worker.wasm,target/wasm/worker.wasm)
	@touch $@

# A little less inlining than by itself (250) saves 3 KB of the 200 that the file may have, compressed, and no
# row gets slower. Without a threshold of its own a cold function would be inlined as much as any other,
# by itself up to 45.
inline_less = --config 'target.wasm32-unknown-unknown.rustflags = \
	["-C", "llvm-args=-inline-threshold=210 -inlinecold-threshold=45"]'

target/wasm/.npm: $(RUST_SOURCES) | $(RUST)
	$(call say,Compile the npm package)
	$(compile) --release -p kochava-edge-npm $(inline_less)
	$(call keep,$(compiled)/release/kochava_edge_npm.wasm,target/wasm/npm.wasm)
	@touch $@

target/wasm/worker.wasm: target/wasm/.worker ;
target/wasm/npm.wasm: target/wasm/.npm ;

# After the other, because cargo writes both Workers to the same file.
target/wasm/worker-faults.wasm: target/wasm/.worker
	$(call say,Compile the Worker with failpoints)
	$(compile) --profile worker -p kochava-edge-worker $(inline_little) \
		--features kochava-edge-worker/faults
	$(call keep,$(compiled)/worker/kochava_edge_worker.wasm,$@)
	@touch $@

# Without wasm-opt: after link-time optimization it gained no speed, and under 1 % of the compressed
# size.
build/index_bg.wasm: target/wasm/worker.wasm
build-faults/index_bg.wasm: target/wasm/worker-faults.wasm
target/profile/index_bg.wasm: target/wasm/worker.wasm
target/profile/index_bg.wasm: NAMES := names
build/index_bg.wasm build-faults/index_bg.wasm target/profile/index_bg.wasm: $(BINDGEN)
	$(call say,Build the Worker in $(@D)/)
	@$(BINDGEN) worker Cargo.lock $(filter %.wasm,$^) target/glue/$(@D) $(NAMES)
	@mkdir -p $(@D) && cp target/glue/$(@D)/$(@F) $@

$(WORKER) $(WORKER_FAULTS) $(WORKER_NAMED): %/index.js: %/index_bg.wasm worker/entry.mjs tools/bundle-worker.mjs \
		wrangler.toml $(NODE_MODULES)
	@node tools/bundle-worker.mjs target/glue/$* $@

$(WASM): target/wasm/npm.wasm $(BINDGEN)
	$(call say,Build the npm package)
	@$(BINDGEN) package Cargo.lock $< $(@D)

# Modules of the package that the command line shares with it.
CLI_EXTERNAL := bulk deliver line-blocks line-forms node node-api pool serve threads wasm/kochava_edge

target/reasons.json: docs/reasons.md tools/reasons.mjs
	@mkdir -p $(@D) && node tools/reasons.mjs > $@

$(CLI): $(shell find pkg/cli -type f) target/reasons.json $(NODE_MODULES)
	@esbuild kochava-edge=pkg/cli/main.mjs plan-thread=pkg/cli/plan-thread.mjs \
		--bundle --platform=node --format=esm --target=node20 $(CLI_EXTERNAL:%=--external:../%.js) \
		--outdir=$(@D) \
		--banner:js='#!/usr/bin/env node' --legal-comments=none --metafile=$(@D)/contents.json \
		--log-level=warning
	@chmod +x $@

pkg/THIRD-PARTY.txt: $(CLI) $(WASM) tools/third-party.mjs
	@node tools/third-party.mjs $(dir $(CLI))contents.json > $@

pkg/wasm/kochava_edge_inline.js: $(WASM) tools/inline-wasm.mjs
	@node tools/inline-wasm.mjs $< $@

# For Jest and others that read packages as CommonJS. Jest's jsdom has no `TextDecoder`.
pkg/cjs/inline.cjs: pkg/wasm/kochava_edge_inline.js $(wildcard pkg/*.js) $(NODE_MODULES)
	@esbuild pkg/inline.js --bundle --format=cjs --target=es2022 --legal-comments=none \
		--banner:js='const { TextDecoder, TextEncoder } = globalThis.TextDecoder ? globalThis : require("node:util");' \
		--outfile=$@ --log-level=warning

pkg/cjs/inline.d.cts: pkg/index.d.ts
	@mkdir -p $(@D) && cp $< $@

PACKED := $(WASM) $(CLI) pkg/wasm/kochava_edge_inline.js pkg/cjs/inline.cjs pkg/cjs/inline.d.cts \
	pkg/settings.schema.json pkg/LICENSE-MIT pkg/LICENSE-APACHE pkg/CHANGELOG.md \
	pkg/samples/README.md pkg/THIRD-PARTY.txt

# For npm, which calls it before it packs pkg/.
package-files: $(PACKED)

pkg/settings.schema.json pkg/LICENSE-MIT pkg/LICENSE-APACHE pkg/CHANGELOG.md: pkg/%: %
	@cp $< $@

# For a first look: `kochava-edge plan --help` names them.
pkg/samples/README.md: $(shell find samples -type f)
	@rm -rf $(@D) && cp -r samples $(@D) && touch $@

$(PACKAGE): $(PACKED) pkg/package.json $(wildcard pkg/*.js) pkg/README.md pkg/index.d.ts pkg/init.d.ts
	@mkdir -p target
	@cd pkg && npm pack --ignore-scripts --loglevel=error --pack-destination ../target >/dev/null
	@mv target/kochava-edge-*.tgz $@

$(CONSUMED): $(PACKAGE)
	@rm -rf $(@D) && mkdir -p $(@D)
	@tar -xzf $(PACKAGE) -C $(@D) --strip-components=1
	@touch $@

$(PREVIEW): $(CONSUMED) settings.schema.json $(shell find samples -name '*.json') \
		$(wildcard tools/third-party*.mjs) $(shell find ui -type f) $(shell find preview -type f -not -path '*/node_modules/*' \
		-not -path '*/dist/*' -not -path '*/test/*')
	$(call say,Build the preview)
	@vite build preview --logLevel warn
	@touch $@

$(CONSOLE): $(CONSUMED) $(wildcard tools/third-party*.mjs) $(shell find ui -type f) \
		$(shell find console -type f -not -path '*/dist/*' -not -path '*/test/*')
	$(call say,Build the console)
	@vite build console --logLevel warn
	@touch $@

# Both pages are in one folder, which the Worker serves. They share a folder of assets, whose names
# have a hash of their content.
$(PAGES): $(PREVIEW) $(CONSOLE)
	@rm -rf $(@D) && cp -r preview/dist $(@D) && cp -r console/dist/. $(@D)
	@touch $@

$(RUST): rust-toolchain.toml
	$(call say,Install the Rust toolchain)
	@command -v rustup >/dev/null || { echo 'rustup is missing: https://rustup.rs'; exit 1; }
	@rustup toolchain install --no-self-update >/dev/null 2>&1 || rustup show active-toolchain
	@rustup --quiet target add wasm32-unknown-unknown
	@rustup --quiet component add rustfmt clippy
	@mkdir -p target && touch $@

$(NODE_MODULES): package.json package-lock.json
	$(call say,Install the JavaScript tools)
	@command -v npm >/dev/null || { echo 'Node.js 20 or later is missing: https://nodejs.org'; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

bindgen = @cargo build --quiet --locked --manifest-path tools/bindgen/Cargo.toml \
	--target-dir $(BINDGEN_TARGET)

$(BINDGEN): $(BINDGEN_SOURCES) | $(RUST)
	$(call say,Compile the wasm-bindgen tool)
	$(bindgen)
	@touch $@

$(TEST_RUNNER): $(BINDGEN_SOURCES) | $(RUST)
	$(call say,Compile the runner of the wasm tests)
	$(bindgen) --bin kochava-edge-test-runner --features test-runner
	@touch $@

$(DENO):
	$(call say,Install Deno 2.9.6)
	@npm install --no-audit --no-fund --loglevel=error --prefix $(CACHE)/deno-2.9.6 deno@2.9.6

# Not in package.json: it would take the place of the `node` that everything else runs with.
$(NEWEST_NODE):
	$(call say,Install Node.js 26.10.0 beside the other)
	@npm install --no-audit --no-fund --loglevel=error --prefix $(CACHE)/node-26.10.0 node@26.10.0

$(TSC_OLDEST):
	$(call say,Install TypeScript 5.7.3)
	@npm install --no-audit --no-fund --loglevel=error --prefix $(CACHE)/typescript-5.7.3 typescript@5.7.3

$(CARGO_FUZZ): | $(RUST)
	$(call say,Compile cargo-fuzz 0.13.2)
	@cargo install --quiet --debug --locked cargo-fuzz --version 0.13.2 --root $(dir $(@D))
