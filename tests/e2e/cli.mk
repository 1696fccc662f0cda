# Commands that ask nobody.
TESTS += tests/e2e/completion.sh tests/e2e/manuals.sh tests/e2e/test_docs.py
EXTRA_DIST += tests/e2e/completion.sh tests/e2e/manuals.sh \
	tests/e2e/test_docs.py
TESTS += tests/e2e/config_schema.py tests/e2e/test_explain.py \
	tests/e2e/test_json.py tests/e2e/test_simulate.py
EXTRA_DIST += tests/e2e/config_schema.py tests/e2e/test_explain.py \
	tests/e2e/test_json.py tests/e2e/test_simulate.py \
	tests/e2e/recorded/fairway.log.gz tests/e2e/recorded/fairway.yaml
