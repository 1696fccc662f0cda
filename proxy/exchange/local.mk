libproxy_a_SOURCES +=
