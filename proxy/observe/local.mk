libproxy_a_SOURCES += \
	proxy/observe/log.c proxy/observe/log.h
