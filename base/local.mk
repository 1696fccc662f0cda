noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/alloc.c base/alloc.h \
	base/buf.c base/buf.h \
	base/check.c base/check.h \
	base/control.h \
	base/crc32c.c base/crc32c.h \
	base/endian.h \
	base/err.c base/err.h \
	base/hash.c base/hash.h \
	base/heap.c base/heap.h \
	base/json.c base/json.h \
	base/json_quote.c base/json_quote.h \
	base/list.c base/list.h \
	base/map.c base/map.h \
	base/rng.c base/rng.h \
	base/span.c base/span.h \
	base/timestamp.c base/timestamp.h \
	base/units.c base/units.h \
	base/util.h
