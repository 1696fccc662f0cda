# What Kubernetes and systemd are given: docs/deploy/, build-aux/systemd/.
TESTS += tests/e2e/test_deploy.py tests/e2e/test_systemd.py
TESTS += tests/e2e/test_helm.py tests/e2e/test_image.py
# What the steps of a real cluster, and tests/argo/, teach it.
TESTS += tests/e2e/test_definitions.py
# What the process takes from itself.
TESTS += tests/e2e/test_confinement.py
check_PROGRAMS += tests/e2e/confined
tests_e2e_confined_SOURCES = tests/e2e/confined.c
tests_e2e_confined_LDADD = libproxy.a libbase.a $(SECCOMP_LIBS)
EXTRA_DIST += \
	build-aux/Containerfile \
	build-aux/systemd/fairway.service \
	build-aux/systemd/fairway.sysusers \
	tests/e2e/check_rights.py \
	tests/e2e/test_confinement.py \
	tests/e2e/test_definitions.py \
	tests/e2e/test_deploy.py \
	tests/e2e/test_helm.py \
	tests/e2e/test_image.py \
	tests/e2e/test_systemd.py
