libproxy_a_SOURCES += \
	proxy/observe/act.c proxy/observe/act.h \
	proxy/observe/access_log.c proxy/observe/access_log.h \
	proxy/observe/admin_http.c proxy/observe/admin_http.h \
	proxy/observe/admin_socket.c proxy/observe/admin_socket.h \
	proxy/observe/audit.c proxy/observe/audit.h \
	proxy/observe/audit_event.c proxy/observe/audit_event.h \
	proxy/observe/audit_file.c proxy/observe/audit_file.h \
	proxy/observe/audit_sink.c proxy/observe/audit_sink.h \
	proxy/observe/configuration_json.c \
	proxy/observe/checks.c proxy/observe/checks.h \
	proxy/observe/flows_table.c \
	proxy/observe/history.c proxy/observe/history.h \
	proxy/observe/journal.h \
	proxy/observe/journal_json.c \
	proxy/observe/journal_table.c \
	proxy/observe/log.c proxy/observe/log.h \
	proxy/observe/log_pace.c proxy/observe/log_pace.h \
	proxy/observe/metrics.c proxy/observe/metrics.h \
	proxy/observe/metrics_audit.c \
	proxy/observe/metrics_format.c \
	proxy/observe/metrics_identity.c \
	proxy/observe/metrics_impl.h \
	proxy/observe/metrics_lanes.c \
	proxy/observe/metrics_line.c \
	proxy/observe/metrics_reload.c \
	proxy/observe/metrics_removals.c \
	proxy/observe/metrics_replicas.c \
	proxy/observe/metrics_upstream.c \
	proxy/observe/metrics_write.c \
	proxy/observe/page.c proxy/observe/page.h \
	proxy/observe/process_stats.c proxy/observe/process_stats.h \
	proxy/observe/requests.h proxy/observe/requests_json.c \
	proxy/observe/status.h \
	proxy/observe/status_json.c proxy/observe/status_table.c \
	proxy/observe/stuck.h \
	proxy/observe/stuck_json.c proxy/observe/stuck_table.c \
	proxy/observe/table.c proxy/observe/table.h \
	proxy/observe/view.c proxy/observe/view.h

# The files of the live page, as arrays of the program's.
PAGE_FILES = \
	$(srcdir)/proxy/observe/page/page.html \
	$(srcdir)/proxy/observe/page/page.css \
	$(srcdir)/proxy/observe/page/page.js
EXTRA_DIST += \
	proxy/observe/page/page.html \
	proxy/observe/page/page.css \
	proxy/observe/page/page.js
CLEANFILES += proxy/observe/page_files.inc

proxy/observe/page_files.inc: $(PAGE_FILES)
	$(AM_V_GEN)mkdir -p proxy/observe && \
	for file in $(PAGE_FILES); do \
		name=$$(basename $$file | tr a-z. A-Z_) && \
		echo "static const unsigned char $$name[] = {" && \
		od -An -v -tu1 $$file | sed 's/[0-9][0-9]*/&,/g' && \
		echo "};" || exit 1; \
	done >$@.new && mv $@.new $@

proxy/observe/libproxy_a-page.$(OBJEXT): proxy/observe/page_files.inc
