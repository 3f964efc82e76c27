# SPDX-License-Identifier: GPL-2.0
# What looks for mistakes that no test asks about, in the source and while programs
# run.

# Every C file.
.PHONY: objects
objects: $(patsubst %.c,$(B)/%.o,$(shell find bench daemon engines -name '*.c'))

.PHONY: lint
lint:			## Run shellcheck, cppcheck, clang-tidy and gcc's analyzer
	@bench/test/run.sh $(B)/test bench/test/lint.sh
