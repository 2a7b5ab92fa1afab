# Each target makes sure of the npm packages and starts a program of dev/ with the Node that they bring.

CLUSTER ?= demo
node := node_modules/.bin/node
installed := node_modules/.package-lock-installed.json

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help packages demo down dev test check bench soak crds image clean-cache

help: ## list the targets
	@echo 'make <target> [CLUSTER=$(CLUSTER)]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	  printf '  %-13s %s\n' "$$name" "$$text"; done

demo: packages ## start a real cluster, the operator and two example tenants
	@$(node) dev/demo/main.ts --name $(CLUSTER)

down: packages ## remove the cluster with everything but the cache
	@$(node) dev/cluster/main.ts down --name $(CLUSTER)

dev: packages ## run the operator from the sources against the running cluster, restarting it on each change
	@$(node) dev/operator.ts --name $(CLUSTER)

test: packages ## run all tests: unit, architecture, chart, integration, e2e
	@$(node) dev/test.ts

check: packages ## types, lint, format, import directions, generated files
	@$(node) dev/check.ts

bench: packages ## what the operator costs, next to the limit and its peers; ARGS='--tenants 100,300,1000 --markdown FILE'
	@$(node) bench/main.ts $(ARGS)

soak: packages ## kill the operator everywhere and at random; ARGS='--minutes 60 --seed N'
	@$(node) test/crash/soak.ts $(ARGS)

crds: packages ## write deploy/crds/ from the schemas in src/crds/
	@$(node) dev/crds.ts

image: packages ## build the images of the operator and the example application
	@$(node) dev/cluster/images/main.ts build operator app

clean-cache: packages ## remove the programs and images in the user's cache folder
	@$(node) dev/cluster/main.ts clean-cache

# The copy of the lock file says what was installed; npm brings Node itself, so this needs any Node and npm 10 or newer.
packages:
	@cmp -s package-lock.json $(installed) || { \
	  command -v npm > /dev/null || { echo 'npm is missing: install Node.js 20 or newer, https://nodejs.org' >&2; exit 1; }; \
	  echo '… install npm packages'; since=$$(date +%s); \
	  npm ci --no-audit --no-fund --no-update-notifier --loglevel=error > /dev/null && cp package-lock.json $(installed) && \
	  echo "✓ install npm packages $$(( $$(date +%s) - since )) s"; }
