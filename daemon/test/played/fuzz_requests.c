// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's operations, for libFuzzer: an input is a list of requests, see
 * kernel.h, after a byte that says how the daemon runs.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cred.h"
#include "kernel.h"
#include "sandbox.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *why = sandbox_enter();

	if (why) {
		puts(why);
		exit(77);
	}
	if (fpfs_cred_init())
		fail("the credentials");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const locks[] = {
		"source", "strict", "source", "local",
	};
	uint8_t how = size ? *data : 0;
	struct kernel *k;

	if (!size)
		return 0;
	k = kernel_start(&(struct kernel_setup){
		.mode = kernel_modes[how % KERNEL_MODES], .locks = locks[how >> 2 & 3],
		.killpriv = !(how & 16), .timeout = !(how & 32), .lanes = 1,
	});
	lane_send_all(kernel_lane(k, 0), data + 1, size - 1);
	kernel_stop(k);
	return 0;
}

/* Every second time a request that makes sense is appended. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed)
{
	if (seed & 1 || size + RECORD_MAX > max || !size)
		return LLVMFuzzerMutate(data, size, max);
	return size + record_draw(&seed, data + size);
}
