libproxy_a_SOURCES += \
	proxy/observe/act.c proxy/observe/act.h \
	proxy/observe/access_log.c proxy/observe/access_log.h \
	proxy/observe/admin_http.c proxy/observe/admin_http.h \
	proxy/observe/admin_socket.c proxy/observe/admin_socket.h \
	proxy/observe/checks.c proxy/observe/checks.h \
	proxy/observe/flows_table.c \
	proxy/observe/journal.h \
	proxy/observe/journal_json.c \
	proxy/observe/journal_table.c \
	proxy/observe/log.c proxy/observe/log.h \
	proxy/observe/metrics.c proxy/observe/metrics.h \
	proxy/observe/metrics_impl.h proxy/observe/metrics_reload.c \
	proxy/observe/metrics_write.c \
	proxy/observe/process_stats.c proxy/observe/process_stats.h \
	proxy/observe/requests.h proxy/observe/requests_json.c \
	proxy/observe/status.h \
	proxy/observe/status_json.c proxy/observe/status_table.c \
	proxy/observe/stuck.h \
	proxy/observe/stuck_json.c proxy/observe/stuck_table.c \
	proxy/observe/table.c proxy/observe/table.h \
	proxy/observe/view.c proxy/observe/view.h
