# Policy alone, in virtual time.
SIM_WORLD = \
	tests/sim/client.c \
	tests/sim/kinds.c tests/sim/kinds.h \
	tests/sim/tally.c tests/sim/tally.h \
	tests/sim/world.h

noinst_PROGRAMS += tests/sim/walk
tests_sim_walk_SOURCES = tests/sim/walk-main.c \
	tests/sim/oracle.c tests/sim/oracle.h \
	tests/sim/variation.c tests/sim/variation.h \
	tests/sim/walk.c tests/sim/walk.h
tests_sim_walk_LDADD = libpolicy.a libbase.a

# make walk STEPS=100000000
STEPS = 1000000
SEED = 1
.PHONY: walk
walk: tests/sim/walk
	tests/sim/walk $(STEPS) $(SEED)

noinst_PROGRAMS += tests/sim/sim
tests_sim_sim_SOURCES = $(SIM_WORLD) \
	tests/sim/argo.c tests/sim/argo.h \
	tests/sim/play.c tests/sim/play.h \
	tests/sim/report.c \
	tests/sim/sim-main.c \
	tests/sim/story.c tests/sim/story.h
tests_sim_sim_LDADD = libsim.a libpolicy.a libbase.a

STORIES = \
	tests/sim/stories/light-flow.story \
	tests/sim/stories/list-storm.story \
	tests/sim/stories/missed.story \
	tests/sim/stories/own-limiter.story \
	tests/sim/stories/seats-swing.story \
	tests/sim/stories/three-days.story \
	tests/sim/stories/tight-level.story

EXTRA_DIST += $(STORIES) tests/sim/sim-check.sh

TESTS += tests/sim/sim-check.sh

# The table of three days with bad days among them; STORY=... for another.
STORY = three-days
.PHONY: sim
sim: tests/sim/sim
	tests/sim/sim $(top_srcdir)/tests/sim/stories/$(STORY).story
