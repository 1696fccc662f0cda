# What becomes of removals when programs die and networks are cut.
CRASH_TESTS = tests/crash/test_partition.py
TESTS += $(CRASH_TESTS)
EXTRA_DIST += $(CRASH_TESTS) tests/crash/client.py tests/crash/crash.py \
	tests/crash/journal_file.py tests/crash/ledger.py \
	tests/crash/netns.py tests/crash/oracle.py tests/crash/world.py
