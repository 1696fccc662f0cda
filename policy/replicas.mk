libpolicy_a_SOURCES += \
	policy/replicas/demand.c policy/replicas/demand.h \
	policy/replicas/division.c policy/replicas/division.h \
	policy/replicas/peers.c policy/replicas/peers.h \
	policy/replicas/replica.c policy/replicas/replica.h \
	policy/replicas/stats.h
