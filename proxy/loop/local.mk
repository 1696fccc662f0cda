libproxy_a_SOURCES += proxy/loop/loop.h
