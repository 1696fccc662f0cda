# API servers in virtual time: what the simulator of tests/sim/ and
# `fairway simulate` stand on.
noinst_LIBRARIES += libsim.a
libsim_a_SOURCES = \
	policy/world/histogram.c policy/world/histogram.h \
	policy/world/server.c \
	policy/world/world.c policy/world/world.h policy/world/world_impl.h
