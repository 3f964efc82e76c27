// SPDX-License-Identifier: GPL-2.0
#include "report/with.h"

#include <errno.h>
#include <stdlib.h>

int fpb_report_add_picture(struct fpb_report_with *with,
			   const struct fpb_figure *figure, char *title,
			   char *svg)
{
	struct fpb_picture *more = NULL;

	if (title && svg)
		more = realloc(with->pictures, (with->npictures + 1) *
			       sizeof(*more));
	if (!more) {
		free(title);
		free(svg);
		return -ENOMEM;
	}
	with->pictures = more;
	more[with->npictures++] = (struct fpb_picture){ *figure, title, svg };
	return 0;
}

void fpb_report_with_free(struct fpb_report_with *with)
{
	while (with->npictures) {
		free(with->pictures[--with->npictures].svg);
		free(with->pictures[with->npictures].title);
	}
	free(with->pictures);
	with->pictures = NULL;
}
