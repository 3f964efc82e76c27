# SPDX-License-Identifier: GPL-2.0
# Installing it, its archive, and its Debian package.

prefix	?= /usr/local
bindir	?= $(prefix)/bin
sbindir	?= $(prefix)/sbin
libdir	?= $(prefix)/lib
datadir	?= $(prefix)/share
mandir	?= $(datadir)/man
zshdir	?= $(datadir)/zsh/site-functions

install-script = B=$(B) $(foreach v,DESTDIR prefix bindir sbindir libdir \
	datadir zshdir mandir,$(v)=$(call quoted,$($(v)))) \
	bench/packaging/install.sh

.PHONY: install uninstall
install: all		## Install below DESTDIR and prefix
	@$(install-script) install

uninstall: all		## Remove what "make install" puts there
	@$(install-script) uninstall

DIST	:= $(B)/fpbench-$(VERSION).tar.gz

.PHONY: dist
dist:			## Pack the source of the last commit
	@bench/packaging/dist.sh $(DIST)

# In a chroot of Debian 13, so that nothing of this machine is in it.
.PHONY: deb check-package
deb: dist		## Build the Debian package, in a chroot (root)
	@bench/packaging/deb.sh build $(DIST) $(B)/package

check-package: deb	## Install it in a chroot and measure there (root, 20 min)
	@bench/packaging/deb.sh try $(DIST) $(B)/package
