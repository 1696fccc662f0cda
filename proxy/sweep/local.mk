libproxy_a_SOURCES += \
	proxy/sweep/ask.c proxy/sweep/ask.h \
	proxy/sweep/client.c proxy/sweep/client.h \
	proxy/sweep/file.c proxy/sweep/file.h \
	proxy/sweep/find.c proxy/sweep/find.h \
	proxy/sweep/metrics.c proxy/sweep/metrics.h \
	proxy/sweep/progress.c proxy/sweep/progress.h \
	proxy/sweep/prove.c proxy/sweep/prove.h \
	proxy/sweep/recall.c proxy/sweep/recall.h \
	proxy/sweep/record.c proxy/sweep/record.h \
	proxy/sweep/remove.c proxy/sweep/remove.h \
	proxy/sweep/report.c proxy/sweep/report.h \
	proxy/sweep/restore.c proxy/sweep/restore.h \
	proxy/sweep/sweep.c proxy/sweep/sweep.h \
	proxy/sweep/target.c proxy/sweep/target.h \
	proxy/sweep/tell.c proxy/sweep/tell.h
