# `make help` lists the targets. A fresh machine needs Rust (with clippy and rustfmt), make and a C
# compiler. PostgreSQL with PostGIS, and NATS for the tests, are installed with apt if they are
# missing.
.DEFAULT_GOAL := help
.PHONY: help demo test conformance crash-test lint audit fuzz bench bench-plans bench-reverse bench-freshness bench-mixed market versus quality attack sqlx needs

CARGO ?= cargo
# Queries are checked against the results in .sqlx, so that a build needs no database.
SQLX_OFFLINE ?= true
export CARGO SQLX_OFFLINE

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

demo: needs ## Build, start a private Postgres, load 50,000 rooms and serve them on 127.0.0.1:8080
	@bash scripts/postgres configured
	$(CARGO) build --profile demo --no-default-features
	exec target/demo/roost demo

test: needs ## Run all checks and tests over a private Postgres, which is deleted at the end
	@bash scripts/test

conformance: needs ## Check the API of a node against its OpenAPI document with schemathesis, as each role
	@bash scripts/conformance $(ROLES)

crash-test: needs ## Break a node ROUNDS=200 times and compare it with Postgres each time; SEED= repeats a run
	@bash scripts/crash-test

lint: needs ## Format, then run the checks that need no database
	$(CARGO) fmt --all
	$(CARGO) clippy --workspace --all-targets -- -D warnings

audit: needs ## Check dependencies for licences, sources, advisories and use, the Rust version, and spelling
	@bash scripts/audit

fuzz: needs ## Fuzz the parsers, for SECONDS=60 each
	@bash scripts/fuzz $(or $(SECONDS),60)

bench: needs ## Time searches and writes over ROOMS= generated rooms, and update docs/performance.md
	DOCS=1 WRITES=1 $(CARGO) bench --bench percentiles

bench-plans: needs ## Compare every plan with the choice of the planner, and update docs/performance.md
	DOCS=1 PLANS=1 $(CARGO) bench --bench percentiles

bench-reverse: needs ## Time searches for the requests that rooms can serve, and for landlords: REQUESTS=100000 ROOMS=50000 SEGMENTS=4 QUERIES=1000
	$(CARGO) bench --bench reverse

bench-freshness: needs ## Time from commit to search: ROOMS=100000 RATES=0,500,2000 SECONDS=30 BACKLOG=200000
	@bash scripts/postgres
	$(CARGO) bench --bench freshness

bench-mixed: needs ## Time searches next to writes and sign-ins: SEARCHES=1000 PATCHES=300 LOGINS=50 SECONDS=15
	@bash scripts/postgres
	$(CARGO) bench --bench mixed

market: needs ## Simulate a market to compare rankings of feeds: SEEDS=3 ROUNDS=4 LANDLORDS=500 REQUESTS=2000
	$(CARGO) bench --bench market

sqlx: needs ## Check every query against a private Postgres, and store the results in .sqlx
	@bash scripts/sqlx

versus: needs ## Compare engine and API with SQL on PostGIS: ROOMS=100000 QUERIES=50 THROUGHPUT_SECONDS=10
	@bash scripts/postgres
	$(CARGO) bench --bench versus

quality: needs ## Measure how often misspelt queries find their room: SETS= LISTINGS= VENUES= QUERIES=300 MISSES=1
	@bash scripts/postgres
	@bash scripts/misspellings
	$(CARGO) bench --bench quality

attack: needs ## Attack a node with hostile clients for SECONDS=120: KINDS=idle,facets,... ROOMS=100000
	@bash scripts/postgres
	ulimit -n 8192 && $(CARGO) bench --bench attack

needs:
	@bash scripts/needs
