libpolicy_a_SOURCES += \
	policy/policy.h \
	policy/request.h \
	policy/settings.h \
	policy/stats.h \
	policy/verdict.h
