# SPDX-License-Identifier: GPL-2.0
# What looks for mistakes that no test asks about: static analysis, fuzzing, sanitizers,
# coverage.

# Every C file.
.PHONY: objects
objects: $(patsubst %.c,$(B)/%.o,$(shell find bench daemon engines -name '*.c'))

.PHONY: lint
lint: $(B)/deps/fio $(B)/deps/libfuse	## Run shellcheck, cppcheck, clang-tidy and gcc's analyzer
	@bench/test/run.sh $(B)/test bench/test/lint.sh

# The unit tests that do not load the engine
FREE_TESTS := $(filter-out %/test_engine_smoke,$(UNIT_TESTS))

# One set of objects for fuzzing and for tests with sanitizers, by clang: gcc has no
# libFuzzer. $(call with-sanitizers,TARGET...) makes nothing if clang or its runtime is missing.
SAN_FLAGS	:= -O1 -g -fno-omit-frame-pointer \
		   -fsanitize=fuzzer-no-link,address,undefined \
		   -fno-sanitize-recover=undefined -Wno-unknown-warning-option \
		   -Wno-missing-field-initializers
with-sanitizers = if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		clang -fsanitize=fuzzer,address -x c -o $(B)/.fuzz - 2>/dev/null; then \
		$(MAKE) --no-print-directory B=$(B)/san CC=clang \
			CFLAGS="$(SAN_FLAGS)" LIBFUSE=$(abspath $(LIBFUSE)) $(1); \
	fi

# All that they need, at once. fio, the engine that it loads, and the daemon are the
# ordinary builds, for which fpbench looks in its own folder.
.PHONY: sanitized
sanitized: all
	@mkdir -p $(B)/san
	@ln -sfn ../deps ../fpfs ../fpbench-engine.so $(B)/san
	@+$(call with-sanitizers,sanitized-programs)

.PHONY: sanitized-programs
sanitized-programs: $(addprefix $(B)/,fpbench test/fuzz/readers test/fuzz/requests) $(FREE_TESTS)

.PHONY: fuzz
fuzz: sanitized $(B)/daemon/faults	## Feed damaged files and requests to readers, for TIME
	@TIME=$(TIME) FUZZ="$(FUZZ)" KEEP=$(KEEP) bench/test/run.sh $(B)/test bench/test/fuzz.sh

.PHONY: check-san
check-san: export LSAN_OPTIONS = suppressions=$(CURDIR)/bench/test/lsan.suppress
check-san: sanitized kernels	## Run unit tests and a small run with sanitizers
	@+$(call with-sanitizers,read-tests)
	@FPBENCH=$(B)/san/fpbench bench/test/run.sh $(B)/san/test \
		bench/test/test_san.sh

.PHONY: free-tests
free-tests: $(FREE_TESTS)
	@bench/test/run.sh $(B)/test $(FREE_TESTS)

# And tests of the commands that read a run.
.PHONY: read-tests
read-tests: free-tests $(B)/fpbench
	@FPBENCH=$(B)/fpbench bench/test/run.sh $(B)/test \
		bench/test/test_reports.sh bench/test/test_pack.sh \
		bench/test/test_merge.sh

# The fault tests can write nowhere but in WRITABLE, which gets the counts.
.PHONY: coverage
coverage:		## Show how much of each file unit and fault tests reach
	@$(DEPS)/packages.sh lint
	@$(MAKE) --no-print-directory B=$(B)/cov CFLAGS="-O0 -g --coverage" \
		LIBFUSE=$(abspath $(LIBFUSE)) \
		free-tests $(addprefix $(B)/cov/daemon/,faults churn)
	@WRITABLE=$(B)/cov bench/test/run.sh $(B)/cov/test \
		$(addprefix $(B)/cov/daemon/,faults churn)
	@lcov --quiet --capture --directory $(B)/cov --base-directory . \
		--no-external --output-file $(B)/cov/lines
	@lcov --list $(B)/cov/lines
