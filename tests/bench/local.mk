# Benchmarks: they print tables and decide nothing.
include tests/bench/classify.mk
include tests/bench/policy.mk
include tests/bench/tap.mk

EXTRA_DIST += \
	tests/bench/README.md \
	tests/bench/connections.py \
	tests/bench/cost.py \
	tests/bench/fifo.yaml \
	tests/bench/levels.sh \
	tests/bench/rehearse.py \
	tests/bench/scenarios.sh \
	tests/bench/speed.py \
	tests/bench/wide.yaml
EXTRA_DIST += \
	tests/bench/flood/client.go \
	tests/bench/flood/client_test.go \
	tests/bench/flood/creators.go \
	tests/bench/flood/events.go \
	tests/bench/flood/floods.go \
	tests/bench/flood/flows.go \
	tests/bench/flood/go.mod \
	tests/bench/flood/kubeconfig.go \
	tests/bench/flood/lease.go \
	tests/bench/flood/ledger.go \
	tests/bench/flood/ledger_test.go \
	tests/bench/flood/lists.go \
	tests/bench/flood/main.go \
	tests/bench/flood/meter.go \
	tests/bench/flood/objects.go \
	tests/bench/flood/outage.go \
	tests/bench/flood/partition.go \
	tests/bench/flood/rejecting.go \
	tests/bench/flood/removal.go \
	tests/bench/flood/scenario.go \
	tests/bench/flood/scenarios.go \
	tests/bench/flood/standing.go \
	tests/bench/flood/stats.go \
	tests/bench/flood/stats_test.go \
	tests/bench/flood/window.go \
	tests/bench/flood/workflows.go

bench: fairway tests/kubesim/kubesim
	$(top_srcdir)/tests/bench/speed.py --build $(abs_top_builddir) \
		$(BENCH_FLAGS)
	$(top_srcdir)/tests/bench/cost.py --build $(abs_top_builddir)
bench-connections: fairway tests/kubesim/kubesim
	$(top_srcdir)/tests/bench/connections.py --build $(abs_top_builddir) \
		--config $(top_srcdir)/tests/bench/wide.yaml $(BENCH_FLAGS)
.PHONY: bench-connections

# Does `fairway simulate` say what happens?
bench-simulate: fairway tests/kubesim/kubesim
	$(top_srcdir)/tests/bench/rehearse.py --build $(abs_top_builddir) \
		$(BENCH_FLAGS)
.PHONY: bench-simulate

# S1 to S6, alone, directly, with the objects of `fairway apf`, through Fairway,
# and both together: on a cluster that is there, and on kubesim.
bench-cluster: fairway
	@test -n "$(KUBECONFIG)" || { \
		echo "usage: make bench-cluster KUBECONFIG=FILE"; exit 2; }
	$(top_srcdir)/tests/bench/scenarios.sh --kubeconfig $(KUBECONFIG) \
		--build $(abs_top_builddir) --apf \
		--fifo-config $(top_srcdir)/tests/bench/fifo.yaml \
		$(BENCH_FLAGS)
bench-scenarios: fairway tests/kubesim/kubesim
	$(top_srcdir)/tests/bench/scenarios.sh --kubesim \
		--build $(abs_top_builddir) \
		--fifo-config $(top_srcdir)/tests/bench/fifo.yaml \
		$(BENCH_FLAGS)
.PHONY: bench-cluster bench-scenarios
