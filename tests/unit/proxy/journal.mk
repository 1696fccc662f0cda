# Unit tests of proxy/journal/, on a disk in memory that fails.
check_PROGRAMS += tests/unit/proxy/journal-tests
TESTS += tests/unit/proxy/journal-tests
tests_unit_proxy_journal_tests_SOURCES = \
	tests/unit/proxy/journal/fake_disk.c \
	tests/unit/proxy/journal/fake_disk.h \
	tests/unit/proxy/journal/test_disk.c \
	tests/unit/proxy/journal/test_journal.c \
	tests/unit/proxy/journal/test_record.c \
	tests/unit/proxy/journal/test_segment.c \
	tests/unit/proxy/journal/test_writer.c
tests_unit_proxy_journal_tests_CPPFLAGS = $(UNIT_CPPFLAGS) $(LIBEVENT_CFLAGS) \
	$(OPENSSL_CFLAGS)
tests_unit_proxy_journal_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_proxy_journal_tests_LDADD = libproxy.a libconf.a libbase.a \
	$(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(CRITERION_LIBS)
