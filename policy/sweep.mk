libpolicy_a_SOURCES += \
	policy/sweep/list.c policy/sweep/list.h \
	policy/sweep/plan.c policy/sweep/plan.h \
	policy/sweep/pod.c policy/sweep/pod.h \
	policy/sweep/proof.c policy/sweep/proof.h
