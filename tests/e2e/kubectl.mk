# kubectl through Fairway is kubectl; 77 (skipped) without one.
TESTS += tests/e2e/client-cert.sh tests/e2e/kubectl-same.sh \
	tests/e2e/test_kubectl_exec.py
EXTRA_DIST += \
	tests/e2e/apf-cluster.sh \
	tests/e2e/client-cert.sh \
	tests/e2e/kubectl-lib.sh \
	tests/e2e/kubectl-same.sh \
	tests/e2e/test_kubectl_exec.py

# The same with a real cluster, in two namespaces that go at the end:
#	make check-cluster KUBECONFIG=FILE [CONTEXT=NAME] [KUBECTL=PROGRAM]
# The user needs to create namespaces and what is in them, and for the objects
# of `fairway apf` to impersonate and to write those.  The other tests
# of this folder order faults from kubesim or read its memory.
check-cluster: fairway
	@test -n '$(KUBECONFIG)' || { \
		echo 'usage: make check-cluster KUBECONFIG=FILE [CONTEXT=NAME]'; \
		exit 2; }
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/e2e/kubectl-same.sh '$(KUBECONFIG)' $(CONTEXT)
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/e2e/apf-cluster.sh '$(KUBECONFIG)' $(CONTEXT)
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/clients/run.py --kubeconfig '$(KUBECONFIG)' \
		$(CONTEXT:%=--context %) $(CLIENTS_FLAGS)
