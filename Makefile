# A thin front over tools/bootstrap, CMake and CTest: `make` lists what there is.

PREFIX ?= /usr/local
# Added when build/ is first configured: make build CONFIGURE_FLAGS=-DGRADUS_WERROR=ON
CONFIGURE_FLAGS ?=
# On a system without apt, once what tools/bootstrap lists is there: make run BOOTSTRAP=true
BOOTSTRAP ?= tools/bootstrap

# Tests and benchmarks are switched on in build/ when first asked for, and stay on: going back and forth between
# `make run` and `make test` configures and compiles nothing again.
switch_on = grep -q '^$(1):BOOL=ON' build/CMakeCache.txt || cmake build -D$(1)=ON

.PHONY: help run build test bench format check install clean

help:
	@echo 'make run      install what is missing, build, train a network on the built-in digits'
	@echo 'make build    the program only: build/gradus'
	@echo 'make test     build everything and run all tests'
	@echo 'make bench    build and run the benchmarks of the kernels'
	@echo 'make format   lay out the sources with clang-format'
	@echo 'make check    format, size, lint and fast tests: before each commit'
	@echo 'make install  program, library, headers and CMake package under PREFIX ($(PREFIX))'
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
	@cmake --build build
	@ctest --preset release

bench: build
	@$(BOOTSTRAP) bench
	@$(call switch_on,GRADUS_BENCH)
	@cmake --build build --target products_bench
	@build/bench/products_bench

format:
	@$(BOOTSTRAP) dev
	@tools/check --fix format

check: build
	@$(BOOTSTRAP) test dev
	@$(call switch_on,GRADUS_TESTS)
	@cmake --build build
	@tools/check

install: build
	@cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-sanitizers build-thread build-clang build-neon
