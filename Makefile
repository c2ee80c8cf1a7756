# The work is done by the scripts in .make/; this file says which there are.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup run test unit integration browser shots pictures lighthouse reading bench bench-digest fmt clippy sqlx

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install what is missing for running and testing
	@.make/setup.sh test

run: ## Build the release and serve it with the demo practice on http://127.0.0.1:3000
	@.make/run.sh

test: ## Everything that must pass before a change lands, with the minutes of each step
	@.make/test.sh

unit: ## The tests beside the code
	@.make/cargo.sh test --locked --features ssr --lib --bins

integration: ## The whole application over a real Postgres; with the Python that make test made, other programs read what it writes
	@.make/cargo.sh test --locked --features ssr --test integration

browser: ## The browser tests against a fresh release build; ARGS='--project=phone journey' narrows them
	@.make/setup.sh test
	@.make/build.sh
	@.make/browser.sh $(ARGS)

shots: ## Every page as PNG in end2end/shots/, and contact.png with all of them
	@.make/setup.sh test
	@.make/build.sh
	@.make/browser.sh --config playwright.shots.config.ts

pictures: ## The pictures that are shown where somebody shares a page, drawn anew into public/pictures/
	@.make/setup.sh test
	@node end2end/share/draw.mjs

lighthouse: ## Lighthouse as a phone over one page of each kind; ARGS='/groups /' names others
	@.make/setup.sh test
	@.make/build.sh
	@.make/lighthouse.sh $(ARGS)

bench: ## How near the program comes to the limits of what it stands on; ARGS='--quick' shows that it runs, ARGS='--help' the rest
	@.make/bench.sh $(ARGS)

bench-digest: ## Mails to the weekly list beside a bare loop over the mail library
	@.make/bench.sh --only digest $(ARGS)

reading: ## How many years of school our texts ask for; ARGS='FILE …' measures these alone
	@.make/setup.sh test
	@.make/reading.sh $(ARGS)

fmt: ## Format the Rust code
	@.make/cargo.sh fmt

clippy: ## Lint both targets, warnings are errors
	@.make/clippy.sh server
	@.make/clippy.sh browser

sqlx: ## Write .sqlx anew from the migrations and the queries
	@.make/sqlx.sh write
