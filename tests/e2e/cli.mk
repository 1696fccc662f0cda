# Commands that ask nobody.
TESTS += tests/e2e/completion.sh tests/e2e/manuals.sh
EXTRA_DIST += tests/e2e/completion.sh tests/e2e/manuals.sh
TESTS += tests/e2e/config_schema.py tests/e2e/test_explain.py
EXTRA_DIST += tests/e2e/config_schema.py tests/e2e/test_explain.py
