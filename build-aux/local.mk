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

# How much of policy/ its unit tests run, in a build folder of its own.
.PHONY: coverage
EXTRA_DIST += build-aux/coverage-report
COVERED_TESTS = tests/unit/policy/policy-tests tests/unit/classify/classify-tests

coverage:
	@mkdir -p coverage
	@test -f coverage/Makefile || { cd coverage && \
		$(abs_top_srcdir)/configure -q CC='$(CC)' \
			CFLAGS='-O0 -g --coverage'; }
	@$(MAKE) -s -C coverage $(COVERED_TESTS)
	@find coverage -name '*.gcda' -exec rm -f {} +
	@for test in $(COVERED_TESTS); do \
		top_srcdir='$(abs_top_srcdir)' coverage/$$test --quiet || \
			exit 1; \
	done
	@$(srcdir)/build-aux/coverage-report coverage $(srcdir) policy 95 90

clean-local: clean-coverage
.PHONY: clean-coverage
clean-coverage:
	rm -rf coverage
