/* SPDX-License-Identifier: GPL-2.0 */
/* How the HTML page looks. */
#ifndef FPB_HTMLSTYLE_H
#define FPB_HTMLSTYLE_H

/*
 * CSS without anything that XML would have to escape. Texts have a contrast of
 * 4.5 or more in both schemes (WCAG 2.2, 1.4.3), also those that gnuplot draws.
 */
extern const char fpb_html_style[];

#endif
