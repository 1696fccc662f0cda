libpolicy_a_SOURCES += \
	policy/abort.c \
	policy/check.c \
	policy/condition.c policy/condition.h \
	policy/decide.c \
	policy/drained.c \
	policy/homes.c \
	policy/defaults.c \
	policy/engine.c policy/engine.h \
	policy/fair_queue.c policy/fair_queue.h \
	policy/health.c policy/health.h \
	policy/intents.c \
	policy/kept_by.c policy/kept_by.h \
	policy/lanes.c \
	policy/level.c policy/level.h \
	policy/look.c \
	policy/measure.c \
	policy/memo.c policy/memo.h \
	policy/object_seen.c policy/object_seen.h \
	policy/objects.c policy/objects.h \
	policy/pick.c \
	policy/policy.c policy/policy.h \
	policy/quotas.c policy/quotas.h \
	policy/reconfigure.c \
	policy/removal.c policy/removal.h \
	policy/removal_fate.c \
	policy/request.h \
	policy/retry.c \
	policy/rules.c policy/rules.h \
	policy/seats.c \
	policy/settings.h \
	policy/stats.c policy/stats.h \
	policy/submit.c \
	policy/token_bucket.c policy/token_bucket.h \
	policy/total.c policy/total.h \
	policy/verdict.c policy/verdict.h \
	policy/waiting.c
