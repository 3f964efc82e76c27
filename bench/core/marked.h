/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A text that people write around blocks that programs write. A block begins
 * below the line "[fpbench: NAME]" and ends above "[fpbench: end]". Pure.
 */
#ifndef FPB_MARKED_H
#define FPB_MARKED_H

/*
 * Copies @text with @block in place of what the block @name holds, in *@out
 * for free(). Blank lines separate the block from both of its markers.
 * Returns 0, -ENOENT if no marker begins the block, -EINVAL if none ends it or
 * two begin it, or -ENOMEM.
 */
int fpb_marked_replace(const char *text, const char *name, const char *block,
		       char **out);

#endif
