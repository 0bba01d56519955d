# The two that matter: `make run` and `make test`.
MVN ?= mvn
MVN_FLAGS ?= $(if $(CI),-B -ntp,)

# Reports of earlier runs would be added up with those of this one.
FORGET = find . -path '*/target/*-reports/TEST-*.xml' -delete
SUM_UP = code=$$?; python3 .ci/summary.py || exit 1; exit $$code

.PHONY: run build test unit soak guards format bench jbang verify-infra verify-terraform clean

run: build ## Build, then the whole pipeline over a demo shop; Ctrl-C ends it.
	./wal-cdc up --demo

build: ## Everything that ./wal-cdc needs.
	$(MVN) $(MVN_FLAGS) -DskipTests package

test: ## Unit, component, route and system tests, on real servers.
	guards/run --check && $(FORGET) && $(MVN) $(MVN_FLAGS) -T 2 -fae verify; $(SUM_UP)

unit: ## Only what needs no server.
	guards/run --check && $(FORGET) && $(MVN) $(MVN_FLAGS) -fae -DskipITs -Dexec.skip verify; $(SUM_UP)

MINUTES ?= 45
soak: ## Random faults under random load for MINUTES (45), with fresh seeds; the report is systemtest/target/soak-report.txt.
	$(MVN) $(MVN_FLAGS) -pl systemtest -am -Dtest=None -Dit.test=Soak -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dfailsafe.failIfNoSpecifiedTests=false -Dit.jvm= -Dsoak.minutes=$(MINUTES) $(if $(SEED),-Dsoak.seed=$(SEED)) verify

guards: ## Takes out the code behind each guarantee, one piece at a time; GUARDS="NAME..." for some.
	guards/run $(GUARDS)

bench: ## Measures each stage, beside Debezium Server; see bench/README.md.
	$(MVN) $(MVN_FLAGS) -Pbench,debezium-server -DskipTests package
	bench/run $(BENCH)

jbang: ## The same routes by Camel's own command line: made-up events into the servers of `wal-cdc up --servers-only`.
	$(MVN) $(MVN_FLAGS) -Pjbang -DskipTests package
	jbang/run

verify-infra: ## Checks what Argo CD deploys without a cluster; see infra/verify/README.md.
	infra/verify/run

verify-terraform: ## Checks infra/terraform without an account; see its README.md.
	infra/terraform/verify/run

format: ## Formats all Java sources.
	$(MVN) $(MVN_FLAGS) spotless:apply

clean: ## Removes what was built; data in .wal-cdc and servers in .servers stay.
	$(MVN) $(MVN_FLAGS) clean
