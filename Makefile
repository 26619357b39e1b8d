# The two commands a newcomer needs are `make lab` and `make test`; `make help` lists all.

SHELL := /bin/sh
PALISADE := npx --no-install palisade
STACK ?= dev
RUN_TESTS := node --import tsx --test --test-reporter=./test/support/reporter.mjs
LAB_TESTS = $(sort $(wildcard test/lab/*.test.ts))
UNIT_TESTS = $(filter-out $(LAB_TESTS),$(sort $(wildcard test/*/*.test.ts)))

.PHONY: help install engine lab lab-down lint format test test-unit test-lab test-changes test-runbook test-regions test-rotation test-all test-faults figures browser picture graph bench-compile bench-preview bench-push bench-mesh

help: ## What can be done here
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 16

node_modules/.installed: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

install: node_modules/.installed ## Install what the lab and the tests need (Debian or Ubuntu, root)
	sh lab/install.sh

engine: install ## Find Pulumi's engine, or fetch or build it, once
	node --import tsx lab/pulumi/prepare.ts

lab: install ## Boot the dev stack's hosts, deploy its config to them and prove the result
	$(PALISADE) lab up --stack $(STACK)
	$(PALISADE) lab verify --stack $(STACK)

lab-down: node_modules/.installed ## Take the lab down
	$(PALISADE) lab down --all

lint: install ## Types, eslint with Pulumi's rules, formatting, shellcheck, JSON Schema of the policy
	npx tsc --noEmit
	npx tsc --noEmit -p map/page/client
	npx eslint --max-warnings 0 .
	npx prettier --check --log-level warn .
	shellcheck -s sh host/palisade-host $$(git ls-files '*.sh')
	$(PALISADE) check

format: node_modules/.installed ## Rewrite every file as the formatter wants it
	npx prettier --write --log-level warn .

# First what runs side by side, then the lab, which has the machine to itself. The last line counts both.
test: lint browser engine ## Everything that must hold, the lab included
	@tally=$$(mktemp -d)/tally; status=0; \
	PALISADE_TALLY=$$tally $(RUN_TESTS) --test-concurrency=2 $(UNIT_TESTS) || status=1; \
	PALISADE_TALLY=$$tally $(RUN_TESTS) --test-concurrency=1 $(LAB_TESTS) || status=1; \
	exit $$status

browser: ## Install the browser and the sshd that tests use
	sh test/support/install.sh

picture: node_modules/.installed browser ## Take the picture of the map that the README shows
	PALISADE_PICTURE=docs/flows.png $(RUN_TESTS) test/map/page.test.ts

graph: node_modules/.installed ## Rewrite the lists of what each stack creates, in README.md and test/components/graph
	PALISADE_WRITE_GRAPH=1 $(RUN_TESTS) test/components/graph.test.ts

test-faults: engine ## Play all faults in the lab (half an hour), and write what was measured into the docs
	PALISADE_FAULTS=all PALISADE_FAULTS_FILE=docs/faults.json $(RUN_TESTS) test/lab/faults.test.ts
	$(MAKE) --no-print-directory figures

figures: node_modules/.installed ## Write what docs/faults.json has into the docs
	node --import tsx test/docs/support/figures.ts

test-unit: engine ## The tests that need neither root nor the lab
	$(RUN_TESTS) $(UNIT_TESTS)

test-lab: engine ## The tests on real hosts
	$(RUN_TESTS) --test-concurrency=1 $(LAB_TESTS)

test-changes: engine ## Hosts added, taken away, down and changed by hand, in a lab (6 minutes)
	PALISADE_LONG=changes $(RUN_TESTS) test/lab/changes.test.ts

test-runbook: engine ## Type every command of docs/operations.md into a lab (7 minutes)
	PALISADE_LONG=runbook $(RUN_TESTS) test/lab/operations.test.ts

test-regions: engine ## Regions side by side, added, down and removed, in a lab (7 minutes)
	PALISADE_LONG=regions $(RUN_TESTS) test/lab/regions.test.ts

test-rotation: engine ## Exchange every key and secret of a lab while a download runs (4 minutes)
	PALISADE_LONG=rotation $(RUN_TESTS) test/lab/rotation.test.ts

test-all: test test-changes test-regions test-rotation test-runbook test-faults ## All there is: an hour and a half

bench-compile: node_modules/.installed ## How long all facets of 1,000 and 10,000 hosts take, beside Aerleon's iptables
	npm run --silent bench:compile

bench-preview: engine ## What a preview and an update cost by the number of hosts
	npm run --silent bench:preview

bench-push: engine ## How long a deploy takes, beside Ansible's of the same to the same hosts of a lab
	npm run --silent bench:push

bench-mesh: engine ## What ESP and IPComp cost between two hosts of a lab
	npm run --silent bench:mesh
