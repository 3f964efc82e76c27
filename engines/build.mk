# SPDX-License-Identifier: GPL-2.0
# The fio engine, one file for each exact version of fio.

# fio's source tree, configured and built: its headers are the interface.
FIO_TREE	:= $(B)/deps/fio
ENGINE_SRC	:= $(sort $(filter-out engines/pairstat.c engines/pairjoin.c,\
		   $(wildcard engines/*.c)))

# io_uring needs liburing (Debian: liburing-dev); without it that path is out.
ifeq ($(shell pkg-config --atleast-version=2.3 liburing 2>/dev/null && echo y),y)
URING_CFLAGS	:= -DFPB_HAVE_LIBURING
URING_LIBS	:= -luring
else
ENGINE_SRC	:= $(filter-out engines/path_uring.c,$(ENGINE_SRC))
endif
ENGINE_OBJ	:= $(ENGINE_SRC:%.c=$(B)/%.o)
ENGINE		:= $(B)/fpbench-engine.so

# fio's headers are not clean under our warnings: they are system headers here.
# -I for none of them, or a file of ours could shadow one of theirs.
ENGINE_CFLAGS	= -Idaemon -isystem $(FIO_TREE) -include $(FIO_TREE)/config-host.h \
		  -fPIC -fvisibility=hidden $(URING_CFLAGS) \
		  -DFPB_FIO_VERSION='"$(shell $(FIO_TREE)/fio --version)"'

all: $(ENGINE)

# Which fio and how it was configured: another one means to compile again.
.PHONY: engine-fio
$(B)/engines/fio.id: engine-fio | $(FIO_TREE)
	@mkdir -p $(@D)
	@$(call if-changed,$(FIO_TREE)/fio --version; cat $(FIO_TREE)/config-host.h)

$(B)/engines/%.o: engines/%.c $(B)/engines/fio.id
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(ENGINE_CFLAGS) $(CFLAGS) -c -o $@ $<

# The name with fio's version is known only once fio is there, so the link is
# the target and the file is made along with it.
$(ENGINE): $(ENGINE_OBJ)
	@v=$$($(FIO_TREE)/fio --version); so=fpbench-engine-$${v#fio-}.so; \
	$(if $(filter 0,$(V)),printf '  %-7s %s\n' LD $(B)/$$so;) \
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $(B)/$$so $^ $(URING_LIBS) && \
	ln -sf $$so $@

# What needs no fio is compiled a second time, for a tool and for the tests.
$(B)/engines/pure/%.o: engines/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -Idaemon $(CFLAGS) -c -o $@ $<

# Reads the slices of a paired run.
all: $(B)/fpbench-pair
$(B)/fpbench-pair: $(B)/engines/pure/pairstat.o $(PAIR_OBJ)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# test_NAME tests NAME.c and links nothing but what that needs.
$(B)/test/test_pairfile: $(B)/engines/pure/pair.o
$(B)/test/test_pairjoin: $(addprefix $(B)/engines/pure/,pairfile.o pair.o)
ENGINE_TESTS	:= $(patsubst engines/test/%.c,$(B)/test/%,\
		   $(wildcard engines/test/test_*.c))
UNIT_TESTS	+= $(ENGINE_TESTS)
$(ENGINE_TESTS): $(B)/test/test_%: $(B)/engines/pure/test/test_%.o \
		 $(B)/engines/pure/%.o
	@mkdir -p $(@D)
	$(call quiet,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lm

# The engine inside fio. OTHER_FIO= names one that it must refuse.
UNIT_TESTS	+= $(B)/test/test_engine_smoke
$(B)/test/test_engine_smoke: engines/test/smoke.sh $(ENGINE) $(B)/fpbench-pair
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec %s %s "$$@"\n' $(abspath $<) $(abspath $(B)) > $@
	$(Q)chmod +x $@

.PHONY: check-engine-mount
check-engine-mount: engine $(B)/fpfs	## Test the engine over mounts of this kernel (root)
	@engines/test/mount.sh $(B)

# The same source has to do for every fio from 3.33 on; each is given the one
# before it in the list as the wrong one.
FIO_VERSIONS	?= 3.33 3.41
.PHONY: engine
engine: $(ENGINE) $(B)/fpbench-pair $(B)/test/test_engine_smoke

# In "make test": the oldest of them beside the pinned one, each with the other
# as the wrong one.
OLDEST_FIO	:= $(firstword $(FIO_VERSIONS))
OLDEST_B	:= $(B)/fio-$(OLDEST_FIO)
.PHONY: check-oldest-fio
check-oldest-fio: all	## Test the engine with the oldest fio that it supports
	@$(MAKE) --no-print-directory B=$(OLDEST_B) FIO_VERSION=$(OLDEST_FIO) \
		FIO_SRC= engine
	@printf '#!/bin/sh\nexec %s %s %s\n' $(abspath engines/test/smoke.sh) \
		$(abspath $(OLDEST_B)) $(abspath $(FIO_TREE))/fio \
		>$(B)/test/test_engine_oldest_fio
	@chmod +x $(B)/test/test_engine_oldest_fio
	@bench/test/run.sh $(B)/test $(B)/test/test_engine_oldest_fio

.PHONY: check-fio-versions
check-fio-versions:	## Test the engine with each of FIO_VERSIONS
	@for v in $(FIO_VERSIONS); do \
		$(MAKE) --no-print-directory B=$(B)/fio-$$v FIO_VERSION=$$v \
			engine || exit; \
	done; \
	set -- $(FIO_VERSIONS); shift $$(($$# - 1)); other=$$1; \
	for v in $(FIO_VERSIONS); do \
		OTHER_FIO=$(abspath $(B))/fio-$$other/deps/fio/fio \
			bench/test/run.sh $(B)/fio-$$v/log \
			$(B)/fio-$$v/test/test_engine_smoke || exit; \
		tail -n 1 $(B)/fio-$$v/log/test_engine_smoke.log; \
		other=$$v; \
	done

.PHONY: bench-engine
bench-engine: $(ENGINE)	## Compare the engine's cost per I/O with fio's
	@-$(MAKE) --no-print-directory -C $(FIO_TREE) t/io_uring >/dev/null 2>&1
	@engines/test/cost.sh $(B)

# The tables of README.md: BACKENDS="uml host" takes about 30 minutes, on a
# machine that does nothing else. SECONDS_EACH=1 RUNS=2 SLICE_RUNS=1 is a quick
# form; a guest has an environment of its own, so these are handed over.
BACKENDS	?= uml host
CALIBRATE	= $(foreach v,SECONDS_EACH RUNS SLICE_RUNS LENGTHS,\
		  $(if $($v),$v=$(call quoted,$($v))))
.PHONY: calibrate
calibrate: kernels	## Measure how far paired samples can be trusted
	@for b in $(BACKENDS); do \
		echo "== $$b"; \
		$(B)/fpbench exec --backend $$b --kernel baseline \
			--timeout 2400s -- env BACKEND=$$b $(CALIBRATE) \
			$(abspath engines/test/calibrate.sh) \
			$(abspath $(B)) || exit; \
	done

-include $(ENGINE_OBJ:.o=.d) $(wildcard $(B)/engines/pure/*.d \
	$(B)/engines/pure/test/*.d)
