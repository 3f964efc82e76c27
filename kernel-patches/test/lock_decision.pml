/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How passthrough writes decide for the shared or the exclusive inode lock, as
 * in the series, beside a truncate and a chmod: for Spin. model.sh runs it, and
 * again with each mistake and each gap.
 *
 * The memory is that of one CPU, so that everything sees the same order of
 * stores. The first look is without the lock, but only the second one counts;
 * the lock orders that against the stores of whoever held it before.
 */
#define WRITES		2
#define ALL		(WRITES + 2)

byte readers;				/* of the inode lock */
bit writer;
byte size = 2, i_size = 2;		/* below the mount; in the fuse inode */
bit sxid, nosec = 1;			/* set-id bits; S_NOSEC */
bit has_nosec;				/* the server has HANDLE_KILLPRIV_V2 */
byte done;

#define LACKS_NOSEC	(has_nosec && !nosec)
#define MAY_HAVE_PRIVS	(has_nosec -> !nosec : sxid)

inline lock()
{
	atomic { !writer && readers == 0 -> writer = 1 }
}

inline lock_shared()
{
	atomic { !writer -> readers++ }
}

inline unlock()
{
	d_step { assert(writer); writer = 0 }
}

inline unlock_shared()
{
	d_step { assert(readers > 0); readers-- }
}

/* fuse_passthrough_needs_exclusive(), in three steps */
inline look_at_flags()
{
	exclusive = 0;
#ifndef APPENDS_SHARE
	if
	:: append -> exclusive = 1
	:: else
	fi;
#endif
}

inline look_at_eof()
{
#ifndef NO_LOOK_AT_EOF
	if
	:: end > i_size -> exclusive = 1
	:: else
	fi;
#endif
	skip
}

inline look_for_privs()
{
#ifndef NO_LOOK_FOR_PRIVS
	if
	:: MAY_HAVE_PRIVS -> exclusive = 1
	:: else
	fi;
#endif
	skip
}

inline decide()
{
	look_at_flags();
	look_at_eof();
	look_for_privs()
}

inline decide_again()
{
#ifndef NO_SECOND_LOOK
	look_at_flags();
#ifndef SECOND_LOOK_NOT_AT_EOF
	look_at_eof();
#endif
#ifndef SECOND_LOOK_NOT_FOR_PRIVS
	look_for_privs();
#endif
#endif
	skip
}

/* fuse_passthrough_lock() */
inline lock_for_write()
{
	decide();
	if
	:: exclusive && LACKS_NOSEC ->
		/* inode_trylock() */
		atomic {
			if
			:: !writer && readers == 0 -> writer = 1
			:: else -> exclusive = 0
			fi
		}
	:: exclusive && !LACKS_NOSEC -> lock()
	:: else
	fi;
	if
	:: exclusive
	:: else ->
		lock_shared();
		decide_again();
		if
		:: exclusive ->
#ifndef NO_UPGRADE
			unlock_shared();
#ifndef UPGRADE_TO_SHARED
			lock()
#else
			lock_shared();
			exclusive = 0
#endif
#else
			skip
#endif
		:: else
		fi
	fi;
#ifdef SHARED_NOT_LOCKED
	if
	:: !exclusive -> unlock_shared()
	:: else
	fi
#endif
}

/* fuse_passthrough_unlock() */
inline unlock_after_write()
{
#ifdef UNLOCK_DECIDES_AGAIN
	decide();
#endif
#ifdef UNLOCK_SWAPPED
	exclusive = !exclusive;
#endif
	if
	:: exclusive -> unlock()
#ifndef SHARED_NOT_LOCKED
	:: else -> unlock_shared()
#else
	:: else
#endif
	fi
}

/* A write of one block: the last but one, the last, past EOF, or an append. */
proctype write()
{
	byte end;
	bit append, exclusive;

	if
	:: end = 1
	:: end = 2
	:: end = 3
	:: append = 1
	fi;
	lock_for_write();
	if
	:: append -> end = size + 1
	:: else
	fi;
	/* file_remove_privs() */
	if
	:: MAY_HAVE_PRIVS ->
		assert(exclusive && writer);
		sxid = 0;
		nosec = has_nosec
	:: else
	fi;
	/* The data is written. */
	assert(exclusive -> writer && readers == 0 : readers > 0);
	assert(exclusive || end <= size);
	assert(!append || end == size + 1);
	assert(!sxid);
#ifdef NEVER_TOGETHER
	assert(readers < 2);
#endif
	if
	:: end > size -> size = end
	:: else
	fi;
	/* end_write() */
	if
	:: end > i_size -> i_size = end
	:: else
	fi;
	unlock_after_write();
	done++
}

proctype truncate()
{
	lock();
	size = 1;
	i_size = size;
	nosec = 0;
	unlock();
	done++
}

proctype chmod()
{
	lock();
	sxid = 1;
	nosec = 0;
	unlock();
	done++
}

#ifdef CHMOD_BELOW
/* The server changes the mode by itself, and the kernel learns of it. */
active proctype reply()
{
	sxid = 1;
	nosec = 0
}
#endif

#ifdef CUT_BELOW
/* The file is cut, and the kernel does not learn of it. */
active proctype cut()
{
	size = 1
}
#endif

init
{
	byte i;

	atomic {
		if
		:: has_nosec = 1
		:: nosec = 0
		fi;
		for (i : 1 .. WRITES) {
			run write()
		};
		run truncate();
		run chmod()
	};
	done == ALL;
	assert(!writer && readers == 0);
	assert(i_size == size)
}
