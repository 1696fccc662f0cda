libproxy_a_SOURCES += \
	proxy/sweep/ask.c proxy/sweep/ask.h \
	proxy/sweep/client.c proxy/sweep/client.h \
	proxy/sweep/report.c proxy/sweep/report.h \
	proxy/sweep/sweep.c proxy/sweep/sweep.h
