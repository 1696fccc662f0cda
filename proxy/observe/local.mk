libproxy_a_SOURCES += \
	proxy/observe/log.c proxy/observe/log.h \
	proxy/observe/metrics.c proxy/observe/metrics.h \
	proxy/observe/metrics_impl.h proxy/observe/metrics_write.c \
	proxy/observe/process_stats.c proxy/observe/process_stats.h \
	proxy/observe/view.h
