# SPDX-License-Identifier: Apache-2.0
# The front door; meson does the work. Everything a person runs starts here.

BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
SECONDS ?= 60
CONFIG  ?= config/turnpike.yaml
TEST    ?=
PYTHON  := /usr/bin/python3

.PHONY: all demo run test smoke interop fuzz bench bench-quick lint format install deb help deps clean

all: $(BUILD)/build.ninja ## build into ./build (the default)
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/deps build
	@meson setup $(BUILD) --prefix $(PREFIX) --buildtype debugoptimized

demo: all ## relay real traffic and a voice room between namespaces, show what happened
	@tools/deps build lab
	@tools/deps interop || echo "demo: without Chromium"
	@tools/demo

run: all ## run the relay in the foreground: make run CONFIG=FILE
	@$(BUILD)/app/turnpiked/turnpiked --config $(CONFIG)

test: ## everything that CI runs; ends with "N passed, N failed"
	@tools/test-run

smoke: all ## the black-box suite alone: make smoke TEST="-k relay"
	@tools/deps build lab
	@$(PYTHON) -m pytest -q -p no:cacheprovider tests/smoke $(TEST)

interop: all ## coturn's client and browsers against the relay
	@tools/deps build lab interop
	@$(PYTHON) -m pytest -q -p no:cacheprovider tests/interop $(TEST)

fuzz: ## each fuzzer for so long: make fuzz SECONDS=60
	@tools/fuzz $(SECONDS)

bench: all ## measure everything: table, out/bench/*.json, pictures
	@tests/bench/run

bench-quick: all ## the ratios alone, in some two minutes
	@tests/bench/run --quick

lint: ## layers, path, format, cppcheck, lengths
	@tools/deps build lint
	@tools/lint

format: ## clang-format every source in place
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: all ## make install DESTDIR=… PREFIX=/usr
	@meson configure $(BUILD) --prefix $(PREFIX) >/dev/null
	@DESTDIR=$(abspath $(DESTDIR)) meson install -C $(BUILD) --quiet

deb: ## build a Debian package into ./out
	@tools/deps build
	@tools/deb

deps: ## install the Debian packages that are missing
	@tools/deps

clean: ## remove what was built
	@rm -rf $(BUILD) build-asan build-tsan build-fuzz build-bench out

help: ## this list
	@awk -F ":.*## " "/^[a-z-]+:.*## / { printf \"  make %-12s %s\\n\", \$$1, \$$2 }" $(MAKEFILE_LIST)
