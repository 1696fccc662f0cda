# Unit tests of this folder.
include tests/unit/proxy/exchange.mk
