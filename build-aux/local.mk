# The project's own checks of the tree and of the libraries; test-checks shows
# that they refuse what they are there to refuse.

BUILD_CHECKS = \
	build-aux/check-includes \
	build-aux/check-purity \
	build-aux/check-tour \
	build-aux/test-checks

TESTS += $(BUILD_CHECKS)
EXTRA_DIST += $(BUILD_CHECKS) \
	build-aux/run-test \
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

clean-local: clean-coverage clean-packages
.PHONY: clean-coverage
clean-coverage:
	rm -rf coverage

# Packages.  The Debian package is built in a folder of its own, as Debian
# builds its programs; `check-deb` needs root and a mirror.
.PHONY: deb check-deb image-root update-install clean-packages
EXTRA_DIST += build-aux/image-root \
	build-aux/deb/build \
	build-aux/deb/check \
	build-aux/deb/control \
	build-aux/deb/copyright \
	build-aux/deb/fairway.yaml \
	build-aux/deb/postinst \
	build-aux/deb/postrm \
	build-aux/deb/prerm
DEB_OF_THIS = deb/fairway_$(PACKAGE_VERSION)_`dpkg --print-architecture`.deb

deb:
	CC='$(CC)' $(srcdir)/build-aux/deb/build '$(abs_top_srcdir)' deb \
		'$(PACKAGE_VERSION)'
	@! command -v lintian >/dev/null || \
		lintian --fail-on error,warning $(DEB_OF_THIS)

check-deb: deb tests/kubesim/kubesim
	$(srcdir)/build-aux/deb/check $(DEB_OF_THIS) tests/kubesim/kubesim

image-root: fairway
	$(srcdir)/build-aux/image-root fairway image-root

# The gateway in one file, for those without a copy of the tree.
update-install:
	kubectl kustomize $(srcdir)/docs/deploy/gateway \
		>$(srcdir)/docs/deploy/install.yaml

clean-packages:
	rm -rf deb image-root
