# The life of a request, end to end: Fairway in front of kubesim.  Each file
# is a program; 77 (skipped) without python3-h2.
EXCHANGE_E2E = \
	tests/e2e/test_access_log.py \
	tests/e2e/test_admin.py \
	tests/e2e/test_audit.py \
	tests/e2e/test_bad_network.py \
	tests/e2e/test_chaos.py \
	tests/e2e/test_client_gone.py \
	tests/e2e/test_drain.py \
	tests/e2e/test_endpoints.py \
	tests/e2e/test_explain_agrees.py \
	tests/e2e/test_faults.py \
	tests/e2e/test_floods.py \
	tests/e2e/test_fresh_token.py \
	tests/e2e/test_goaway.py \
	tests/e2e/test_h1.py \
	tests/e2e/test_h2spec.py \
	tests/e2e/test_heads.py \
	tests/e2e/test_hold.py \
	tests/e2e/test_identity.py \
	tests/e2e/test_journal.py \
	tests/e2e/test_journal_outage.py \
	tests/e2e/test_memory.py \
	tests/e2e/test_names.py \
	tests/e2e/test_odd_answers.py \
	tests/e2e/test_odd_requests.py \
	tests/e2e/test_orders.py \
	tests/e2e/test_own_certificate.py \
	tests/e2e/test_page.py \
	tests/e2e/test_process_faults.py \
	tests/e2e/test_reload.py \
	tests/e2e/test_replicas.py \
	tests/e2e/test_reviews.py \
	tests/e2e/test_rolling.py \
	tests/e2e/test_shadow.py \
	tests/e2e/test_slow_reader.py \
	tests/e2e/test_soak.py \
	tests/e2e/test_start.py \
	tests/e2e/test_stuck.py \
	tests/e2e/test_sweep.py \
	tests/e2e/test_sweep_careful.py \
	tests/e2e/test_sweep_rules.py \
	tests/e2e/test_throttled.py \
	tests/e2e/test_upgrade.py \
	tests/e2e/test_upload.py \
	tests/e2e/test_upstream_gone.py \
	tests/e2e/test_upstream_limits.py \
	tests/e2e/test_watch.py
TESTS += $(EXCHANGE_E2E)
EXTRA_DIST += $(EXCHANGE_E2E) tests/e2e/harness.py tests/e2e/h2client.py \
	tests/e2e/cluster.py tests/e2e/relay.py \
	tests/e2e/certificates.py tests/e2e/definitions.py \
	tests/e2e/replicas.py tests/e2e/webhook.py \
	tests/e2e/browser.py tests/e2e/servers.py tests/e2e/sweeping.py \
	tests/e2e/h1peer.py tests/e2e/recorder.py tests/e2e/upgrader.py \
	tests/e2e/odd/h1-requests.txt \
	tests/e2e/odd/h2-bodies.txt tests/e2e/odd/h2-frames.txt \
	tests/e2e/odd/h2-heads.txt tests/e2e/odd/h2-targets.txt

# The walk of test_soak.py for long: make soak MINUTES=30
MINUTES = 30
soak: all
	$(AM_TESTS_ENVIRONMENT) MINUTES=$(MINUTES); export MINUTES; \
		$(srcdir)/tests/e2e/test_soak.py
.PHONY: soak
