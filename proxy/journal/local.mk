libproxy_a_SOURCES += \
	proxy/journal/disk.c proxy/journal/disk.h \
	proxy/journal/intent.h \
	proxy/journal/journal.c proxy/journal/journal.h \
	proxy/journal/record.c proxy/journal/record.h \
	proxy/journal/recovery.c proxy/journal/recovery.h \
	proxy/journal/segment.c proxy/journal/segment.h \
	proxy/journal/writer.c proxy/journal/writer.h
