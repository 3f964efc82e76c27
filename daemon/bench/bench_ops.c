// SPDX-License-Identifier: GPL-2.0
/*
 * bench_ops OURS THEIRS: how fast two mounts are at what is not data. Both
 * show directories of one filesystem and are up at the same time; short slices
 * of each in turn, the order of a pair by chance, so that what the machine
 * does meanwhile hits both. The ratio of a pair is one sample. What is printed
 * is the pseudo-median of the pairs' logarithms (Hodges and Lehmann: the median
 * of the means of all two of them) and the interval that the exact signed-rank
 * test does not reject at 5 %; a slice that something else disturbed shifts
 * neither by much.
 *
 * Exit status 0 unless a whole interval is below 1, then 1.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCS	16
#define LARGE		5000	/* names in the large directory */
#define MAX_PAIRS	100
#define FEW		500	/* files of which the attributes are not cached */

/* What a process works on: its own directory, which is its working directory. */
struct work {
	int fd;
	unsigned long n;
};

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench_ops: ", stderr);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(ap);
	exit(2);
}

static void op_open_close(struct work *w)
{
	int fd = open("f", O_RDONLY);

	if (fd < 0)
		die("open");
	close(fd);
}

static void op_open_close_w(struct work *w)
{
	int fd = open("f", O_RDWR);

	if (fd < 0)
		die("open");
	close(fd);
}

static void op_create(struct work *w)
{
	int fd = open("n", O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0 || close(fd) || unlink("n"))
		die("create");
}

static void op_mkdir(struct work *w)
{
	if (mkdir("d", 0755) || rmdir("d"))
		die("mkdir");
}

static void op_rename(struct work *w)
{
	const char *a = w->n & 1 ? "r2" : "r1", *b = w->n & 1 ? "r1" : "r2";

	if (rename(a, b))
		die("rename");
}

static void op_stat(struct work *w)
{
	struct stat st;

	if (stat("f", &st))
		die("stat");
}

static void op_stat_cold(struct work *w)
{
	struct stat st;
	char name[16];

	snprintf(name, sizeof(name), "c%lu", w->n % FEW);
	if (stat(name, &st))
		die("stat");
}

static void op_readdir(struct work *w)
{
	DIR *d = opendir("../large");
	unsigned int n = 0;

	if (!d)
		die("opendir");
	while (readdir(d))
		n++;
	closedir(d);
	if (n != LARGE + 2)
		die("%u names", n);
}

static void op_append(struct work *w)
{
	static char block[4096];

	if (w->fd < 0)
		w->fd = open("a", O_CREAT | O_WRONLY | O_APPEND, 0644);
	if (w->fd < 0 || write(w->fd, block, sizeof(block)) != sizeof(block))
		die("append");
	if (w->n % 1000 == 999 && ftruncate(w->fd, 0))
		die("truncate");
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "2", 1) != 1)
		die("/proc/sys/vm/drop_caches");
	close(fd);
}

static const struct {
	const char *name;
	void (*op)(struct work *w);
	/* Before each slice; then a slice is a fixed number of operations. */
	void (*prepare)(void);
	unsigned long ops;
} ops[] = {
	{ "open+close", op_open_close, NULL, 0 },
	{ "open+close (read/write)", op_open_close_w, NULL, 0 },
	{ "create+close+unlink", op_create, NULL, 0 },
	{ "mkdir+rmdir", op_mkdir, NULL, 0 },
	{ "rename", op_rename, NULL, 0 },
	{ "stat", op_stat, NULL, 0 },
	{ "stat, nothing cached", op_stat_cold, drop_caches, FEW },
	{ "readdir of 5000", op_readdir, NULL, 0 },
	{ "append 4k", op_append, NULL, 0 },
};

#define NOPS	(sizeof(ops) / sizeof(*ops))

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* --- the two mounts' trees -------------------------------------------------- */

static void touch(const char *fmt, ...)
{
	char path[4096];
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	if (fd < 0)
		die("%s", path);
	close(fd);
}

static void populate(const char *mnt, unsigned int procs)
{
	char path[4096];
	unsigned int p, i;

	snprintf(path, sizeof(path), "%s/large", mnt);
	if (mkdir(path, 0755))
		die("%s", path);
	for (i = 0; i < LARGE; i++)
		touch("%s/large/name-%u", mnt, i);
	for (p = 0; p < procs; p++) {
		snprintf(path, sizeof(path), "%s/%u", mnt, p);
		if (mkdir(path, 0755))
			die("%s", path);
		touch("%s/%u/f", mnt, p);
		touch("%s/%u/r1", mnt, p);
		for (i = 0; i < FEW; i++)
			touch("%s/%u/c%u", mnt, p, i);
	}
}

/* --- slices ------------------------------------------------------------------- */

struct shared {
	int ready, go;		/* atomic */
	double rate[MAX_PROCS];	/* operations per second of each */
};

static struct shared *sh;

static void run_process(unsigned int op, const char *mnt, unsigned int p,
			double seconds)
{
	struct work w = { .fd = -1 };
	char path[4096];
	double start, end;

	snprintf(path, sizeof(path), "%s/%u", mnt, p);
	if (chdir(path))
		die("%s", path);
	__atomic_add_fetch(&sh->ready, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&sh->go, __ATOMIC_ACQUIRE))
		sched_yield();
	start = end = now();
	while (ops[op].ops ? w.n < ops[op].ops : end < start + seconds) {
		ops[op].op(&w);
		w.n++;
		/* Cheap operations should not measure the clock. */
		if (w.n % 16 == 0 || ops[op].ops)
			end = now();
	}
	/* An even number, so that the renamed file is where it began. */
	if (w.n & 1 && ops[op].op == op_rename) {
		ops[op].op(&w);
		w.n++;
	}
	sh->rate[p] = w.n / (now() - start);
	if (w.fd >= 0) {
		close(w.fd);
		unlink("a");
	}
}

/* Operations per second of all processes together. */
static double slice(unsigned int op, const char *mnt, unsigned int procs,
		    double seconds)
{
	pid_t child[MAX_PROCS];
	unsigned int p;
	int status;
	double sum = 0;

	if (ops[op].prepare)
		ops[op].prepare();
	sh->ready = sh->go = 0;
	for (p = 0; p < procs; p++) {
		child[p] = fork();
		if (child[p] < 0)
			die("fork");
		if (!child[p]) {
			run_process(op, mnt, p, seconds);
			_exit(0);
		}
	}
	while (__atomic_load_n(&sh->ready, __ATOMIC_ACQUIRE) < (int)procs) {
		if (waitpid(-1, &status, WNOHANG) > 0)
			exit(2);	/* it has said why */
		sched_yield();
	}
	__atomic_store_n(&sh->go, 1, __ATOMIC_RELEASE);
	for (p = 0; p < procs; p++) {
		if (waitpid(child[p], &status, 0) != child[p] || status)
			exit(2);
		sum += sh->rate[p];
	}
	return sum;
}

struct estimate {
	double ours, theirs;		/* mean rates */
	double ratio, lo, hi;		/* ours over theirs, 95 % */
};

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

/*
 * The largest k with P(W < k) <= 0.025, where W is the signed-rank statistic
 * of @n symmetric samples: the k-th smallest and largest mean of two bound the
 * 95 % interval. 0 if @n is too small for one.
 */
static unsigned int rank_bound(unsigned int n)
{
	static double p[MAX_PAIRS * (MAX_PAIRS + 1) / 2 + 1];
	unsigned int max = 0, i, k;
	double below = 0;

	/* P(W = w), one rank after the other: each counts or not. */
	memset(p, 0, sizeof(p));
	p[0] = 1;
	for (i = 1; i <= n; i++) {
		max += i;
		for (k = max + 1; k--;)
			p[k] = (p[k] + (k >= i ? p[k - i] : 0)) / 2;
	}
	for (k = 0; below + p[k] <= 0.025; k++)
		below += p[k];
	return k;
}

static void estimate(struct estimate *e, const double *logs, unsigned int n)
{
	static double mean[MAX_PAIRS * (MAX_PAIRS + 1) / 2];
	unsigned int m = 0, i, j, k = rank_bound(n);

	for (i = 0; i < n; i++)
		for (j = i; j < n; j++)
			mean[m++] = (logs[i] + logs[j]) / 2;
	qsort(mean, m, sizeof(*mean), by_value);
	e->ratio = exp(m & 1 ? mean[m / 2] :
			       (mean[m / 2 - 1] + mean[m / 2]) / 2);
	e->lo = k ? exp(mean[k - 1]) : 0;
	e->hi = k ? exp(mean[m - k]) : HUGE_VAL;
}

static struct estimate compare(unsigned int op, const char *const mnt[2],
			       unsigned int procs, unsigned int pairs,
			       double seconds)
{
	struct estimate e = { 0 };
	double logs[MAX_PAIRS], rate[2];
	unsigned int i, first;

	for (i = 0; i < 2; i++)		/* warm up both */
		slice(op, mnt[i], procs, seconds);
	for (i = 0; i < pairs; i++) {
		first = rand() >> 8 & 1;
		rate[first] = slice(op, mnt[first], procs, seconds);
		rate[!first] = slice(op, mnt[!first], procs, seconds);
		e.ours += rate[0] / pairs;
		e.theirs += rate[1] / pairs;
		logs[i] = log(rate[0] / rate[1]);
	}
	estimate(&e, logs, pairs);
	return e;
}

/* What the interval leaves open is a tie. */
static const char *verdict(const struct estimate *e)
{
	return e->hi < 1 ? "SLOWER" : e->lo > 1 ? "faster" : "tie";
}

static const char *rate_text(char *buf, size_t size, double rate)
{
	if (rate >= 100000)
		snprintf(buf, size, "%.0fk", rate / 1000);
	else if (rate >= 1000)
		snprintf(buf, size, "%.1fk", rate / 1000);
	else
		snprintf(buf, size, "%.0f", rate);
	return buf;
}

int main(int argc, char **argv)
{
	static const unsigned int counts[] = { 1, 4 };
	unsigned int pairs = 20, seed = time(NULL), op, c;
	double seconds = 0.1, smallest = HUGE_VAL;
	const char *const *mnt;
	char smallest_name[80] = "", a[16], b[16];
	const char *only = "";
	bool slower = false;
	int o;

	while ((o = getopt(argc, argv, "n:s:S:t:")) != -1) {
		if (o == 'n')
			pairs = atoi(optarg);
		else if (o == 's')
			seconds = atof(optarg);
		else if (o == 'S')
			seed = atoi(optarg);
		else if (o == 't')
			only = optarg;
		else
			return 2;
	}
	if (argc - optind != 2 || pairs < 6 || pairs > MAX_PAIRS || !(seconds > 0)) {
		fprintf(stderr, "Usage: bench_ops [-n PAIRS] [-s SECONDS] "
			"[-S SEED] [-t WORD] OURS THEIRS\n");
		return 2;
	}
	mnt = (const char *const *)argv + optind;
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		die("mmap");
	srand(seed);
	populate(mnt[0], 4);
	populate(mnt[1], 4);

	printf("# %u pairs of slices of %.0f ms, seed %u\n", pairs,
	       seconds * 1000, seed);
	printf("%-25s %5s %9s %9s  %s\n", "operation", "procs", "ours",
	       "theirs", "ratio [95 %]");
	for (op = 0; op < NOPS; op++) {
		if (!strstr(ops[op].name, only))
			continue;
		for (c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
			struct estimate e = compare(op, mnt, counts[c], pairs,
						    seconds);

			printf("%-25s %5u %9s %9s  %.2f [%.2f, %.2f]  %s\n",
			       ops[op].name, counts[c],
			       rate_text(a, sizeof(a), e.ours),
			       rate_text(b, sizeof(b), e.theirs), e.ratio,
			       e.lo, e.hi, verdict(&e));
			fflush(stdout);
			slower |= e.hi < 1;
			if (e.ratio < smallest) {
				smallest = e.ratio;
				snprintf(smallest_name, sizeof(smallest_name),
					 "%s, %u processes [%.2f, %.2f]",
					 ops[op].name, counts[c], e.lo, e.hi);
			}
		}
	}
	printf("smallest ratio %.2f: %s\n", smallest, smallest_name);
	return slower;
}
