/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine of a few functions, to test what counts instructions
 * (bench/plugin/count.c) without a kernel: test_plugin.sh boots it in QEMU and
 * knows how often each of them is executed. A flat image with a Multiboot header.
 *
 * It is linked for the addresses of a kernel. What runs at low addresses, where
 * the same memory is mapped as well, is the plugin's user space.
 */
#include "mark.h"

#define LOW(symbol)	(symbol + 0x80000000)	/* in 32 bits, modulo 2^64 */
#define MAGIC		0x1badb002
#define HAS_ADDRESSES	0x10000
#define VECTOR		0x20

/* In memory that nobody else uses. */
#define PML4		0x10000
#define PDPT		0x11000
#define PD		0x12000
#define IDT		0x13000
#define STACK		0x80000
#define BUFFER		0xa000

	.text
	.code32
header:
	.long	MAGIC, HAS_ADDRESSES, -(MAGIC + HAS_ADDRESSES)
	.long	LOW(header), LOW(header), 0, 0, LOW(start)

/* To 64 bits: the first 2 MiB at 0 and at the kernel's addresses. */
	.globl	start
start:
	movl	$(PDPT + 3), PML4
	movl	$(PDPT + 3), PML4 + 511 * 8
	movl	$(PD + 3), PDPT
	movl	$(PD + 3), PDPT + 510 * 8
	movl	$0x83, PD
	movl	$PML4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax
	movl	%eax, %cr0
	lgdt	LOW(gdt_pointer)
	ljmp	$8, $LOW(user)

	.code64
user:
	movl	$STACK, %esp
	movq	$asm_interrupt, %rax
	movw	%ax, IDT + 16 * VECTOR
	movw	$8, IDT + 16 * VECTOR + 2
	movw	$0x8e00, IDT + 16 * VECTOR + 4
	shrq	$16, %rax
	movw	%ax, IDT + 16 * VECTOR + 6
	shrq	$16, %rax
	movl	%eax, IDT + 16 * VECTOR + 8
	lidt	idt_pointer(%rip)
	/* What comes before the first mark does not count. */
	movq	$outer, %rbx
	call	*%rbx
	nopl	FPB_MARK_BEGIN(%rax,%rax,1)
	call	*%rbx
	call	*%rbx
	nopl	FPB_MARK_END(%rax,%rax,1)
	/* A fault that nobody handles: QEMU has -no-reboot. */
	lidt	nothing(%rip)
	ud2

	.balign	8
gdt:	.quad	0, 0x00209a0000000000, 0x00cf92000000ffff
gdt_pointer:
	.word	23
	.long	LOW(gdt)
idt_pointer:
	.word	16 * (VECTOR + 1) - 1
	.quad	IDT
nothing:
	.word	0
	.quad	0

/* --- what is counted, each time that outer is called --------------------------- */

leaf:
	.rept	PLANTED
	nop
	.endr
	ret

middle:
	call	leaf
	call	*leaf_pointer(%rip)
	rep ret

/* Its function is called by whoever called it. */
tail:
	jmp	middle

/* As many times as QEMU likes; one instruction. */
copy:
	movl	$BUFFER, %esi
	movl	$BUFFER + 128, %edi
	movl	$100, %ecx
	rep movsb
	ret

/* No call: it is no part of what it interrupts. */
asm_interrupt:
	call	handler
	iretq

handler:
	nop
	ret

interrupted:
	int	$VECTOR
	call	leaf
	ret

/* To the other stack; it returns when that one comes back. */
switch:
	xchgq	%rsp, other_rsp(%rip)
	ret

/* A task of its own, which nobody has called. */
task:
	call	leaf
	call	switch
	jmp	task

outer:
	call	middle
	call	tail
	call	copy
	call	interrupted
	call	switch
	ret

	.balign	8
leaf_pointer:
	.quad	leaf
other_rsp:
	.quad	task_stack
task_stack:
	.quad	task
