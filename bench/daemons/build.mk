# SPDX-License-Identifier: GPL-2.0
# Daemons of others against raw XFS. Those of libfuse are its own examples, built
# as they are from the source tree that the build of libfuse leaves behind.

DAEMON_EXAMPLES	:= $(addprefix $(B)/daemons/,passthrough passthrough_ll)

$(DAEMON_EXAMPLES): $(B)/daemons/%: $(B)/daemon/libfuse.id
	$(call quiet,CC,$@)
	$(Q)[ -f $(LIBFUSE)/src/example/$*.c ] || { echo "fpbench: no $(LIBFUSE)/src/example/$*.c: build libfuse from source to have its example" >&2; exit 77; }
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -D_FILE_OFFSET_BITS=64 -DHAVE_LIBFUSE_PRIVATE_CONFIG_H \
		-I$(LIBFUSE)/build $$($(FUSE_PC) --cflags fuse3) \
		-I$(LIBFUSE)/src/include -o $@ \
		$(LIBFUSE)/src/example/$*.c $(DAEMON_LIBS)

# The packages of the others
$(B)/.packages-daemons: $(DEPS)/packages.sh | $(B)/.packages
	@$(DEPS)/packages.sh daemons
	@touch $@

daemons-options = $(if $(QUICK),--rounds=2 --runtime=200ms) \
	$(call run-option,rounds,$(ROUNDS)) \
	$(call run-option,numjobs,$(NUMJOBS)) \
	$(call run-option,max-time,$(MAX_TIME)) \
	$(call run-option,seed,$(SEED)) $(RUN_OPTIONS)

# Guests know no folder of ours: the plan names files by their whole paths.
.PHONY: daemons
daemons: $(B)/.packages-daemons all kernels $(DAEMON_EXAMPLES) $(B)/daemon/passthrough_hp	## Compare other FUSE daemons with raw XFS
	@sed 's|@B@|$(abspath $(B))|' bench/daemons/daemons.ini \
		>$(B)/daemons/plan.ini
	@run=$$($(FPBENCH) run -k patched$(shell $(kernel-script) --suffix) \
		$(daemons-options) $(B)/daemons/plan.ini); status=$$?; \
	[ -z "$$run" ] || bench/daemons/table.sh "$$run"; exit $$status
