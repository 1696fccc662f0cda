libproxy_a_SOURCES += \
	proxy/loop/bell.c proxy/loop/bell.h \
	proxy/loop/file_watch.c proxy/loop/file_watch.h \
	proxy/loop/loop.c proxy/loop/loop.h \
	proxy/loop/path_walk.c proxy/loop/path_walk.h \
	proxy/loop/resolver.c proxy/loop/resolver.h \
	proxy/loop/unix_socket.c proxy/loop/unix_socket.h
