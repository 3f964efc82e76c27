// SPDX-License-Identifier: GPL-2.0
#include "run/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "backend/backends.h"
#include "core/filesystem.h"
#include "core/manifest.h"
#include "os/clock.h"
#include "os/spawn.h"
#include "run/tuning.h"

/*
 * First line of "PROGRAM --version", on standard error if on standard output there
 * is none; or NULL with a sentence.
 */
static json_t *version(const char *program, const char *option, char *why)
{
	const char *argv[] = { program, option, NULL };
	json_t *s = NULL;
	char *out;
	int ret = fpb_spawn_read(argv, 10000, &out);

	if (!ret && !*out) {
		free(out);
		ret = fpb_spawn_read_all(argv, 10000, &out);
	}
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot run %.150s: %s",
			 program, strerror(-ret));
		return NULL;
	}
	out[strcspn(out, "\n")] = '\0';
	s = json_string(out);
	free(out);
	return s;
}

/* Of the file's bytes, as hex digits, by sha256sum(1). */
static json_t *sha256(const char *path, char *why)
{
	const char *argv[] = { "sha256sum", "--", path, NULL };
	json_t *s = NULL;
	char *out;
	int ret = fpb_spawn_read(argv, 60000, &out);

	if (!ret) {
		/* A name with special characters: it starts with a "\\". */
		s = json_stringn(out + (*out == '\\'), 64);
		free(out);
	}
	if (!s)
		snprintf(why, FPB_REASON_MAX, "cannot read %.150s: %s", path,
			 strerror(-ret));
	return s;
}

/* The value of "KEY<separators>value" in a small text file; "" if none. */
static json_t *file_value(const char *path, const char *key)
{
	char *text, *line, *save = NULL;
	json_t *found = NULL;

	if (fpb_file_read(path, &text, NULL))
		return json_string("");
	for (line = strtok_r(text, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		line += strlen(key);
		line += strspn(line, " \t:=\"");
		line[strcspn(line, "\"")] = '\0';
		found = json_string(line);
	}
	free(text);
	return found ? found : json_string("");
}

static json_t *host_info(void)
{
	struct utsname u;
	struct sysinfo s;

	uname(&u);
	sysinfo(&s);
	return json_pack("{ss si so sI so so}", "kernel", u.release,
			 "cpus", get_nprocs(),
			 "cpu_model", file_value("/proc/cpuinfo", "model name"),
			 "memory_mib", (json_int_t)(s.totalram >> 20) *
				       s.mem_unit,
			 "distribution",
			 file_value("/etc/os-release", "PRETTY_NAME"),
			 "tuning", fpb_tuning_read());
}

static json_t *kernel_info(const struct fpb_kernel *k, char *why)
{
	json_t *o = json_deep_copy(k->build);

	if (!o) {
		snprintf(why, FPB_REASON_MAX,
			 "kernel %s: %.150s has no build.json, which says what it was built from",
			 k->name, k->dir);
		return NULL;
	}
	json_object_set_new(o, "name", json_string(k->name));
	json_object_set_new(o, "expect_lock",
			    k->expect == FPB_LOCK_UNKNOWN ? json_null() :
			    json_string(fpb_lock_name(k->expect)));
	if (*k->append)
		json_object_set_new(o, "append", json_string(k->append));
	if (*k->fs)
		json_object_set_new(o, "fs", json_string(k->fs));
	return o;
}

static json_t *backend_info(const struct fpb_run_spec *r)
{
	const struct fpb_accel *a = fpb_accel_of(r->guests.backend,
						 r->guests.plan.accel);
	json_t *o = json_pack("{ss sb si sI}", "name", r->guests.backend->name,
			      "relative", a->relative,
			      "cpus", (int)r->guests.plan.cpus, "memory_mib",
			      (json_int_t)r->guests.plan.memory_mib);
	json_t *pin = json_array();

	/* Where there is a choice. */
	if (r->guests.backend->accels[1].name)
		json_object_set_new(o, "accelerator", json_string(a->name));
	for (size_t i = 0; i < r->guests.plan.npin; i++)
		json_array_append_new(pin, json_integer(r->guests.plan.pin[i]));
	if (r->guests.plan.npin)
		json_object_set(o, "pin", pin);
	if (r->guests.plan.affinity == FPB_AFFINITY_FIXED)
		json_object_set_new(o, "affinity", json_string(
			fpb_affinity_names[FPB_AFFINITY_FIXED]));
	json_decref(pin);
	return o;
}

static json_t *device_info(const struct fpb_run_spec *r)
{
	const struct fpb_device_plan *d = &r->guests.plan.device;
	json_t *o = json_pack("{ss sI sb si}", "type", d->type,
			      "size_mib", (json_int_t)d->size_mib,
			      "memory_backed", 1,
			      "blocksize", (int)d->blocksize);

	if (!strcmp(d->type, "null_blk")) {
		json_object_set_new(o, "queue_mode",
				    json_integer(d->queue_mode));
		json_object_set_new(o, "submit_queues",
				    json_integer(d->submit_queues ?
						 d->submit_queues :
						 r->guests.plan.cpus));
		if (fpb_plan_queue_depth(&r->guests.plan))
			json_object_set_new(o, "queue_depth", json_integer(
				fpb_plan_queue_depth(&r->guests.plan)));
	}
	return o;
}

static json_t *filesystem_info(const struct fpb_plan *p, char *why)
{
	const struct fpb_filesystem *fs = fpb_filesystem_find(p->device.fs);
	json_t *v = version(fs->mkfs[0], "-V", why), *mkfs = json_array();

	if (!v) {
		json_decref(mkfs);
		return NULL;
	}
	for (size_t i = 0; fs->mkfs[i]; i++)
		json_array_append_new(mkfs, json_string(fs->mkfs[i]));
	return json_pack("{ss so ss so}", "type", fs->name, "mkfs", mkfs,
			 "mount", fpb_filesystem_options, "version", v);
}

static json_t *daemon_info(const struct fpb_run_spec *r, char *why)
{
	const char *path = r->guests.programs.daemon, *text, *libfuse;
	json_t *v = version(path, "--version", why), *o;

	if (!v) {
		snprintf(why, FPB_REASON_MAX,
			 "daemon %.150s: does not answer --version: fpbench drives fpfs, or a daemon with its options and its ioctl",
			 path);
		return NULL;
	}
	/* "fpfs VERSION, libfuse VERSION" */
	text = json_string_value(v);
	libfuse = strstr(text, ", libfuse ");
	o = json_pack("{ss% ss so s[s]}", "version", text,
		      libfuse ? (size_t)(libfuse - text) : strlen(text),
		      "libfuse", libfuse ? libfuse + 10 : "",
		      "sha256", sha256(path, why), "options", path);
	json_decref(v);
	return o;
}

static json_t *fio_info(const struct fpb_run_spec *r, char *why)
{
	json_t *v = version(r->guests.programs.fio, "--version", why);

	return v ? json_pack("{so so}", "version", v, "sha256",
			     sha256(r->guests.programs.fio, why)) : NULL;
}

static json_t *plan_info(const struct fpb_plan *p)
{
	json_t *numjobs = json_array(), *targets = json_array();
	json_t *regimes = json_array(), *workloads = json_array(), *o;

	for (size_t i = 0; i < p->nnumjobs; i++)
		json_array_append_new(numjobs, json_integer(p->numjobs[i]));
	for (size_t i = 0; i < p->ntargets; i++)
		json_array_append_new(targets,
				      json_string(p->targets[i].name));
	for (size_t i = 0; i < p->nregimes; i++)
		json_array_append_new(regimes,
				      json_string(p->regimes[i].name));
	for (size_t i = 0; i < p->nworkloads; i++)
		json_array_append_new(workloads,
				      json_string(p->workloads[i].name));
	o = json_pack("{si si so so so so sI sI sI}",
		      "method", FPB_METHOD,
		      "rounds", (int)p->rounds, "numjobs", numjobs,
		      "targets", targets, "regimes", regimes,
		      "workloads", workloads,
		      "runtime_ms", (json_int_t)p->runtime_ms,
		      "ramp_ms", (json_int_t)p->ramp_ms,
		      "seed", (json_int_t)p->seed);
	if (o && p->until_ci)
		json_object_set_new(o, "until_ci_pct",
				    json_real(p->until_ci / 100.0));
	if (o && p->until_side) {
		json_object_set_new(o, "until_side_pct",
				    json_real(p->until_side / 100.0));
		json_object_set_new(o, "side_risk_pct",
				    json_real(p->side_risk / 100.0));
	}
	if (o && p->max_time_ms)
		json_object_set_new(o, "max_time_ms",
				    json_integer(p->max_time_ms));
	if (o && p->pairing != FPB_PAIRING_SEPARATE)
		json_object_set_new(o, "pairing", json_string(
			fpb_pairing_names[p->pairing]));
	if (o && p->compare != FPB_COMPARE_FIRST)
		json_object_set_new(o, "compare", json_string(
			fpb_compare_names[p->compare]));
	return o;
}

static json_t *regimes_info(const struct fpb_plan *p)
{
	json_t *list = json_array();

	for (const struct fpb_regime *g = p->regimes;
	     g < p->regimes + p->nregimes; g++) {
		json_t *o = json_pack("{ss ss si si sI}",
			"name", g->name, "submit", g->submit,
			"iodepth", (int)g->iodepth, "batch", (int)g->batch,
			"completion_nsec", (json_int_t)g->completion_nsec);

		if (g->slice_nsec)
			json_object_set_new(o, "slice_nsec",
				json_integer((json_int_t)g->slice_nsec));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *targets_info(const struct fpb_plan *p)
{
	json_t *list = json_array();

	for (const struct fpb_target *t = p->targets;
	     t < p->targets + p->ntargets; t++)
		json_array_append_new(list, json_pack("{ss ss ss* ss}",
			"name", t->name, "mount", t->mount,
			"over", *t->over ? t->over : NULL,
			"expect", fpb_expect_names[t->expect]));
	return list;
}

static json_t *workloads_info(const struct fpb_plan *p)
{
	json_t *list = json_array(), *o;
	char *text;

	for (const struct fpb_workload *w = p->workloads;
	     w < p->workloads + p->nworkloads; w++) {
		o = json_pack("{ss ss sI sb sI si ss ss ss}",
			"name", w->name, "rw", w->rw, "bs",
			(json_int_t)w->bs, "direct", w->direct, "size_mib",
			(json_int_t)p->filesize_mib, "read_pct",
			(int)w->read_pct, "path", w->path, "sync",
			fpb_sync_names[w->sync], "files",
			fpb_files_names[w->files]);
		if (o && *w->job && !fpb_file_read(w->job, &text, NULL)) {
			json_object_set_new(o, "job", json_string(w->job));
			json_object_set_new(o, "job_text", json_string(text));
			free(text);
		}
		json_array_append_new(list, o);
	}
	return list;
}

/*
 * Which machine this is, for shards of one run: its name, and what tells it from
 * others of that name. machine-id(5) says not to publish the id itself.
 */
static json_t *machine_info(char *why)
{
	static const char command[] =
		"(echo fpbench; cat /etc/machine-id) 2>/dev/null | sha256sum";
	const char *argv[] = { "sh", "-c", command, NULL };
	struct utsname u;
	char *out;
	json_t *o;
	int ret = fpb_spawn_read(argv, 10000, &out);

	if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot run sha256sum: %s",
			 strerror(-ret));
		return NULL;
	}
	uname(&u);
	o = json_pack("{ss so}", "name", u.nodename,
		      "id", json_stringn(out, 16));
	free(out);
	return o;
}

/* Of a shard: which one, and where it was measured. */
static bool put_shard(json_t *o, const struct fpb_run_spec *r, char *why)
{
	json_t *shard, *machine;

	if (!r->shard.of)
		return true;
	shard = json_pack("{si si}", "index", (int)r->shard.index,
			  "of", (int)r->shard.of);
	machine = machine_info(why);
	return shard && machine &&
	       !json_object_set_new(o, "shard", shard) &&
	       !json_object_set_new(o, "machine", machine);
}

/* Where things were, for who goes on with the run; no part of what it is. */
static json_t *paths_info(const struct fpb_run_spec *r)
{
	const struct fpb_programs *p = &r->guests.programs;
	json_t *kernels = json_object();

	for (size_t i = 0; i < r->guests.nkernels; i++)
		json_object_set_new(kernels, r->guests.kernels[i].name,
				    json_string(r->guests.kernels[i].dir));
	return json_pack("{so ss ss ss}", "kernels", kernels, "fio", p->fio,
			 "engine", p->engine, "daemon", p->daemon);
}

/* Sets @key and says whether there was a value. */
static bool put(json_t *o, const char *key, json_t *value)
{
	return value && !json_object_set_new(o, key, value);
}

json_t *fpb_provenance(const struct fpb_run_spec *r, const char *id, char *why)
{
	json_t *o = json_object(), *kernels = json_array(), *k;
	char created[FPB_NAME_MAX];

	*why = '\0';
	fpb_utc(FPB_ISO8601, created, sizeof(created));
	for (size_t i = 0; i < r->guests.nkernels; i++) {
		k = kernel_info(&r->guests.kernels[i], why);
		if (!k) {
			json_decref(kernels);
			json_decref(o);
			return NULL;
		}
		json_array_append_new(kernels, k);
	}
	if (put(o, "schema", json_integer(FPB_SCHEMA)) &&
	    put(o, "fpbench", json_string(FPB_VERSION)) &&
	    put(o, "id", json_string(id)) &&
	    put(o, "created", json_string(created)) &&
	    put(o, "backend", backend_info(r)) &&
	    put(o, "host", host_info()) &&
	    put(o, "kernels", kernels) &&
	    put(o, "device", device_info(r)) &&
	    put(o, "filesystem", filesystem_info(&r->guests.plan, why)) &&
	    put(o, "daemon", daemon_info(r, why)) &&
	    put(o, "fio", fio_info(r, why)) &&
	    put(o, "engine", json_pack("{so}", "sha256",
				       sha256(r->guests.programs.engine, why))) &&
	    put(o, "regimes", regimes_info(&r->guests.plan)) &&
	    put(o, "targets", targets_info(&r->guests.plan)) &&
	    put(o, "workloads", workloads_info(&r->guests.plan)) &&
	    put(o, "plan", plan_info(&r->guests.plan)) &&
	    put_shard(o, r, why) &&
	    put(o, "paths", paths_info(r)))
		return o;
	if (!*why)
		snprintf(why, FPB_REASON_MAX, "out of memory");
	json_decref(o);
	return NULL;
}
