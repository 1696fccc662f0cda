# What `./bootstrap run` tells people to try.
TESTS += tests/e2e/quickstart.sh
EXTRA_DIST += tests/e2e/quickstart.sh
