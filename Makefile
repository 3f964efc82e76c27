# SPDX-License-Identifier: GPL-2.0
# fpbench: see README.md, or "make help".

VERSION	:= 0.1.0

# What a user may set
CC	?= gcc
CFLAGS	?= -O2 -g
V	?= 0
B	:= build

CACHE	:= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fpbench

# "CC file.o" lines; V=1 shows the commands
ifeq ($(V),0)
Q	:= @
quiet	= @printf '  %-7s %s\n' "$(1)" "$(2)"
else
quiet	= @:
endif

WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wformat=2 -Wno-unused-parameter -Wno-format-truncation
ifneq ($(WERROR),)
WARN	+= -Werror
endif
BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) \
	       -MMD -MP

.PHONY: all
all:			## build the harness, the daemon and the engine

include bench/deps.mk
include bench/build.mk
include daemon/build.mk
include engines/build.mk

.PHONY: help
help:			## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | \
		sort | expand -t 20

.PHONY: clean
clean:			## remove build/; results and cache stay
	rm -rf $(B)
