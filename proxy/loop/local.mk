libproxy_a_SOURCES += proxy/loop/loop.c proxy/loop/loop.h
