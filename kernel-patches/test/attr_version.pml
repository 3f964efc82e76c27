/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the end of a write invalidates the attributes of a fuse inode without a
 * lock, while replies to requests bring new ones: the patch "let the end of a
 * write only read the connection's attr_version" of kernel-patches/beyond, for
 * Spin. model.sh runs it, and again without each of its parts.
 *
 * Each store is pending until the process "memory" lets the others see it, at
 * any time and in any order. Nothing but a barrier waits for that, not even an
 * atomic operation: the machine is weaker than x86 and, as to stores that
 * overtake each other, than any. Loads are not reordered.
 */
#define WRITES		2
#define REQUESTS	2
#define ALL		(WRITES + REQUESTS)

bit data[WRITES];			/* written to the backing file */
byte fc_version = 1, fi_version = 1;
bit invalid;				/* inval_mask */
bit cached[WRITES];			/* the attributes in the inode */
bit locked;				/* fi->lock */
byte snapshot[REQUESTS];
byte done;

/* Stores that only the process itself has seen; 0: none */
bit to_data[WRITES], to_fc[REQUESTS], to_valid[REQUESTS];
byte to_fi[ALL];

#define DATA(i) \
	:: d_step { to_data[i] -> data[i] = 1; to_data[i] = 0 }
#define FC(i) \
	:: d_step { to_fc[i] -> fc_version++; snapshot[i] = fc_version; \
		    to_fc[i] = 0 }
#define VALID(i) \
	:: d_step { to_valid[i] -> invalid = 0; to_valid[i] = 0 }
#define FI(i) \
	:: d_step { to_fi[i] -> \
		    fi_version = (to_fi[i] > fi_version -> to_fi[i] : \
							   fi_version); \
		    to_fi[i] = 0 }

active proctype memory()
{
end:	do
	DATA(0)
	DATA(1)
	FC(0)
	FC(1)
	VALID(0)
	VALID(1)
	FI(0)
	FI(1)
	FI(2)
	FI(3)
	od
}

/* fuse_advance_attr_version() of process @who, after its barrier */
inline advance(who)
{
	old = fi_version;
	now = fc_version;
	if
	:: now > old -> to_fi[who] = now
	:: else
	fi
}

/* A write, and fuse_write_invalidate_attr() at its end */
proctype write(byte me)
{
	byte old, now;

	to_data[me] = 1;
#ifndef NO_BARRIER_IN_ADVANCE
	to_data[me] == 0;
#endif
	advance(me);
#ifndef NO_BARRIER_IN_INVALIDATE
	to_fi[me] == 0;
#endif
	if
	:: !invalid -> invalid = 1
	:: else
	fi;
	to_data[me] == 0 && to_fi[me] == 0;
	done++
}

#ifdef COMPARE_AS_BEFORE
#define OUTDATED(me) (fi_version > snapshot[me])
#else
#define OUTDATED(me) (fi_version >= snapshot[me])
#endif

/* fuse_do_getattr(), and what it calls when the reply is there */
proctype request(byte me)
{
	byte old, now;
	bit attributes[WRITES];

	to_fc[me] = 1;
#ifndef NO_BARRIER_IN_GET
	to_fc[me] == 0;
#endif
	/* at the server */
	attributes[0] = data[0];
	attributes[1] = data[1];

	to_fc[me] == 0;
	atomic { !locked -> locked = 1 };
	if
	:: OUTDATED(me)
	:: else ->
		to_valid[me] = 1;
#ifndef NO_BARRIER_IN_CHANGE
		to_valid[me] == 0;
#endif
#ifndef NO_SECOND_LOOK
		if
		:: OUTDATED(me) ->
			to_valid[me] == 0;
			invalid = 1
		:: else
		fi;
#endif
		advance(WRITES + me);
		cached[0] = attributes[0];
		cached[1] = attributes[1];
	fi;
	to_valid[me] == 0 && to_fi[WRITES + me] == 0;
	locked = 0;
	done++
}

init
{
	atomic {
		if
		:: invalid = 1
		:: invalid = 0
		fi;
		run write(0);
		run write(1);
		run request(0);
		run request(1)
	};
	done == ALL;
	/* What is taken for valid is what was written. */
	assert(invalid || (cached[0] && cached[1]))
}
