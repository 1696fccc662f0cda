# The project's own checks of the tree and of the libraries; test-checks shows
# that they refuse what they are there to refuse.

BUILD_CHECKS = \
	build-aux/check-includes \
	build-aux/check-purity \
	build-aux/check-tour \
	build-aux/test-checks

TESTS += $(BUILD_CHECKS)
EXTRA_DIST += $(BUILD_CHECKS) \
	build-aux/test-summary \
	build-aux/include-rules \
	build-aux/purity-rules
