# The decisions.  Pure: see build-aux/check-purity.
noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES =
include policy/classify.mk
include policy/sched.mk
include policy/sweep.mk
include policy/replicas.mk
