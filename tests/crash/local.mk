# What becomes of removals when programs die and networks are cut.
CRASH_TESTS = \
	tests/crash/crash.py \
	tests/crash/test_disk_faults.py \
	tests/crash/test_journal_files.py \
	tests/crash/test_partition.py \
	tests/crash/test_replays.py \
	tests/crash/test_replicas_cut.py
TESTS += $(CRASH_TESTS)
EXTRA_DIST += $(CRASH_TESTS) tests/crash/behind.py \
	tests/crash/client.py \
	tests/crash/cluster_outage.py \
	tests/crash/journal_file.py tests/crash/ledger.py \
	tests/crash/netns.py tests/crash/oracle.py tests/crash/story.py \
	tests/crash/world.py

# Many more of them than `make check` has time for, by another seed:
#	make check-crash CRASHES=10000 SEED=7 JOBS=6	# SEED as in tests/sim
CRASHES = 10000
JOBS = 4
check-crash: all
	$(AM_TESTS_ENVIRONMENT) CRASHES=$(CRASHES) SEED=$(SEED) JOBS=$(JOBS); \
		CRASH_SECONDS=inf; export CRASHES SEED JOBS CRASH_SECONDS; \
		 $(srcdir)/tests/crash/crash.py
.PHONY: check-crash

# A real API server and its etcd stand still for some seconds:
#	make check-cluster-outage KUBECONFIG=FILE APISERVER_PID=N ETCD_PID=N
check-cluster-outage: all
	$(AM_TESTS_ENVIRONMENT) KUBECONFIG='$(KUBECONFIG)' \
		APISERVER_PID='$(APISERVER_PID)' ETCD_PID='$(ETCD_PID)' \
		$(srcdir)/tests/crash/cluster_outage.py
.PHONY: check-cluster-outage
