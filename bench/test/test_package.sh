#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "make dist", and of the Debian package what can be checked without a chroot:
# "make check-package" does the rest.
. "$(dirname "$0")/tap.sh"

unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES FIO_VERSION
version=$(sed -n 's/^VERSION	*:= //p' Makefile)
name=fpbench-$version
# Nobody's checkout that happens to have $tmp in it.
export GIT_CEILING_DIRECTORIES="$tmp" GIT_CONFIG_GLOBAL="$tmp/gitconfig" \
	GIT_CONFIG_NOSYSTEM=1

# --- make dist --------------------------------------------------------------------

# The files as they are now, as a commit: this may be no checkout.
tree=$tmp/tree
dist=$tree/build/$name.tar.gz
git config --global user.name x
git config --global user.email x@example.org
make_tree() {
	mkdir "$tree"
	tar --exclude=./build --exclude=./results --exclude=./.git -cf - . |
		tar -xf - -C "$tree" || return
	git -C "$tree" init -q
	git -C "$tree" add -A
	git -C "$tree" commit -qm x
}
make_tree || exit
ok "make dist" status_is 0 make -s -C "$tree" dist
ok "says where the archive is" [ "$(cat "$out")" = "build/$name.tar.gz" ]
cp "$dist" "$tmp/first.tar.gz"
tar -tf "$dist" | sed "s,^$name/,,; /\/\$/d; /^\$/d" | sort >"$tmp/packed"
git -C "$tree" ls-files | sort >"$tmp/tracked"
ok "it has the tracked files" diff "$tmp/tracked" "$tmp/packed"
git config --global tar.umask 0077
echo more >>"$tree/README.md"
ok "again, with a changed file" status_is 0 \
	sh -c "umask 077; exec make -s -C '$tree' dist"
ok "says that the change is left out" says "not committed are left out"
ok "and gives the same bytes" cmp "$dist" "$tmp/first.tar.gz"

tar -xf "$dist" -C "$tmp"
unpacked=$tmp/$name
ok "what is unpacked is whole" status_is 0 make -s -C "$unpacked" help
# dist_there COMMAND...: by this command, without make's own line
dist_there() {
	(cd "$unpacked" && "$@" bench/packaging/dist.sh x.tar.gz)
}
ok "but no checkout" status_is 2 make -s -C "$unpacked" dist
ok "which it says" says "$unpacked is not a git checkout"
ok "with status 2" status_is 2 dist_there
ok "in one line" one_line
git -C "$tmp" init -q
ok "in a checkout of something else" status_is 2 \
	dist_there env -u GIT_CEILING_DIRECTORIES
ok "it says that" says "in the git checkout of something else"
rm -rf "$tmp/.git"
mkdir "$tmp/bin"
for p in sh basename; do
	ln -s "$(command -v $p)" "$tmp/bin/$p"
done
ok "without git: status 77" status_is 77 dist_there env "PATH=$tmp/bin"
ok "says so" says "git is not installed"
ok "in one line, too" one_line

# --- the Debian package -----------------------------------------------------------

debian=bench/packaging/debian

# field NAME: of control, a package a line, without versions
field() {
	sed -n "/^$1:/,/^[A-Z]/{/^ /p}" "$debian/control" |
		sed 's/^ //; s/[ ,].*//' | sort
}
build_deps() {
	field Build-Depends |
		grep -vx 'debhelper-compat\|libfuse3-dev\|pkgconf'
}
# What of the packages that make installs the build needs: kernels are for later.
needed() {
	bench/deps/packages.sh --list base | grep -- '-dev$' |
		grep -vx 'libc6-dev\|linux-libc-dev' | sort
}
same_lists() {
	"$1" >"$tmp/one"
	"$2" >"$tmp/other"
	diff "$tmp/one" "$tmp/other"
}
ok "Build-Depends are the libraries that make installs" same_lists build_deps needed

# absent: paths that the copyright file names, of ours and of fio's
absent() {
	sed -n '/^Files: /,/^Copyright:/{s/^Files://; /^ /p}' "$debian/copyright" |
		while read -r pattern; do
		path=$pattern
		case $pattern in
		'*') continue ;;
		fio/*) path=build/deps/$pattern ;;
		esac
		# shellcheck disable=SC2086 # a pattern
		ls -d $path >/dev/null 2>&1 || echo "# $pattern"
	done
}
if [ -e build/deps/fio/crc ]; then
	ok "the copyright file names what is there" [ -z "$(absent)" ]
else
	skip "the copyright file names what is there" "no source of fio"
fi

# As debian/rules does.
root=$tmp/root
ok "make install" status_is 0 make -s install "DESTDIR=$root" prefix=/usr \
	zshdir=/usr/share/zsh/vendor-completions
# unexplained: programs in PATH without a manual
unexplained() {
	for p in "$root"/usr/bin/*; do
		[ -s "$root/usr/share/man/man1/${p##*/}.1" ] || echo "$p"
	done
	for p in "$root"/usr/sbin/*; do
		[ -s "$root/usr/share/man/man8/${p##*/}.8" ] || echo "$p"
	done
}
ok "each program has a manual" [ -z "$(unexplained)" ]
ok "nothing is outside of /usr" [ "$(ls -A "$root")" = usr ]

export FPBENCH_CACHE="$tmp/cache"
chmod 755 "$tmp"
if [ "$(id -u)" -eq 0 ]; then
	ok "not as root: status 77" status_is 77 setpriv --reuid=65534 \
		bench/packaging/deb.sh build "$tmp/first.tar.gz" "$tmp/package"
else
	ok "not as root: status 77" status_is 77 \
		bench/packaging/deb.sh build "$tmp/first.tar.gz" "$tmp/package"
fi
ok "says why" says "only root can make the chroot"
ok "in one line, too" one_line

if ! command -v dpkg-source >/dev/null; then
	skip "the source package" \
		"dpkg-dev is not installed (bench/deps/packages.sh package)"
	tap_end
fi

# A fio of which nothing is compiled.
fio=fio_$(sed -n 's/^versions=.*:-\([0-9.]*\).*/\1/p' bench/deps/fio.sh).orig.tar.gz
for f in configure doc/manual examples/job os/os.h os/windows/os.c; do
	mkdir -p "$(dirname "$tmp/fio-3/$f")"
	echo x >"$tmp/fio-3/$f"
done
mkdir -p "$FPBENCH_CACHE/downloads"
tar -czf "$FPBENCH_CACHE/downloads/$fio" -C "$tmp" fio-3
cp "$tmp/first.tar.gz" "$tmp/$name.tar.gz"
package=$tmp/package
ok "the source package" status_is 0 bench/packaging/deb.sh source \
	"$tmp/$name.tar.gz" "$package"
dsc=$package/fpbench_$version-1.dsc
ok "has the version of the Makefile" grep -qx "Version: $version-1" "$dsc"
ok "and the archive of make dist" cmp "$tmp/first.tar.gz" \
	"$package/fpbench_$version.orig.tar.gz"
ok "it can be unpacked" status_is 0 dpkg-source --no-check -x "$dsc" "$package/src"
ok "has what is built with it" [ -x "$package/src/debian/rules" ]
ok "and of fio" [ "$(cd "$package/src/fio" && find . -type f | sort |
	paste -sd ' ')" = "./configure ./os/os.h" ]
find "$package" -mindepth 1 -maxdepth 1 -not -name 'fpbench_*' -printf '%f\n' |
	sort >"$tmp/left"
ok "nothing else is left" [ "$(paste -sd ' ' "$tmp/left")" = "log src" ]
tap_end
