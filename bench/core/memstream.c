// SPDX-License-Identifier: GPL-2.0
#include "core/memstream.h"

#include <stdlib.h>

FILE *fpb_memstream_open(struct fpb_memstream *m)
{
	*m = (struct fpb_memstream){ NULL };
	m->out = open_memstream(&m->text, &m->len);
	return m->out;
}

char *fpb_memstream_close(struct fpb_memstream *m)
{
	if (!fclose(m->out))
		return m->text;
	free(m->text);
	return NULL;
}
