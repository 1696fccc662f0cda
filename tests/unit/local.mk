# Unit tests: one Criterion program for each folder of the tree.

UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CRITERION_CFLAGS)
# Criterion's macros do not keep to our warnings, and gcc does not know that
# a failed assertion ends the test.
UNIT_CFLAGS = $(AM_CFLAGS) -Wno-pedantic -Wno-missing-prototypes \
	-Wno-cast-qual -Wno-unused-parameter -Wno-null-dereference

if HAVE_CRITERION
include tests/unit/base/local.mk
include tests/unit/classify/local.mk
include tests/unit/policy/local.mk
include tests/unit/replicas/local.mk
include tests/unit/sweep/local.mk
include tests/unit/conf/local.mk
include tests/unit/proxy/local.mk
include tests/unit/kubesim/local.mk
endif
