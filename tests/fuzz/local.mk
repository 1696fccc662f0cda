# What this folder adds to the build.
include tests/fuzz/conf.mk
include tests/fuzz/classify.mk
include tests/fuzz/policy.mk
include tests/fuzz/exchange.mk
include tests/fuzz/wire.mk
include tests/fuzz/journal.mk
include tests/fuzz/replay.mk
