# What Kubernetes is given: docs/deploy/.
TESTS += tests/e2e/test_deploy.py
EXTRA_DIST += tests/e2e/test_deploy.py build-aux/Containerfile
