# What becomes of removals when programs die and networks are cut.
CRASH_TESTS = tests/crash/test_partition.py
TESTS += $(CRASH_TESTS)
EXTRA_DIST += $(CRASH_TESTS) tests/crash/client.py \
	tests/crash/cluster_outage.py tests/crash/crash.py \
	tests/crash/journal_file.py tests/crash/ledger.py \
	tests/crash/netns.py tests/crash/oracle.py tests/crash/story.py \
	tests/crash/world.py

# A real API server and its etcd stand still for some seconds:
#	make check-cluster-outage KUBECONFIG=FILE APISERVER_PID=N ETCD_PID=N
check-cluster-outage: all
	$(AM_TESTS_ENVIRONMENT) KUBECONFIG='$(KUBECONFIG)' \
		APISERVER_PID='$(APISERVER_PID)' ETCD_PID='$(ETCD_PID)' \
		$(srcdir)/tests/crash/cluster_outage.py
.PHONY: check-cluster-outage
