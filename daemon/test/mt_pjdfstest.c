// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of pjdfstest that fail if a daemon makes objects as root: the
 * caller owns what it makes, and permissions are as on the source. Each test
 * names the files of pjdfstest that check the same: chmod/05,07 chown/05
 * ftruncate/05 link/06,07 mkdir/00 mkfifo/00 mknod/00 open/00,06,07
 * rename/09,10 rmdir/11 truncate/05.
 */
#include "harness.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { ME = 65534, ELSE = 65533 };

enum type { NONE, FILE_, FIFO, BLOCK, CHAR, SOCK, LINK, DIR_, NTYPES };

static const char *const type_names[] = {
	"none", "file", "fifo", "block", "char", "socket", "link", "dir",
};

static void root(void)
{
	become(0, 0, 0);
}

static void me(void)
{
	become(ME, ME, 0);
}

static int make(enum type type, const char *path, mode_t mode)
{
	int fd;

	switch (type) {
	case FILE_:
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
		return fd < 0 ? -1 : close(fd);
	case FIFO:
		return mkfifo(path, mode);
	case BLOCK:
		return mknod(path, S_IFBLK | mode, makedev(1, 2));
	case CHAR:
		return mknod(path, S_IFCHR | mode, makedev(1, 2));
	case SOCK:
		return mknod(path, S_IFSOCK | mode, 0);
	case LINK:
		return symlink("target", path);
	case DIR_:
		return mkdir(path, mode);
	default:
		return 0;
	}
}

static void owned(enum type type, const char *path, uid_t id)
{
	root();
	if (type == BLOCK || type == CHAR) {	/* which only root may make */
		must(!make(type, path, 0644) && !lchown(path, id, id));
		return;
	}
	become(id, id, 0);
	must(!make(type, path, 0644));
}

static void gone(const char *path)
{
	root();
	if (unlink(path) && errno == EISDIR)
		rmdir(path);
}

/* --- the cases; in an empty directory that is root's, 0755 ------------------ */

/* chmod/05, chown/05, truncate/05, ftruncate/05, link/06 */
static void no_search(void)
{
	int fd;

	must(!mkdir("a", 0755) && !chown("a", ME, ME));
	must(!mkdir("b", 0755) && !chown("b", ME, ME));
	me();
	t_result("make", make(FILE_, "a/f", 0644));
	t_result("chmod", chmod("a/f", 0642));
	t_result("chown", chown("a/f", ME, ME));
	t_result("truncate", truncate("a/f", 123));
	t_result("link", link("a/f", "b/l"));
	t_state("a");
	t_result("unlink", unlink("b/l"));
	t_result("close the door", chmod("a", 0644));
	t_result("chmod", chmod("a/f", 0620));
	t_result("chown", chown("a/f", ME, ME));
	t_result("truncate", truncate("a/f", 0));
	fd = open("a/f", O_RDWR);
	t_result("open", fd);
	t_result("ftruncate", fd < 0 ? 0 : ftruncate(fd, 0));
	t_result("link", link("a/f", "a/l"));
	t_result("link", link("a/f", "b/l"));
	t_result("open the door", chmod("a", 0755));
	t_result("truncate", truncate("a/f", 7));
	t_result("close the other", chmod("b", 0644));
	t_result("link", link("a/f", "b/l"));
	root();
	gone("a/f");
}

/* link/07 */
static void no_write(void)
{
	must(!mkdir("a", 0755) && !chown("a", ME, ME));
	must(!mkdir("b", 0755) && !chown("b", ME, ME));
	me();
	t_result("make", make(FILE_, "a/f", 0644));
	t_result("link", link("a/f", "b/l"));
	t_result("unlink", unlink("b/l"));
	t_result("protect", chmod("b", 0555));
	t_result("link", link("a/f", "b/l"));
	t_result("protect", chmod("a", 0555));
	t_result("link", link("a/f", "a/l"));
	t_result("open", chmod("a", 0755));
	t_result("link", link("a/f", "a/l"));
	t_state("a");
	gone("a/l");
	gone("a/f");
}

/* chmod/07 */
static void not_the_owner(void)
{
	must(!mkdir("a", 0755) && !chown("a", ME, ME));
	me();
	t_result("make", make(FILE_, "a/f", 0644));
	t_result("symlink", symlink("f", "a/l"));
	t_result("chmod", chmod("a/f", 0642));
	t_result("chmod", chmod("a/l", 0641));
	become(ELSE, ELSE, 0);
	t_result("chmod", chmod("a/f", 0640));
	t_result("chmod", chmod("a/l", 0640));
	t_state("a");
	root();
	t_result("chown", chown("a/l", 0, 0));
	me();
	t_result("chmod", chmod("a/f", 0643));
	t_result("chmod", chmod("a/l", 0643));
	t_state("a");
	gone("a/f");
	gone("a/l");
}

/* Which of the times of @path changed in what @what did. */
static void t_times(const char *what, const char *path, const struct stat *a)
{
	struct stat b;

	must(!lstat(path, &b));
	t("%s: mtime %d ctime %d ", what,
	  memcmp(&a->st_mtim, &b.st_mtim, sizeof(b.st_mtim)) != 0,
	  memcmp(&a->st_ctim, &b.st_ctim, sizeof(b.st_ctim)) != 0);
}

/* mkdir/00, mkfifo/00, mknod/00, open/00 */
static void makes(enum type type)
{
	static const struct {
		mode_t mode, umask;
	} modes[] = {
		{ 0755, 0 }, { 0151, 0 }, { 0151, 077 }, { 0345, 070 },
		{ 0345, 0501 },
	};
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t dir;
	} who[] = {
		{ ME, ME, 0755 }, { ME, ELSE, 0755 }, { ELSE, 65532, 0777 },
		{ ELSE, 65532, 02777 }, { ELSE, 65532, 0755 },
	};
	struct stat st;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		umask(modes[i].umask);
		t_result(type_names[type], make(type, "n", modes[i].mode));
		umask(0);
		t_state(".");
		gone("n");
	}
	must(!chown(".", ME, ME));
	for (i = 0; i < 5; i++) {
		must(!chmod(".", who[i].dir));
		become(who[i].uid, who[i].gid, 0);
		t_result(type_names[type], make(type, "n", 0644));
		t_state(".");
		gone("n");
	}
	must(!chown(".", 0, 0) && !lstat(".", &st));
	msleep(10);
	t_result(type_names[type], make(type, "n", 0755));
	t_times("the directory", ".", &st);
	must(!lstat(".", &st));
	msleep(10);
	t_result("again", make(type, "n", 0755));
	t_times("the directory", ".", &st);
	gone("n");
}

static void makes_all(void)
{
	enum type type;

	for (type = FILE_; type < NTYPES; type++)
		makes(type);
}

/* open/00: of what is there, and with O_TRUNC */
static void opens(void)
{
	struct stat dir, st;
	int fd;

	put("f", "text", 0644);
	must(!lstat(".", &dir) && !lstat("f", &st));
	msleep(10);
	fd = open("f", O_CREAT | O_RDONLY, 0600);
	t_result("open", fd);
	close(fd);
	t_times("the directory", ".", &dir);
	t_times("the file", "f", &st);
	fd = open("f", O_WRONLY | O_TRUNC);
	t_result("O_TRUNC", fd);
	close(fd);
	t_times("the file", "f", &st);
	t_state(".");
}

/* open/06, open/07 */
static void permissions(void)
{
	static const mode_t modes[] = {
		0600, 0060, 0006, 0477, 0747, 0774, 0277, 0727, 0772, 0177,
		0717, 0771, 0077, 0707, 0770,
	};
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC,
		O_WRONLY | O_TRUNC, O_RDWR | O_TRUNC,
	};
	static const struct {
		uid_t uid;
		gid_t gid;
	} who[] = { { ME, ME }, { ELSE, ME }, { ELSE, ELSE } };
	static const enum type types[] = { FILE_, FIFO, DIR_ };
	unsigned int i, w, k, n;
	int fd;

	must(!chown(".", ME, ME));
	for (n = 0; n < 3; n++) {
		me();
		t_result(type_names[types[n]], make(types[n], "n", 0644));
		for (i = 0; i < 15; i++) {
			me();
			t_result("chmod", chmod("n", modes[i]));
			for (w = 0; w < 3; w++)
				for (k = 0; k < (types[n] == FILE_ ? 6 : 3);
				     k++) {
					become(who[w].uid, who[w].gid, 0);
					fd = open("n", flags[k] | O_NONBLOCK);
					t_result("", fd);
					close(fd);
				}
		}
		gone("n");
	}
}

/*
 * rename/09 (@sticky is where it comes from), rename/10 (where it goes), for
 * every owner of the directory and of what is moved or replaced.
 */
static void sticky_rename(bool from)
{
	static const uid_t ids[] = { ME, 0, ELSE };
	const char *s = from ? "s/n" : "d/n", *d = from ? "d/n" : "s/n";
	const char *in_sticky = "s/n", *other = "d/n";
	unsigned int a, b;
	enum type x, y;

	must(!mkdir("s", 0755) && !chmod("s", 01777));
	must(!mkdir("d", 0755) && !chown("d", ME, ME));
	for (a = 0; a < 3; a++)
		for (b = 0; b < 3; b++)
			for (x = FILE_; x < NTYPES; x++)
				for (y = NONE; y < NTYPES; y++) {
					/* Of the other types one is enough. */
					if (y > FIFO && y != x && y != DIR_)
						continue;
					root();
					must(!chown("s", ids[a], ids[a]));
					owned(from ? x : y, in_sticky, ids[b]);
					owned(from ? y : x, other, ME);
					me();
					t_result("", rename(s, d));
					root();
					t("%d%d ", !access(s, F_OK),
					  !access(d, F_OK));
					gone(s);
					gone(d);
				}
}

static void sticky_from(void)
{
	sticky_rename(true);
}

static void sticky_to(void)
{
	sticky_rename(false);
}

/* rmdir/11; unlink/11 is like it */
static void sticky_remove(void)
{
	static const uid_t ids[] = { ME, 0, ELSE };
	unsigned int a, b;
	enum type x;

	must(!mkdir("s", 0755) && !chmod("s", 01777));
	me();
	t_result("mkdir", mkdir("s/n", 0755));
	t_state("s");
	t_result("rmdir", rmdir("s/n"));
	for (a = 0; a < 3; a++)
		for (b = 0; b < 3; b++)
			for (x = FILE_; x < NTYPES; x++) {
				root();
				must(!chown("s", ids[a], ids[a]));
				owned(x, "s/n", ids[b]);
				me();
				t_result("", x == DIR_ ? rmdir("s/n") :
							 unlink("s/n"));
				gone("s/n");
			}
}

/* --- on both sides -------------------------------------------------------------- */

static void one_side(const char *dir, void (*run_case)(void))
{
	traced = 0;
	*trace = '\0';
	root();
	umask(0);
	must(!mkdir(in(dir, "w"), 0755) && !chdir(in(dir, "w")));
	run_case();
	root();
	t_state(".");
	must(!chdir("/"));
}

static void both(void (*run_case)(void))
{
	static char want[TRACE_MAX];
	size_t i;

	start(NULL);
	must(!chmod(src, 0755) && !chmod(raw, 0755));
	one_side(raw, run_case);
	memcpy(want, trace, sizeof(want));
	one_side(mnt, run_case);
	for (i = 0; trace[i] && trace[i] == want[i]; i++)
		;
	if (trace[i] != want[i]) {
		i = i < 200 ? 0 : i - 200;
		die("raw ...%.300s / mount ...%.300s", want + i, trace + i);
	}
	note("%zu characters of results agree", strlen(trace));
}

#define BOTH(name) static void both_##name(void) { both(name); }
BOTH(no_search)
BOTH(no_write)
BOTH(not_the_owner)
BOTH(makes_all)
BOTH(opens)
BOTH(permissions)
BOTH(sticky_from)
BOTH(sticky_to)
BOTH(sticky_remove)

const struct test pjdfstest_tests[] = {
	{ "own files in a directory without search permission (chmod/05 "
	  "chown/05 truncate/05 ftruncate/05 link/06)", both_no_search },
	{ "links into a directory without write permission (link/07)",
	  both_no_write },
	{ "chmod by a user other than the owner (chmod/07)",
	  both_not_the_owner },
	{ "owner, mode and times of new objects (mkdir/00 mkfifo/00 mknod/00 "
	  "open/00)", both_makes_all },
	{ "times after an open (open/00)", both_opens },
	{ "opening own files and those of others (open/06 open/07)",
	  both_permissions },
	{ "rename from a sticky directory (rename/09)", both_sticky_from },
	{ "rename into a sticky directory (rename/10)", both_sticky_to },
	{ "removing from a sticky directory (rmdir/11)", both_sticky_remove },
	{ NULL, NULL }
};
