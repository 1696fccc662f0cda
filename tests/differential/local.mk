# Fairway's classifier against the API server's own libraries (Go): not part of
# make check, which needs nothing but this tree.
#	make check-differential N=1000000
noinst_PROGRAMS += tests/differential/answer
tests_differential_answer_SOURCES = tests/differential/answer.c
tests_differential_answer_LDADD = libconf.a libpolicy.a libbase.a

EXTRA_DIST += \
	tests/differential/oracle/apply.go \
	tests/differential/oracle/audit/main.go \
	tests/differential/oracle/bodies.go \
	tests/differential/oracle/go.mod \
	tests/differential/oracle/go.sum \
	tests/differential/oracle/jsonpatch.go \
	tests/differential/oracle/main.go \
	tests/differential/oracle/oracle.go \
	tests/differential/oracle/paths.go \
	tests/differential/oracle/yaml.go

N = 100000
.PHONY: check-differential
check-differential: tests/differential/answer
	cd $(top_srcdir)/tests/differential/oracle && \
	go run . -n $(N) -seed $(SEED) \
		$(abs_top_builddir)/tests/differential/answer

# The audit events of tests/e2e/test_audit.py, decoded strictly as what the API
# server's own library takes them for.
.PHONY: check-audit
check-audit: all
	cd $(top_srcdir)/tests/differential/oracle && \
	go build -o $(abs_top_builddir)/tests/differential/audit-decoder ./audit
	$(AM_TESTS_ENVIRONMENT) \
	AUDIT_DECODER=$(abs_top_builddir)/tests/differential/audit-decoder; \
	export AUDIT_DECODER; $(srcdir)/tests/e2e/test_audit.py
CLEANFILES += tests/differential/audit-decoder
