# What this folder adds to the build.
include tests/e2e/quickstart.mk
include tests/e2e/wire.mk
include tests/e2e/observe.mk
include tests/e2e/cli.mk
include tests/e2e/kubectl.mk
include tests/e2e/exchange.mk
include tests/e2e/monitoring.mk
include tests/e2e/deploy.mk
