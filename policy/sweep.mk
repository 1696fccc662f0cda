libpolicy_a_SOURCES += \
	policy/sweep/discovery.c policy/sweep/discovery.h \
	policy/sweep/document.c policy/sweep/document.h \
	policy/sweep/list.c policy/sweep/list.h \
	policy/sweep/memory.c policy/sweep/memory.h \
	policy/sweep/object.c policy/sweep/object.h \
	policy/sweep/patch.c policy/sweep/patch.h \
	policy/sweep/plan.c policy/sweep/plan.h \
	policy/sweep/proof.c policy/sweep/proof.h \
	policy/sweep/rule.c policy/sweep/rule.h
