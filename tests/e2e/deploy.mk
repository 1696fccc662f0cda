# What Kubernetes and systemd are given: docs/deploy/, build-aux/systemd/.
TESTS += tests/e2e/test_deploy.py tests/e2e/test_systemd.py
EXTRA_DIST += \
	build-aux/Containerfile \
	build-aux/systemd/fairway.service \
	build-aux/systemd/fairway.sysusers \
	tests/e2e/test_deploy.py \
	tests/e2e/test_systemd.py
