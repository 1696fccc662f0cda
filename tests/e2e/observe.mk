# Fairway as its operator sees it: command line, start and end, metrics.
TESTS += tests/e2e/observe-cli.sh tests/e2e/observe-serve.sh
EXTRA_DIST += \
	tests/e2e/observe-cli.sh \
	tests/e2e/observe-lib.sh \
	tests/e2e/observe-scrape.py \
	tests/e2e/observe-serve.sh \
	tests/e2e/observe-socket.py
