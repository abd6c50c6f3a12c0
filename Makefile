# `make help` lists what is here. A fresh machine needs Rust (with clippy and rustfmt), make and a C
# compiler; PostgreSQL with PostGIS, and NATS for tests, are found, or installed where the system has apt.
.DEFAULT_GOAL := help
.PHONY: help demo test crash-test lint audit fuzz bench bench-plans bench-freshness versus quality sqlx needs

CARGO ?= cargo
# Queries are checked against the answers kept in .sqlx, so that a build needs no database.
SQLX_OFFLINE ?= true
export CARGO SQLX_OFFLINE

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

demo: needs ## Build, start a private Postgres, load 50,000 rooms and serve them on 127.0.0.1:8080
	$(CARGO) build --release
	exec target/release/roost demo

test: needs ## Run every check and test against a private Postgres, which is deleted at the end
	@bash scripts/test

crash-test: needs ## Break a node in ROUNDS=200 ways and compare it with Postgres each time: SEED= repeats a run
	@bash scripts/crash-test

lint: needs ## Format, then run the checks that need no database
	$(CARGO) fmt --all
	$(CARGO) clippy --workspace --all-targets -- -D warnings

audit: needs ## Check licences, sources and advisories of dependencies, unused ones, and spelling
	@bash scripts/audit

fuzz: needs ## Give the parsers texts that nobody thought of: SECONDS=60 for each
	@bash scripts/fuzz $(or $(SECONDS),60)

bench: needs ## Time searches and writes over ROOMS= generated rooms, and fill docs/performance.md
	DOCS=1 WRITES=1 $(CARGO) bench --bench percentiles

bench-plans: needs ## Time every plan against the choice of the planner, and fill docs/performance.md
	DOCS=1 PLANS=1 $(CARGO) bench --bench percentiles

bench-freshness: needs ## Time commits until searches show them: ROOMS=100000 RATES=0,500,2000 SECONDS=30 BACKLOG=200000
	$(CARGO) bench --bench freshness

sqlx: needs ## Ask a private Postgres about every query in the code, and keep its answers in .sqlx
	@bash scripts/sqlx

versus: needs ## Compare engine and API with SQL on PostGIS: ROOMS=100000 QUERIES=50 THROUGHPUT_SECONDS=10
	$(CARGO) bench --bench versus

quality: needs ## See whether rooms are found however people type: LISTINGS= VENUES= QUERIES=300 MISSES=1
	@bash scripts/misspellings
	$(CARGO) bench --bench quality

needs:
	@bash scripts/needs
