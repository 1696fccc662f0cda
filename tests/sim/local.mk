# Policy alone, in virtual time.
SIM_WORLD = \
	tests/sim/client.c \
	tests/sim/kinds.c tests/sim/kinds.h \
	tests/sim/server.c \
	tests/sim/tally.c tests/sim/tally.h \
	tests/sim/world.c tests/sim/world.h tests/sim/world_impl.h

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
