# One Criterion program for base/.
check_PROGRAMS += tests/unit/base/base-tests
TESTS += tests/unit/base/base-tests
tests_unit_base_base_tests_SOURCES = \
	tests/unit/base/test_buf.c \
	tests/unit/base/test_control.c \
	tests/unit/base/test_err.c \
	tests/unit/base/test_hash.c \
	tests/unit/base/test_heap.c \
	tests/unit/base/test_list.c \
	tests/unit/base/test_map.c \
	tests/unit/base/test_rng.c \
	tests/unit/base/test_span.c \
	tests/unit/base/test_timestamp.c \
	tests/unit/base/test_units.c \
	tests/unit/base/test_util.c
tests_unit_base_base_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_base_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_base_tests_LDADD = libbase.a $(CRITERION_LIBS)
