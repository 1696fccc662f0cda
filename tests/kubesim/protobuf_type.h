/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the messages of the Kubernetes API are made of: the number, the JSON
 * name and the type of each field, as the Go structs' tags have them.
 *
 * protobuf_type_*.c are these tables and nothing else; protobuf.c reads them
 * in both directions.  A type that holds others stands below them.
 */
#ifndef TESTS_KUBESIM_PROTOBUF_TYPE_H
#define TESTS_KUBESIM_PROTOBUF_TYPE_H

#include "base/util.h"

enum pb_kind {
	PB_MESSAGE,       /* an object */
	PB_STRING,        /* a string */
	PB_BYTES,         /* a string, in base64 */
	PB_INT,           /* a number: varint */
	PB_BOOL,          /* true, false: varint */
	PB_TIME,          /* RFC 3339; null is the zero time */
	PB_MICRO_TIME,    /* the same with microseconds */
	PB_QUANTITY,      /* a string, in a message of its own */
	PB_INT_OR_STRING, /* a number or a string, the same */
	PB_STRINGS,       /* an array of strings, the same */
	PB_JSON,          /* anything; its JSON text, the same */
};

/*
 * When a field is there: on the wire, and in JSON.  Go's generated code sends
 * the zero value of all that is no pointer.
 */
enum pb_shape {
	PB_ALWAYS,      /* on both sides */
	PB_FILLED,      /* on the wire; in JSON unless it is the zero value */
	PB_OPTIONAL,    /* a pointer: on both sides or on none */
	PB_LIST,        /* as often as it has elements; none: not in JSON */
	PB_LIST_ALWAYS, /* the same; none: null in JSON */
	PB_MAP,         /* string to this type, an entry each, sorted */
	PB_INLINE,      /* a message on the wire, whose members stand in JSON
			   beside the others */
};

struct pb_type;

struct pb_field {
	unsigned number; /* 0 ends the list, which ascends */
	const char *name;
	enum pb_shape shape;
	const struct pb_type *type;
};

struct pb_type {
	enum pb_kind kind;
	const char *name;
	const struct pb_field *fields; /* NULL but for messages */
};

#define PB_TYPE(name, ...)                                  \
	{                                                   \
		PB_MESSAGE, name, (const struct pb_field[]) \
		{                                           \
			__VA_ARGS__,                        \
			{                                   \
				0, NULL, PB_ALWAYS, NULL    \
			}                                   \
		}                                           \
	}

/* protobuf_type.c: the scalars, and what has a form of its own in JSON. */
extern const struct pb_type pb_bool;
extern const struct pb_type pb_bytes;
extern const struct pb_type pb_int;
extern const struct pb_type pb_int_or_string;
extern const struct pb_type pb_json;
extern const struct pb_type pb_micro_time;
extern const struct pb_type pb_quantity;
extern const struct pb_type pb_string;
extern const struct pb_type pb_strings;
extern const struct pb_type pb_time;

/* protobuf_type_container.c */
extern const struct pb_type pb_app_armor_profile;
extern const struct pb_type pb_container;
extern const struct pb_type pb_ephemeral_container;
extern const struct pb_type pb_resource_requirements;
extern const struct pb_type pb_se_linux_options;
extern const struct pb_type pb_seccomp_profile;
extern const struct pb_type pb_windows_security_context_options;

/* protobuf_type_meta.c */
extern const struct pb_type pb_api_group;
extern const struct pb_type pb_api_group_list;
extern const struct pb_type pb_api_resource_list;
extern const struct pb_type pb_api_versions;
extern const struct pb_type pb_delete_options;
extern const struct pb_type pb_field_selector_requirement;
extern const struct pb_type pb_label_selector;
extern const struct pb_type pb_label_selector_requirement;
extern const struct pb_type pb_list_meta;
extern const struct pb_type pb_object_meta;
extern const struct pb_type pb_partial_object_metadata;
extern const struct pb_type pb_partial_object_metadata_list;
extern const struct pb_type pb_status;

/* protobuf_type_pod.c */
extern const struct pb_type pb_pod;
extern const struct pb_type pb_pod_list;

/* protobuf_type_small.c */
extern const struct pb_type pb_config_map;
extern const struct pb_type pb_config_map_list;
extern const struct pb_type pb_event;
extern const struct pb_type pb_event_list;
extern const struct pb_type pb_events_event;
extern const struct pb_type pb_events_event_list;
extern const struct pb_type pb_lease;
extern const struct pb_type pb_lease_list;
extern const struct pb_type pb_local_subject_access_review;
extern const struct pb_type pb_namespace;
extern const struct pb_type pb_namespace_list;
extern const struct pb_type pb_secret;
extern const struct pb_type pb_secret_list;
extern const struct pb_type pb_self_subject_access_review;
extern const struct pb_type pb_self_subject_review;
extern const struct pb_type pb_self_subject_rules_review;
extern const struct pb_type pb_service_account;
extern const struct pb_type pb_service_account_list;
extern const struct pb_type pb_subject_access_review;
extern const struct pb_type pb_token_review;

/* protobuf_type_volume.c */
extern const struct pb_type pb_local_object_reference;
extern const struct pb_type pb_object_field_selector;
extern const struct pb_type pb_resource_field_selector;
extern const struct pb_type pb_volume;

/*
 * The message of a kind; NULL when the tables have none.  Options such as
 * DeleteOptions belong to every version.
 */
const struct pb_type *pb_type_find(const char *api_version, const char *kind);

#endif
