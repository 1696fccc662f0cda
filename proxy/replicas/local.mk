libproxy_a_SOURCES += \
	proxy/replicas/lease.c proxy/replicas/lease.h \
	proxy/replicas/replicas.c proxy/replicas/replicas.h \
	proxy/replicas/view.h
