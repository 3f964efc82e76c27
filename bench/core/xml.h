/* SPDX-License-Identifier: GPL-2.0 */
/* Any text as a part of an XML or HTML document. */
#ifndef FPB_XML_H
#define FPB_XML_H

#include <stddef.h>
#include <stdio.h>

/* In place of what no document can have. */
#define FPB_XML_REPLACEMENT	"\ufffd"

/*
 * The bytes of the character at @text, or 0 if XML has none such: a control
 * character, or bytes that are no UTF-8.
 */
size_t fpb_xml_char(const char *text);

/*
 * Write @text so that it stands for itself, between tags as well as in a quoted
 * attribute.
 */
void fpb_xml_text(FILE *out, const char *text);

#endif
