# What this folder adds to the build.
include tests/bench/classify.mk
