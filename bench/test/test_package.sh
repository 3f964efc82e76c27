#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# "make dist": the same bytes each time, of a checkout alone.
. "$(dirname "$0")/tap.sh"

unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
version=$(sed -n 's/^VERSION	*:= //p' Makefile)
name=fpbench-$version
# Nobody's checkout that happens to have $tmp in it.
export GIT_CEILING_DIRECTORIES="$tmp" GIT_CONFIG_GLOBAL="$tmp/gitconfig" \
	GIT_CONFIG_NOSYSTEM=1

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
tap_end
