libproxy_a_SOURCES += \
	proxy/cli/apf.c proxy/cli/apf.h \
	proxy/cli/apf_command.c \
	proxy/cli/asked.c proxy/cli/asked.h \
	proxy/cli/check.c \
	proxy/cli/cli.c proxy/cli/cli.h \
	proxy/cli/command_line.c \
	proxy/cli/config.c \
	proxy/cli/config_file.c proxy/cli/config_file.h \
	proxy/cli/explain.c \
	proxy/cli/explanation.c proxy/cli/explanation.h \
	proxy/cli/confinement.c proxy/cli/confinement.h \
	proxy/cli/handed_out.c proxy/cli/handed_out.h \
	proxy/cli/inputs.c proxy/cli/inputs.h \
	proxy/cli/instance.c proxy/cli/instance.h \
	proxy/cli/journal_command.c \
	proxy/cli/keeper.c proxy/cli/keeper.h \
	proxy/cli/listen_tls.c proxy/cli/listen_tls.h \
	proxy/cli/metrics_reference.c \
	proxy/cli/operate.c \
	proxy/cli/operator.c proxy/cli/operator.h \
	proxy/cli/own_identity.c proxy/cli/own_identity.h \
	proxy/cli/paths.c proxy/cli/paths.h \
	proxy/cli/process.c proxy/cli/process.h \
	proxy/cli/replica.c proxy/cli/replica.h \
	proxy/cli/running.c proxy/cli/running.h \
	proxy/cli/serve.c \
	proxy/cli/simulate.c \
	proxy/cli/source.c proxy/cli/source.h \
	proxy/cli/status.c \
	proxy/cli/stuck.c \
	proxy/cli/sweep_command.c \
	proxy/cli/sweep_options.c proxy/cli/sweep_options.h \
	proxy/cli/version.c

# Completion: what it offers is read from the help.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = proxy/cli/completion/fairway
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = proxy/cli/completion/_fairway
