/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions that do nothing, by which what counts the instructions of a
 * machine (bench/plugin/count.c) learns which I/Os it is to count. Knows no fio.
 */
#ifndef FPB_MARK_H
#define FPB_MARK_H

/*
 * A long no-op, nopl OFFSET(%rax,%rax,1), with an offset that no compiler pads
 * with: four bytes of code, then these, the lowest first.
 */
#define FPB_MARK_CODE	"\x0f\x1f\x84\x00"
#define FPB_MARK_BEGIN	0x66706262
#define FPB_MARK_END	0x66706265

#define FPB_MARK_TEXT_(n)	#n
#define FPB_MARK_TEXT(n)	FPB_MARK_TEXT_(n)

#ifdef __x86_64__
#define FPB_MARK(offset)	asm volatile("nopl " FPB_MARK_TEXT(offset) \
					     "(%%rax,%%rax,1)" ::: "memory")
#else
#define FPB_MARK(offset)	((void)(offset))
#endif

#endif
