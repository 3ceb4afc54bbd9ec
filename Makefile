# Kith. Every target explains itself: make help.
# The longer scripts live in .ci/, so that this page can be read at a glance.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo build test lint bench soak fuzz fuzz-list shots clean

# The tests and the tools never touch the keychain of the person who runs them.
test lint bench soak fuzz shots demo: export KITH_KEYCHAIN = none

help: ## this page
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## start the window (installs what it misses, and lists it first)
	@bash .ci/window

demo: ## two made-up families arrange a sleepover, here in the terminal
	@CGO_ENABLED=0 go run ./cmd/kithctl demo

build: ## kith and kithctl into build/
	@bash .ci/need build
	@bash .ci/build

test: ## everything that must be green (20 to 25 minutes; installs what it misses)
	@bash .ci/need test
	@bash .ci/test

lint: ## format and lint, warnings are errors
	@bash .ci/lint

bench: ## the workloads of docs/benchmarks.md beside their limits
	@bash .ci/bench

soak: ## long properties and kills; SOAK=60m SEED=n; prints its plan and seed first
	@bash .ci/soak

fuzz: ## every decoder, one after another; TARGET=FuzzName for one; can be ended and taken up again
	@bash .ci/fuzz

fuzz-list: ## the names that TARGET= takes
	@bash .ci/fuzz list

shots: ## screenshots of every step of the window story, and one sheet with all of them
	@bash .ci/need test
	@bash .ci/shots

clean: ## what the other targets built; never a home with your data
	@rm -rf build docs/shots/run
