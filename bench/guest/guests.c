// SPDX-License-Identifier: GPL-2.0
#include "guest/guests.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "backend/backends.h"
#include "core/parse.h"
#include "guest/accel.h"
#include "guest/kernelbuild.h"
#include "os/clock.h"
#include "os/cpus.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/stop.h"
#include "setup/device.h"

/* Long enough for a slow machine to make a filesystem. */
#define SILENCE_MS	60000
/* CONFIG_NR_CPUS of bench/kernels/. */
#define MAX_CPUS	32
/*
 * How often guests are looked at: one, several that wait for each other, and
 * what is interactive.
 */
#define POLL_MS		50
#define POLL_TOGETHER_MS 20
#define POLL_FAST_MS	5
#define POLL_HURRY_MS	1

/* --- choose ----------------------------------------------------------------- */

static bool is_built(const struct fpb_guests *s, const char *name)
{
	return fpb_kernel_is_built(s->backend, name, s->programs.kernels);
}

/* A kernel that would be built first if this were not a plan only. */
static bool is_planned(const struct fpb_guests *s,
		       const struct fpb_guests_wish *w, const char *name)
{
	return w->plan_only && !w->kernels && fpb_kernelbuild_is_default(name) &&
	       !is_built(s, name);
}

/*
 * Without a choice of the user's: build what is lacking. Those in the cache may
 * also be older than the series of this program.
 */
static int build_defaults(const struct fpb_guests *s,
			  const struct fpb_guests_wish *w)
{
	const struct fpb_kernelbuild b = {
		.kernel = w->defaults[0], .backend = s->backend,
		.dir = s->programs.kernels,
	};
	bool all = fpb_place_is_tree();

	for (const char *const *k = w->defaults; *k; k++) {
		if (!fpb_kernelbuild_is_default(*k))
			return FPB_EXIT_OK;
		all = all && is_built(s, *k);
	}
	if (all || w->plan_only)
		return FPB_EXIT_OK;
	return fpb_kernelbuild_make(&b);
}

static const struct fpb_kernel *find_kernel(const struct fpb_guests *s,
					    const char *name)
{
	for (size_t i = 0; i < s->nkernels; i++)
		if (!strcmp(s->kernels[i].name, name))
			return &s->kernels[i];
	return NULL;
}

/* Takes over @k, also if it fails. */
static int add_kernel(struct fpb_guests *s, const struct fpb_guests_wish *w,
		      struct fpb_kernel *k)
{
	const size_t max = w->max_kernels ? w->max_kernels : FPB_MAX_KERNELS;

	if (s->nkernels == max) {
		fpb_err("%s: kernel %s: %s boots %zu kernel%s at most",
			w->command, k->name, w->command, max,
			max == 1 ? "" : "s");
	} else if (find_kernel(s, k->name)) {
		fpb_err("%s: two kernels are named %s", w->command, k->name);
		fpb_hint("-k NAME=DIR gives a kernel another name");
	} else {
		s->kernels[s->nkernels++] = *k;
		return FPB_EXIT_OK;
	}
	fpb_kernel_free(k);
	return FPB_EXIT_USAGE;
}

static int parse_kernel(struct fpb_guests *s, const struct fpb_guests_wish *w,
			const char *text)
{
	struct fpb_kernel k;

	if (is_planned(s, w, text) ? fpb_kernel_planned(&k, text) :
	    fpb_kernel_parse(&k, s->backend, text, s->programs.kernels))
		return FPB_EXIT_USAGE;
	return add_kernel(s, w, &k);
}

/* What differs between NAME-a and NAME-b is noise. */
static int double_kernel(struct fpb_guests *s, const struct fpb_guests_wish *w)
{
	struct fpb_kernel *k = s->kernels;
	char name[FPB_NAME_MAX];

	if (s->nkernels != 1) {
		fpb_err("%s: --aa compares one kernel with itself: name it by -k",
			w->command);
		return FPB_EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "%.44s", k[0].name);
	k[1] = k[0];
	json_incref(k[1].build);
	s->nkernels = 2;
	for (int i = 0; i < 2; i++)
		snprintf(k[i].name, sizeof(k[i].name), "%s-%c", name, 'a' + i);
	return FPB_EXIT_OK;
}

/* Copies of @old, one for each filesystem, behind the kernels of @s. */
static int add_with_each(struct fpb_guests *s, const struct fpb_guests_wish *w,
			 const struct fpb_kernel *old, bool alone)
{
	char name[FPB_PATH_MAX];
	struct fpb_kernel k;
	int ret = FPB_EXIT_OK;

	for (char *const *fs = w->fs; !ret && *fs; fs++) {
		const int len = strcspn(*fs, "=");

		if (fpb_path(name, "%s%s%.*s", alone ? "" : old->name,
			     alone ? "" : "-", len, *fs)) {
			fpb_err("%s: --fs %s: too long", w->command, *fs);
			return FPB_EXIT_USAGE;
		}
		ret = fpb_kernel_with_fs(&k, old, name, *fs + len + 1) ?
		      FPB_EXIT_USAGE : add_kernel(s, w, &k);
	}
	return ret;
}

static int multiply_by_fs(struct fpb_guests *s, const struct fpb_guests_wish *w)
{
	const size_t n = s->nkernels;
	struct fpb_kernel old[FPB_MAX_KERNELS];
	int ret = FPB_EXIT_OK;

	memcpy(old, s->kernels, sizeof(old));
	s->nkernels = 0;
	for (size_t i = 0; i < n; i++) {
		if (!ret)
			ret = add_with_each(s, w, &old[i], n == 1);
		fpb_kernel_free(&old[i]);
	}
	return ret;
}

static int choose_running(struct fpb_guests *s, const struct fpb_guests_wish *w)
{
	if (w->kernels) {
		fpb_err("%s: --kernel: the %s backend boots no kernel",
			w->command, s->backend->name);
		return FPB_EXIT_USAGE;
	}
	if (w->fs) {
		fpb_err("%s: --fs: the %s backend measures one: write a plan with a section [target NAME] for each",
			w->command, s->backend->name);
		return FPB_EXIT_USAGE;
	}
	s->nkernels = 1;
	return fpb_kernel_running(&s->kernels[0], w->label ? w->label :
				  "running") ? FPB_EXIT_USAGE : FPB_EXIT_OK;
}

static int choose_kernels(struct fpb_guests *s, const struct fpb_guests_wish *w)
{
	const char *const *k = w->kernels ? (const char *const *)w->kernels :
					    w->defaults;
	int ret = FPB_EXIT_OK;

	if (!s->backend->guest)
		return choose_running(s, w);
	if (w->label) {
		fpb_err("%s: --label: the %s backend names its kernels by --kernel",
			w->command, s->backend->name);
		return FPB_EXIT_USAGE;
	}
	if (!w->kernels)
		ret = build_defaults(s, w);
	for (; !ret && *k; k++)
		ret = parse_kernel(s, w, *k);
	if (!ret && w->twice)
		ret = double_kernel(s, w);
	return ret || !w->fs ? ret : multiply_by_fs(s, w);
}

static int choose_time(const char *option, const char *text, uint64_t *ms)
{
	uint64_t nsec = 0;

	if (text && (fpb_parse_time(text, &nsec) || nsec < 1000000000)) {
		fpb_err("--%s: \"%s\": must be a time of at least 1s, such as 90s, 10m or 1h",
			option, text);
		return FPB_EXIT_USAGE;
	}
	*ms = nsec / 1000000;
	return FPB_EXIT_OK;
}

static int choose_programs(struct fpb_programs *p,
			   const struct fpb_guests_wish *w)
{
	return fpb_program(p->fio, w->fio, "fio") ||
	       fpb_program(p->engine, w->engine, "fio engine") ||
	       fpb_program(p->daemon, w->daemon, "daemon") ?
	       FPB_EXIT_USAGE : FPB_EXIT_OK;
}

static int probe_backend(const struct fpb_backend *b)
{
	char why[FPB_REASON_MAX];

	if (!b->probe(why))
		return FPB_EXIT_OK;
	fpb_err("backend %s: %s", b->name, why);
	return FPB_EXIT_SKIPPED;
}

int fpb_guests_choose(struct fpb_guests *s, const struct fpb_guests_wish *w)
{
	int ret;

	*s = (struct fpb_guests){ .plan = s->plan,
				  .scratch = FPB_SCRATCH_NONE };
	s->backend = fpb_backend_choose(w->backend);
	if (!s->backend)
		return FPB_EXIT_USAGE;
	if (fpb_programs_default(&s->programs))
		return FPB_EXIT_FAILED;
	ret = choose_time("silence", w->silence, &s->silence_ms) ? :
	      choose_time("timeout", w->timeout, &s->timeout_ms);
	if (!ret && !w->plan_only)
		ret = probe_backend(s->backend);
	return ret ? : choose_kernels(s, w) ? :
	       choose_programs(&s->programs, w);
}

/* --- settle ----------------------------------------------------------------- */

static int check_pin(const struct fpb_plan *p)
{
	cpu_set_t mine;

	if (sched_getaffinity(0, sizeof(mine), &mine))
		return FPB_EXIT_OK;
	for (size_t i = 0; i < p->npin; i++) {
		if (CPU_ISSET(p->pin[i], &mine))
			continue;
		fpb_err("guest.pin: no CPU %u that fpbench may use",
			p->pin[i]);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

static int check_memory(const struct fpb_plan *p)
{
	struct sysinfo s;
	uint64_t mib;

	sysinfo(&s);
	mib = ((uint64_t)s.totalram * s.mem_unit) >> 20;
	if (p->memory_mib < mib)
		return FPB_EXIT_OK;
	fpb_err("guest.memory: a guest of %llu MiB does not fit into the %llu MiB of this machine",
		(unsigned long long)p->memory_mib, (unsigned long long)mib);
	return FPB_EXIT_USAGE;
}

/* Its root takes the place of an initrd. */
static int check_exact(const struct fpb_guests *s)
{
	char path[FPB_PATH_MAX];

	if (!fpb_plan_is_exact(&s->plan))
		return FPB_EXIT_OK;
	for (size_t i = 0; i < s->nkernels; i++) {
		if (fpb_path(path, "%s/initrd", s->kernels[i].dir) ||
		    access(path, F_OK))
			continue;
		fpb_err("kernel %s has an initrd, for its modules: guest.accel=%s needs a kernel without modules",
			s->kernels[i].name, s->plan.accel);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

/* As many as the plan asks for, else as the host has; all kernels alike. */
static void settle_cpus(struct fpb_guests *s)
{
	struct fpb_plan *p = &s->plan;
	unsigned int n = get_nprocs();

	if (!s->backend->guest) {
		p->cpus = n;
		return;
	}
	if (fpb_plan_is_exact(p))
		p->cpus = 1;
	else if (!p->cpus)
		p->cpus = n < MAX_CPUS ? n : MAX_CPUS;
	for (size_t i = 0; i < s->nkernels; i++) {
		const struct fpb_kernel *k = &s->kernels[i];

		if (!k->cpus || p->cpus <= k->cpus)
			continue;
		fpb_warn("kernel %s can use only %u CPU%s, so all guests get %u",
			 k->name, k->cpus, k->cpus == 1 ? "" : "s", k->cpus);
		p->cpus = k->cpus;
	}
}

int fpb_guests_settle_plan(struct fpb_guests *s)
{
	struct fpb_plan *p = &s->plan;

	settle_cpus(s);
	if (!strcmp(p->device.type, "auto"))
		snprintf(p->device.type, sizeof(p->device.type), "%s",
			 s->backend->device ? s->backend->device :
					      fpb_device_default());
	if (!s->backend->guest)
		return FPB_EXIT_OK;
	return check_pin(p) ? : check_memory(p) ? : check_exact(s);
}

static const char *confine_hint(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "try again when this machine is less busy";
	case -ENOSYS:
		return "use Linux 5.12 or later, and in a container a seccomp filter that allows mount_setattr(2)";
	case -ENOSPC:
		return "raise user.max_user_namespaces and user.max_mnt_namespaces (sysctl)";
	default:
		return geteuid() ?
			"allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)" :
			"let root mount: CAP_SYS_ADMIN, and no seccomp filter or AppArmor profile that denies it (in a container: --privileged)";
	}
}

/* Nothing is booted that could write where it has no business, see guest.c. */
static int check_confine(const struct fpb_guests *s)
{
	char why[FPB_REASON_MAX];
	int ret = s->backend->guest && s->plan.confine ?
		  fpb_guest_try_to_confine(why) : 0;

	if (!ret || fpb_stop_asked())
		return ret ? FPB_EXIT_INTERRUPTED : FPB_EXIT_OK;
	fpb_err("backend %s: cannot confine guests: %s",
		s->backend->name, why);
	fpb_hint("%s, or let guests write to your files: --set guest.confine=0",
		 confine_hint(ret));
	return FPB_EXIT_SKIPPED;
}

/*
 * A folder for guests' memory that is not ours (-EEXIST) was refused with a message, and
 * nothing is booted. If there is none for another reason, such as no /dev/shm, their
 * memory is in the scratch folder.
 */
static int make_scratch(struct fpb_guests *s)
{
	char memory[FPB_PATH_MAX];

	return fpb_scratch_up(&s->scratch) ||
	       (s->backend->guest && fpb_scratch_memory(memory) == -EEXIST) ?
	       FPB_EXIT_FAILED : FPB_EXIT_OK;
}

unsigned int fpb_guests_patience(const struct fpb_guests *s)
{
	return fpb_accel_of(s->backend, s->plan.accel)->patience;
}

int fpb_guests_settle(struct fpb_guests *s)
{
	int ret = fpb_guests_settle_plan(s) ? : check_confine(s) ? :
		  make_scratch(s);

	if (!ret)
		ret = fpb_accel_settle(s->backend, &s->kernels[0],
				       &s->programs, s->scratch.path,
				       &s->plan);
	if (!s->silence_ms)
		s->silence_ms = SILENCE_MS * fpb_guests_patience(s);
	return ret;
}

/* What this machine could give to guests, in MiB; 0 if it does not say. */
static uint64_t available_mib(void)
{
	const char *key = "MemAvailable:";
	unsigned long kib = 0;
	char *text, *p;

	if (fpb_file_read("/proc/meminfo", &text, NULL))
		return 0;
	p = strstr(text, key);
	if (p)
		sscanf(p + strlen(key), "%lu", &kib);
	free(text);
	return kib / 1024;
}

/* Of @want guests those whose memory fits into less than @mib; 0 MiB: unknown. */
static uint64_t that_fit(const struct fpb_guests *s, uint64_t want, uint64_t mib)
{
	uint64_t fit = mib ? (mib - 1) / s->plan.memory_mib : want;

	return fit < want ? fit : want;
}

/* How many at the same time; *@why says why not all. */
static size_t how_many_fit(const struct fpb_guests *s, char *why)
{
	const struct fpb_plan *p = &s->plan;
	uint64_t mib = available_mib(), fit = that_fit(s, s->nkernels, mib);

	if (fpb_plan_is_emulated(p)) {
		strcpy(why, "emulated guests have clocks of their own");
		return 1;
	}
	snprintf(why, FPB_REASON_MAX,
		 "%zu guests of %llu MiB do not fit into %llu MiB of available memory",
		 s->nkernels, (unsigned long long)p->memory_mib,
		 (unsigned long long)mib);
	return fit ? fit : 1;
}

/*
 * Moved about by the host, CPUs of a guest are slowed down by each other's
 * work: rates of neighbouring slices then differ by 15 to 20 %, and by 5 to 8 %
 * if each stays where it is (User-Mode Linux, 2 and 4 jobs on 2 CPUs).
 */
void fpb_guests_settle_affinity(struct fpb_guests *s, bool old)
{
	struct fpb_plan *p = &s->plan;
	const bool want = p->affinity == FPB_AFFINITY_FIXED;
	unsigned int cpus[FPB_PLAN_MAX_LIST];
	size_t n;

	if (!s->backend->pin)
		p->affinity = FPB_AFFINITY_FREE;
	if (p->affinity == FPB_AFFINITY_FREE)
		return;
	if (p->npin)
		p->affinity = FPB_AFFINITY_FIXED;
	if (p->npin || (old && !want))
		return;
	n = fpb_cpus_usable(cpus, FPB_PLAN_MAX_LIST);
	if (!n || (n < p->cpus && !want))
		return;
	p->affinity = FPB_AFFINITY_FIXED;
	p->npin = n < p->cpus ? n : p->cpus;
	memcpy(p->pin, cpus, p->npin * sizeof(*cpus));
}

int fpb_guests_settle_together(struct fpb_guests *s, bool old)
{
	struct fpb_plan *p = &s->plan;
	char why[FPB_REASON_MAX];

	s->alive = 1;
	if (!(p->pairing == FPB_PAIRING_DUET ||
	      (p->pairing == FPB_PAIRING_AUTO && !old)) ||
	    !s->backend->guest || s->nkernels < 2)
		return FPB_EXIT_OK;
	/* Virtual time has no drift that kernels could share. */
	if (fpb_plan_is_exact(p)) {
		p->pairing = FPB_PAIRING_SEPARATE;
		return FPB_EXIT_OK;
	}
	s->alive = how_many_fit(s, why);
	if (s->alive == 1 && old) {
		fpb_err("cannot resume: the run boots several kernels at the same time, but %s",
			why);
		fpb_hint("free memory, or start a new run");
		return FPB_EXIT_USAGE;
	}
	if (s->alive == 1)
		fpb_warn("booting the kernels one after the other, which makes intervals wider: %s",
			 why);
	else if (s->alive < s->nkernels)
		fpb_warn("booting the kernels in groups of %zu, each with %s: %s",
			 s->alive, s->kernels[0].name, why);
	p->pairing = s->alive == 1 ? FPB_PAIRING_AUTO : FPB_PAIRING_DUET;
	return FPB_EXIT_OK;
}

/* Free MiB of the tmpfs in which guests have their memory; 0 if they have none. */
static uint64_t tmpfs_mib(const struct fpb_guests *s)
{
	char dir[FPB_PATH_MAX];

	return s->backend->memory_is_file && !fpb_scratch_memory(dir) ?
	       fpb_file_room_mib(dir) : 0;
}

unsigned int fpb_guests_at_once(const struct fpb_guests *s)
{
	uint64_t n = get_nprocs() / s->plan.cpus, tmpfs = tmpfs_mib(s);

	n = that_fit(s, n, available_mib());
	/* With less than one guest's, it is not used. */
	if (tmpfs > s->plan.memory_mib)
		n = that_fit(s, n, tmpfs);
	return n ? n : 1;
}

/* --- boot ------------------------------------------------------------------- */

struct fpb_job fpb_guests_job(const struct fpb_guests *s)
{
	return (struct fpb_job){
		.fio = s->programs.fio,
		.engine = s->programs.engine,
		.daemon = s->programs.daemon,
		.plan = s->plan,
	};
}

struct fpb_guest fpb_guests_guest(const struct fpb_guests *s,
				  const struct fpb_kernel *k,
				  struct fpb_job *job, const char *dir)
{
	for (size_t i = 0; *k->fs && i < job->plan.ntargets; i++)
		if (!strcmp(job->plan.targets[i].name, FPB_TARGET_FS))
			strcpy(job->plan.targets[i].mount, k->fs);
	return (struct fpb_guest){
		.backend = s->backend,
		.kernel = k,
		.agent = s->programs.agent,
		.dir = dir,
		.job = job,
		.silence_ms = s->silence_ms,
		.timeout_ms = s->timeout_ms,
		.record = { .round = 1, .attempt = 1 },
	};
}

/* Each has a folder in the scratch folder: guests alive at once share none. */
static int start(struct fpb_guests *s, struct fpb_guest *g)
{
	int ret = fpb_path(g->scratch, "%s/%u", s->scratch.path, ++s->booted);

	return ret ? ret : fpb_guest_start(g);
}

static int tell_done(const struct fpb_guests_queue *q, struct fpb_guest *g,
		     int error)
{
	return q->done ? q->done(g, error, q->user) :
	       error ? FPB_EXIT_FAILED : fpb_guest_status(g);
}

/* Looks at the @n that are alive. Returns an exit status of done(). */
static int poll_all(const struct fpb_guests_queue *q, struct fpb_guest **alive,
		    unsigned int *n, bool *any_over)
{
	unsigned int kept = 0;
	int ret = FPB_EXIT_OK;

	*any_over = false;
	for (unsigned int i = 0; i < *n; i++) {
		struct fpb_guest *g = alive[i];
		int over = fpb_guest_poll(g);

		if (!over) {
			alive[kept++] = g;
			continue;
		}
		*any_over = true;
		fpb_remove_tree(g->scratch);
		ret = tell_done(q, g, over < 0 ? over : 0) ? : ret;
	}
	*n = kept;
	return ret;
}

static void stop_all(struct fpb_guest **alive, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		fpb_guest_stop(alive[i]);
		fpb_remove_tree(alive[i]->scratch);
	}
}

static unsigned int poll_ms(struct fpb_guest *const *alive, unsigned int n)
{
	unsigned int ms = n > 1 ? POLL_TOGETHER_MS : POLL_MS;

	for (unsigned int i = 0; i < n; i++) {
		if (alive[i]->hurry)
			return POLL_HURRY_MS;
		if (alive[i]->on_poll)
			ms = POLL_FAST_MS;
	}
	return ms;
}

int fpb_guests_run(struct fpb_guests *s, const struct fpb_guests_queue *q)
{
	struct fpb_guest *alive[q->alive], *g;
	unsigned int n = 0;
	int ret = FPB_EXIT_OK, error;
	bool over;

	for (;;) {
		while (!ret && n < q->alive && !fpb_stop_asked() &&
		       (g = q->next(q->user))) {
			error = start(s, g);
			if (error)
				ret = tell_done(q, g, error);
			else
				alive[n++] = g;
		}
		if (!n)
			break;
		ret = ret ? ret : poll_all(q, alive, &n, &over);
		if (ret) {
			stop_all(alive, n);
			break;
		}
		if (!over)
			fpb_sleep_ms(poll_ms(alive, n));
	}
	return ret ? ret : fpb_stop_asked() ? FPB_EXIT_INTERRUPTED :
					      FPB_EXIT_OK;
}

/* --- one guest -------------------------------------------------------------- */

/* @user: a pointer to the guest, NULL once it was booted. */
static struct fpb_guest *next_one(void *user)
{
	struct fpb_guest **one = user, *g = *one;

	*one = NULL;
	return g;
}

int fpb_guests_boot(struct fpb_guests *s, struct fpb_guest *g)
{
	const struct fpb_guests_queue q = {
		.alive = 1, .next = next_one, .user = &g,
	};

	return fpb_guests_run(s, &q);
}

/* --- the end ---------------------------------------------------------------- */

void fpb_guests_free(struct fpb_guests *s)
{
	for (size_t i = 0; i < s->nkernels; i++)
		fpb_kernel_free(&s->kernels[i]);
	if (s->backend && s->scratch.lock_fd >= 0)
		fpb_scratch_down(&s->scratch);
	s->nkernels = 0;
}
