# SPDX-License-Identifier: GPL-2.0
# Whether "fpbench bisect" finds a commit that is known to be slower.

.PHONY: check-bisect
check-bisect: all	## Find a slowdown that is planted in one of 64 commits
	@FPBENCH=$(B)/fpbench bench/test/find_planted.sh \
		-n $(call quoted,$(or $(COMMITS),64)) \
		-t $(call quoted,$(or $(TRIES),1))
