#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every function of the C library that requests lead to fails in the test of faults
# (test/played/faults.c), or is here with the reason why not.
set -eu
cd "$(dirname "$0")/../.."
b=${B:-build}

# Those that cannot fail, or whose failure says nothing.
never="abort atoll fclose fgets free getpid gettid malloc_trim memcmp memcpy memmove
	memset pthread_attr_destroy pthread_attr_init pthread_attr_setdetachstate
	pthread_attr_setstacksize pthread_cond_destroy pthread_cond_init
	pthread_cond_signal pthread_cond_wait pthread_mutex_destroy
	pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock sched_yield
	snprintf sscanf strchr strcmp strerror strlen strncmp
	strnlen strtol strtoll strtoul strtoull umask usleep vsnprintf vsyslog"
# Before the first request, see start.sh; and in threads that serve none.
apart="access aligned_alloc epoll_create1 epoll_wait eventfd fstat64
	fstatfs64 getrlimit64 memfd_create nanosleep openlog prctl pthread_join
	pthread_kill setgroups sigaction strdup sysconf write"
# On a timer that was made before.
timers="timer_delete timer_settime"

wrapped=$(sed -n 's/^WRAP(\([^,]*\),.*/\1/p;
	s/.* __real_\([a-z0-9_]*\)(int.*;$/\1/p' daemon/test/played/faults.c)
called=$(for o in "$b"/daemon/*.o; do
	case $o in
	*/main.o|*/session.o|*/opts.o|*/mount_helper.o) ;;
	*) nm -u "$o" ;;
	esac
done | sed -n 's/^ *U \(__isoc99_\|__isoc23_\)\{0,1\}\([a-z][a-z0-9_]*\)$/\2/p' |
	grep -v '^fpfs_\|^fuse_' | sort -u)
missing=
# shellcheck disable=SC2086 # words
set -- $never $apart $timers $wrapped ioctl
for call in $called; do
	case " $* " in
	*" $call "*) ;;
	*) missing="$missing $call" ;;
	esac
done
if [ -z "$missing" ]; then
	echo "ok 1 - each call that a request leads to fails in a test"
else
	echo "not ok 1 - each call that a request leads to fails in a test"
	echo "# not:$missing"
fi
echo 1..1
[ -z "$missing" ]
