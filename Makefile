# A thin front over tools/bootstrap, CMake and CTest: `make` lists what there is.

PREFIX ?= /usr/local
# Added when build/ is first configured: make build CONFIGURE_FLAGS=-DGRADUS_WERROR=ON
CONFIGURE_FLAGS ?=
# On a system without apt, once what tools/bootstrap lists is there: make run BOOTSTRAP=true
BOOTSTRAP ?= tools/bootstrap

# Tests and benchmarks are switched on in build/ when first asked for, and stay on: going back and forth between
# `make run` and `make test` configures and compiles nothing again.
switch_on = grep -q '^$(1):BOOL=ON' build/CMakeCache.txt || cmake build -D$(1)=ON

# Of all targets of `make fuzz` together.
FUZZ_SECONDS ?= 60

.PHONY: help run build test slow fuzz bench rivals-env rivals docs format check install clean

help:
	@echo 'make run      install what is missing, build, train a network on the built-in digits'
	@echo 'make build    the program only: build/gradus'
	@echo 'make test     build everything and run all tests'
	@echo 'make slow     the arithmetic over every float and a million rows: half an hour'
	@echo 'make fuzz     libFuzzer on every reader, a minute in all; FUZZ_SECONDS=3600 for longer'
	@echo 'make bench    build and run the benchmarks of the kernels'
	@echo 'make rivals   gradus beside PyTorch, JAX, scikit-learn, NumPy and ONNX Runtime; wants make rivals-env first (6 GB)'
	@echo 'make docs     the reference of the public headers: build/docs/html/index.html'
	@echo 'make format   lay out the sources with clang-format'
	@echo 'make check    format, size, lint and fast tests: before each commit'
	@echo 'make install  program, libraries, headers, CMake and pkg-config packages under PREFIX ($(PREFIX))'
	@echo 'make clean    remove the build folders'

run: build
	@build/gradus train digits

build:
	@$(BOOTSTRAP) build
	@test -f build/build.ninja || cmake --preset release -DGRADUS_TESTS=OFF $(CONFIGURE_FLAGS)
	@cmake --build build --target gradus_cli

test: build
	@$(BOOTSTRAP) test
	@$(call switch_on,GRADUS_TESTS)
	@tools/python-env build/python-env && { $(call switch_on,GRADUS_PYTHON); } || test $$? -eq 77
	@cmake --build build
	@ctest --preset release

slow: build
	@$(BOOTSTRAP) test
	@$(call switch_on,GRADUS_TESTS)
	@cmake --build build --target functions_slow_test softmax_slow_test
	@ctest --test-dir build --label-regex exhaustive --verbose

fuzz:
	@$(BOOTSTRAP) build test dev
	@cmake --preset debug-sanitizers
	@cmake --build --preset fuzz
	@python3 tests/fuzz/run.py --build build-sanitizers --total $(FUZZ_SECONDS)

bench: build
	@$(BOOTSTRAP) bench
	@$(call switch_on,GRADUS_BENCH)
	@cmake --build build --target products_bench
	@build/bench/products_bench

rivals-env:
	@bench/rivals/install build/rivals-env

# RIVALS_FLAGS: what bench/rivals/compare.py --help lists.
rivals: build
	@test -d build/rivals-env || { echo 'make rivals: no build/rivals-env; make rivals-env installs the rivals' >&2; exit 1; }
	@build/rivals-env/bin/python bench/rivals/compare.py --json build/rivals.json --svg build/rivals.svg $(RIVALS_FLAGS)

docs:
	@$(BOOTSTRAP) docs
	@tools/reference

format:
	@$(BOOTSTRAP) dev
	@tools/check --fix format

check: build
	@$(BOOTSTRAP) test dev
	@$(call switch_on,GRADUS_TESTS)
	@cmake --build build
	@tools/check

install: build
	@cmake --build build --target gradus_shared
	@cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-sanitizers build-thread build-clang build-neon
