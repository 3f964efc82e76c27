// SPDX-License-Identifier: GPL-2.0
#include "core/nextsession.h"

#include "core/effect.h"

size_t fpb_next_kernel(const size_t *sessions, size_t n)
{
	size_t i, first = 0, last = 0;

	for (i = 1; i < n; i++) {
		if (sessions[i] < sessions[first])
			first = i;
		if (sessions[i] <= sessions[last])
			last = i;
	}
	return sessions[first] % 2 ? last : first;
}

size_t fpb_next_lacking(const size_t *sessions, size_t n)
{
	size_t i, want = FPB_SESSIONS_MIN, lacking = 0;

	for (i = 0; i < n; i++)
		want = sessions[i] > want ? sessions[i] : want;
	for (i = 0; i < n; i++)
		lacking += want - sessions[i];
	return lacking;
}
