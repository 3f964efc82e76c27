#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fpbench conform in real guests: stress-ng, and a suite of our own whose tests fail
# in every way that a test can.
. "$(dirname "$0")/tap.sh"

before=$(traces "$guests")

# --- what is refused -------------------------------------------------------------

refused "a suite that is not there" 2 'unknown suite "xfs"' conform --suite xfs
refused "a suite without its tree" 2 "--suite pjdfstest=DIR" \
	conform --suite pjdfstest
refused "a tree that is not there" 2 "No such file" \
	conform --suite tap=/nonexistent
refused "a tree for a suite that has none" 2 "stress-ng needs no tree" \
	conform --suite stress-ng=/tmp
refused "a group of a suite that has none" 2 "this suite has no groups" \
	conform --suite fio -g quick
refused "a command that mounts nowhere" 2 "must be a command with {mnt}" \
	conform --fs 'bindfs {source}'
refused "a pattern that fits nothing" 2 "no test of that name" \
	conform --suite fio 'nosuch*'
refused "the running kernel" 2 "boots no guest" conform -b host --suite fio

# All that a suite needs and that is not there is named at once.
mkdir "$tmp/few" "$tmp/tree"
for c in sh dirname; do
	ln -s "$(command -v $c)" "$tmp/few/$c"
done
# lacks SUITE TEXT
lacks() {
	ok "$1 without what it needs: status 77" status_is 77 \
		env PATH="$tmp/few" "$f" conform -l --suite "$1=$tmp/tree"
	ok "$1 without what it needs: says what" says "not installed: $2"
	ok "$1 without what it needs: in one line" one_line
}
lacks pjdfstest "autoreconf, automake, perl"
lacks xfstests "autoconf, automake, libtoolize, xfs/xfs.h, uuid/uuid.h"

# --- a suite of our own ----------------------------------------------------------

suite=$tmp/suite
mkdir -p "$suite/a"
# test_t NAME: standard input is a test of one subtest, after its plan.
test_t() {
	{ echo 'echo 1..1'; cat; } >"$suite/$1.t"
}
test_t a/passes <<-'EOT'
	echo data >file && grep -q data file && echo ok
	EOT
test_t b-differs <<-'EOT'
	[ "$FPB_SIDE" = raw ] && echo ok || echo "not ok - it is a mount"
	EOT
test_t c-both <<-'EOT'
	echo not ok
	EOT
test_t d-hangs <<-'EOT'
	[ "$FPB_SIDE" = raw ] || sleep 600
	echo ok
	EOT
test_t e-kills-daemon <<-'EOT'
	[ "$FPB_SIDE" = raw ] || kill -KILL $(pgrep fpfs)
	echo ok
	EOT
test_t f-ends-guest <<-'EOT'
	[ "$FPB_SIDE" = raw ] ||
		perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
	echo ok
	EOT
test_t g-wedges-daemon <<-'EOT'
	[ "$FPB_SIDE" = raw ] || kill -STOP $(pgrep fpfs)
	stat -f . >/dev/null && echo ok
	EOT
test_t h-is-empty <<-'EOT'
	ls -A | grep -q . && echo not ok || echo ok
	EOT
printf 'echo "1..0 # SKIP not here"\n' >"$suite/i-skips.t"

cat >"$tmp/known" <<-'EOF'
	# what is known
	tap/b-differs	a mount is a mount
	tap/h-is-empty	it never was
	EOF

# line TEXT: a line of the report begins so.
line() {
	grep -q -e "^$1" "$tmp/report" || {
		sed 's/^/# /' "$tmp/report"
		return 1
	}
}

ok "tests that fail in every way: status 1" status_is 1 "$f" conform \
	--suite "tap=$suite" --known "$tmp/known" --deadline=20s -f tap \
	-o "$tmp/report"
ok "each side is counted: raw" says "  raw   7 pass, 1 fail, 1 skip"
ok "each side is counted: the mount" says "  mount 2 pass, 6 fail, 1 skip"
ok "one that passes" line "ok 1 - tap/a/passes on patched$"
ok "one that is known" \
	line "not ok 2 - tap/b-differs on patched # TODO a mount is a mount"
ok "one that fails on both" line "ok 3 - tap/c-both on patched # SKIP not ok"
ok "one that hangs" line "not ok 4 - tap/d-hangs on patched$"
ok "one that hangs: says so" line "# fail: still ran after 20 s"
ok "one that kills the daemon" line "not ok 5 - tap/e-kills-daemon on patched$"
ok "one that kills the daemon: says so" \
	line "# fail: target fs: "
ok "one that ends the guest" line "not ok 6 - tap/f-ends-guest on patched$"
ok "one that ends the guest: says so" line "# fail: ended early"
ok "one that stops the daemon and waits for it" \
	line "not ok 7 - tap/g-wedges-daemon on patched$"
ok "one that stops the daemon: says so" \
	line "# fail: target fs: its daemon does not answer"
ok "those after it go on, and one passes that is known to fail" \
	line "ok 8 - tap/h-is-empty on patched # TODO it never was"
ok "one that skips" line "ok 9 - tap/i-skips on patched # SKIP"
dir=$(realpath results/latest-conform)
ok "the report in all formats" test -s "$dir/report.text" -a \
	-s "$dir/report.junit" -a -s "$dir/report.tap"
ok "the text has what differs" grep -q \
	"^tap/b-differs patched: KNOWN FAILURE" "$dir/report.text"
ok "and not what passes" sh -c "! grep -q tap/a/passes '$dir/report.text'"
ok "the output of each test is kept" grep -q "it is a mount" \
	"$dir/mount-000/b-differs.log"

printf 'tap/[c-g]*	# all that fail\n' >"$tmp/exclude"
ok "an unexpected pass: status 3" status_is 3 "$f" conform \
	--suite "tap=$suite" --known "$tmp/known" -E "$tmp/exclude"
ok "an unexpected pass: says so" says "UNEXPECTED PASS"
ok "on raw only what fails: status 3" status_is 3 "$f" conform --raw-failed \
	--suite "tap=$suite" --known "$tmp/known" -E "$tmp/exclude"
ok "on raw only what fails: says so" \
	says "tap: 4 tests; on raw XFS only what the mount fails"
ok "on raw only what fails: counts it" says "  raw   1 pass, 0 fail, 0 skip"
ok "on raw only what fails: that is known" says "raw passes"
ok "a command of the user's: status 0" status_is 0 "$f" conform \
	--suite "tap=$suite" --fs '{fpfs} --mode=copy {source} {mnt}' a/passes
printf 'echo 1..1; echo not ok\n' >"$suite/a/passes.t"
ok "it is told apart from raw" status_is 0 "$f" conform \
	--suite "tap=$suite" a/passes
ok "it is told apart from raw: says so" says "raw fails, too"
printf 'echo 1..1; echo not ok\n' >"$suite/a/fails.t"
ok "tests that all fail on raw" status_is 0 "$f" conform \
	--suite "tap=$suite" 'a/*'
ok "tests that all fail on raw: says that they show nothing" \
	says "tap shows nothing: none of its tests passes on raw XFS"
ok "a daemon that does not start: status 4" status_is 4 "$f" conform \
	--suite "tap=$suite" --fs 'false {mnt}' a/passes
ok "a daemon that does not start: says why" says "ended with status 1"

# --- stress-ng and fio -----------------------------------------------------------

if command -v stress-ng >/dev/null; then
	ok "stress-ng" status_is 0 "$f" conform --time=1s chmod fallocate hdd \
		link rename xattr
	ok "stress-ng: all of them passed" says "6 passed, 0 failed, 0 skipped"
else
	skip "stress-ng" "stress-ng is not installed"
fi
ok "fio" status_is 0 "$f" conform --suite fio psync libaio-direct mmap
ok "fio: all of it passed" says "3 passed, 0 failed, 0 skipped"

ok "nothing is left behind" no_traces "$guests"
tap_end
