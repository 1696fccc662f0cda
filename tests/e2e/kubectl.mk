# kubectl through Fairway is kubectl; 77 (skipped) without one.
TESTS += tests/e2e/client-cert.sh tests/e2e/kubectl-same.sh \
	tests/e2e/test_kubectl_exec.py
EXTRA_DIST += \
	tests/e2e/apf-cluster.sh \
	tests/e2e/check_cluster.py \
	tests/e2e/client-cert.sh \
	tests/e2e/kubectl-lib.sh \
	tests/e2e/kubectl-same.sh \
	tests/e2e/sweep_cluster.py \
	tests/e2e/test_kubectl_exec.py

# All that can be shown on a real cluster; what it makes goes at the end:
#	make check-cluster KUBECONFIG=FILE [CONTEXT=NAME] [KUBECTL=PROGRAM]
#		[KCM=PROGRAM] [KUBELET_STUB=no] [CLUSTER_FLAGS='--only STEP']
#		[APISERVER_PID=N]
# The user needs to create namespaces and what is in them, and for the objects
# of `fairway apf` to impersonate and to write those, for docs/deploy/ to write
# what is there, in a dry run.  The other tests
# of this folder order faults from kubesim or read its memory.
check-cluster: fairway
	@test -n '$(KUBECONFIG)' || { \
		echo 'usage: make check-cluster KUBECONFIG=FILE [CONTEXT=NAME]'; \
		exit 2; }
	@$(AM_TESTS_ENVIRONMENT) \
		KUBECTL='$(KUBECTL)'; KCM='$(KCM)'; \
		KUBELET_STUB='$(KUBELET_STUB)'; \
		CLIENTS_FLAGS='$(CLIENTS_FLAGS)'; \
		APISERVER_PID='$(APISERVER_PID)'; \
		export KUBECTL KCM KUBELET_STUB CLIENTS_FLAGS APISERVER_PID; \
		$(srcdir)/tests/e2e/check_cluster.py '$(KUBECONFIG)' $(CONTEXT) \
		$(CLUSTER_FLAGS)
