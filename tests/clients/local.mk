# Official clients do the same directly and through Fairway.  Needs Go, node,
# npm, python3-venv, Maven and a JDK; what is missing is skipped, with the
# reason:
#	make check-clients [CLIENTS_FLAGS='--only go --require go']
# `make check-cluster` does it with a real cluster; see docs/clients.md.
.PHONY: check-clients

EXTRA_DIST += \
	tests/clients/go.mod \
	tests/clients/go.sum \
	tests/clients/go/errors.go \
	tests/clients/go/finalizers.go \
	tests/clients/go/main.go \
	tests/clients/go/objects.go \
	tests/clients/go/streams.go \
	tests/clients/go/transcript.go \
	tests/clients/go/watch.go \
	tests/clients/informer.py \
	tests/clients/informer/main.go \
	tests/clients/install.py \
	tests/clients/java/Main.java \
	tests/clients/java/Objects.java \
	tests/clients/java/Pods.java \
	tests/clients/java/Relay.java \
	tests/clients/java/Transcript.java \
	tests/clients/java/Watches.java \
	tests/clients/java/pom.xml \
	tests/clients/javascript/client.mjs \
	tests/clients/javascript/package-lock.json \
	tests/clients/javascript/package.json \
	tests/clients/kcm.sh \
	tests/clients/kubectl/main.go \
	tests/clients/kubelet-stub/echo.go \
	tests/clients/kubelet-stub/main.go \
	tests/clients/pod-stub/ledger.go \
	tests/clients/pod-stub/life.go \
	tests/clients/pod-stub/main.go \
	tests/clients/python/client.py \
	tests/clients/python/requirements.txt \
	tests/clients/run.py \
	tests/clients/test_informer.py

# The same behind a Fairway that has a client certificate, and hands out one:
# not each language can read each kind of key.
CERTIFICATE_FLAGS = --context argo-cert --direct-context argo \
	--only java --only javascript --only python

check-clients: fairway tests/kubesim/kubesim
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/clients/run.py $(CLIENTS_FLAGS)
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/clients/run.py $(CERTIFICATE_FLAGS) || \
		test $$? = 77
	@$(AM_TESTS_ENVIRONMENT) \
		$(srcdir)/tests/clients/test_informer.py || test $$? = 77
