# One Criterion program for the classifier and its scanner.
check_PROGRAMS += tests/unit/classify/classify-tests
TESTS += tests/unit/classify/classify-tests
tests_unit_classify_classify_tests_SOURCES = \
	tests/unit/classify/case.c \
	tests/unit/classify/case.h \
	tests/unit/classify/test_apply_and_put.c \
	tests/unit/classify/test_hostile.c \
	tests/unit/classify/test_json.c \
	tests/unit/classify/test_lane.c \
	tests/unit/classify/test_json_patch.c \
	tests/unit/classify/test_merge_patch.c \
	tests/unit/classify/test_path.c \
	tests/unit/classify/test_query.c \
	tests/unit/classify/test_removal.c \
	tests/unit/classify/test_remembered.c \
	tests/unit/classify/test_strategic_patch.c \
	tests/unit/classify/test_vectors.c
tests_unit_classify_classify_tests_CPPFLAGS = $(UNIT_CPPFLAGS) \
	$(CJSON_CFLAGS)
tests_unit_classify_classify_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_classify_classify_tests_LDADD = libpolicy.a libbase.a \
	$(CJSON_LIBS) $(CRITERION_LIBS)

EXTRA_DIST += tests/vectors/finalizers.jsonl
