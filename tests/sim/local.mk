# Policy alone, in virtual time.
noinst_PROGRAMS += tests/sim/walk
tests_sim_walk_SOURCES = tests/sim/walk-main.c \
	tests/sim/oracle.c tests/sim/oracle.h \
	tests/sim/walk.c tests/sim/walk.h
tests_sim_walk_LDADD = libpolicy.a libbase.a

# make walk STEPS=100000000
STEPS = 1000000
SEED = 1
.PHONY: walk
walk: tests/sim/walk
	tests/sim/walk $(STEPS) $(SEED)
