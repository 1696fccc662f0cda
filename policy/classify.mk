libpolicy_a_SOURCES += \
	policy/class.c policy/class.h \
	policy/classify.c policy/classify.h \
	policy/effect.c policy/effect.h \
	policy/effect_json_patch.c \
	policy/effect_merge.c \
	policy/effect_object.c \
	policy/effect_protobuf.c \
	policy/effect_yaml.c \
	policy/meta.c policy/meta.h \
	policy/patch_op.c policy/patch_op.h \
	policy/pointer.c policy/pointer.h \
	policy/protobuf.c policy/protobuf.h \
	policy/query.c policy/query.h \
	policy/request_info.c policy/request_info.h
