# Unit tests of this folder.
include tests/unit/proxy/exchange.mk
include tests/unit/proxy/journal.mk
include tests/unit/proxy/wire.mk
include tests/unit/proxy/observe.mk
include tests/unit/proxy/replicas.mk
include tests/unit/proxy/sweep.mk
include tests/unit/proxy/simulate.mk
