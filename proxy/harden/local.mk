libproxy_a_SOURCES += \
	proxy/harden/file_access.c proxy/harden/file_access.h \
	proxy/harden/system_calls.c proxy/harden/system_calls.h
