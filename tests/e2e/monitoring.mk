# What is in docs/monitoring/ and docs/runbooks/.  77 (skipped) without
# python3-yaml, promtool or Prometheus.
MONITORING_E2E = \
	tests/e2e/test_alerts.py \
	tests/e2e/test_monitoring.py \
	tests/e2e/test_openmetrics.py \
	tests/e2e/test_scrape.py
TESTS += $(MONITORING_E2E)
EXTRA_DIST += $(MONITORING_E2E) tests/e2e/alerts-test.yaml
