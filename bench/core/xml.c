// SPDX-License-Identifier: GPL-2.0
#include "core/xml.h"

#include <string.h>

/* Of the character that begins with @c; 0: none does. */
static size_t length(unsigned char c)
{
	if (c < 0x80)
		return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n';
	return c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 :
	       c >= 0xc2 && c < 0xe0 ? 2 : 0;
}

size_t fpb_xml_char(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	const size_t len = length(*c);
	size_t i;

	for (i = 1; i < len; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, surrogates, past the last one, U+FFFE and -F. */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f) ||
	    (*c == 0xef && c[1] == 0xbf && c[2] > 0xbd))
		return 0;
	return len;
}

void fpb_xml_text(FILE *out, const char *text)
{
	static const struct {
		char c;
		const char *name;
	} names[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&#39;" },
	};
	size_t len, i;

	for (; *text; text += len ? len : 1) {
		len = fpb_xml_char(text);
		for (i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (*text == names[i].c)
				break;
		if (i < sizeof(names) / sizeof(*names))
			fputs(names[i].name, out);
		else if (len)
			fwrite(text, 1, len, out);
		else
			fputs(FPB_XML_REPLACEMENT, out);
	}
}
