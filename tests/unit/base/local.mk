check_PROGRAMS += tests/unit/base/base-tests
TESTS += tests/unit/base/base-tests
tests_unit_base_base_tests_SOURCES = tests/unit/base/test_heap.c
tests_unit_base_base_tests_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_base_base_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_base_tests_LDADD = libbase.a $(CRITERION_LIBS)
