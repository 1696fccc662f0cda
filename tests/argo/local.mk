# The real workflow-controller of Argo on a real API server, with Fairway and
# without; docs/argo.md says what comes out:
#	make check-argo KUBECONFIG=FILE ARGO=PROGRAM [APISERVER_PID=N]
#		[ARGO_CRDS=DIR] [ARGO_FLAGS='--workflows 5 --no-faults']
TESTS += tests/argo/test_figures.py
EXTRA_DIST += tests/argo/api.py tests/argo/argo.py tests/argo/containers.py \
	tests/argo/figures.py tests/argo/observers.py tests/argo/story.py \
	tests/argo/test_figures.py tests/argo/world.py

check-argo: fairway
	@test -n "$(KUBECONFIG)" && test -n "$(ARGO)" || { \
		echo "usage: make check-argo KUBECONFIG=FILE ARGO=PROGRAM"; \
		exit 2; }
	$(AM_TESTS_ENVIRONMENT) pid='$(APISERVER_PID)'; crds='$(ARGO_CRDS)'; \
		$(srcdir)/tests/argo/argo.py \
		--kubeconfig '$(KUBECONFIG)' --controller '$(ARGO)' \
		$${pid:+--apiserver-pid "$$pid"} \
		$${crds:+--crds "$$crds"} $(ARGO_FLAGS)
.PHONY: check-argo
