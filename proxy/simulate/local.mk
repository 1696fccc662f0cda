libproxy_a_SOURCES += \
	proxy/simulate/access_line.c proxy/simulate/access_line.h \
	proxy/simulate/audit_line.c proxy/simulate/audit_line.h \
	proxy/simulate/fields.c proxy/simulate/fields.h \
	proxy/simulate/recording.c proxy/simulate/recording.h \
	proxy/simulate/rehearsal.c proxy/simulate/rehearsal.h \
	proxy/simulate/rehearsal_write.c
