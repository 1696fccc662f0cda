libpolicy_a_SOURCES += \
	policy/class.h \
	policy/classify.h
