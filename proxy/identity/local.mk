libproxy_a_SOURCES += \
	proxy/identity/certificate.c proxy/identity/certificate.h \
	proxy/identity/client_ca.c proxy/identity/client_ca.h \
	proxy/identity/digest.c proxy/identity/digest.h \
	proxy/identity/own_token.c proxy/identity/own_token.h \
	proxy/identity/pki.c proxy/identity/pki.h \
	proxy/identity/random.c proxy/identity/random.h \
	proxy/identity/state_dir.c proxy/identity/state_dir.h \
	proxy/identity/user_info.c proxy/identity/user_info.h
