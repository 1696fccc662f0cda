# API servers in virtual time: what the simulator of tests/sim/ and
# `fairway simulate` stand on.
noinst_LIBRARIES += libsim.a
libsim_a_SOURCES = \
	sim/histogram.c sim/histogram.h \
	sim/server.c \
	sim/world.c sim/world.h sim/world_impl.h
