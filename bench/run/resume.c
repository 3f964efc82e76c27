// SPDX-License-Identifier: GPL-2.0
#include "run/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "core/planfile.h"
#include "core/rundata.h"
#include "os/msg.h"

static int read_plan(struct fpb_run_spec *r)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX], *text;
	unsigned int line;
	int ret = fpb_path(path, "%s/plan.ini", r->dir) ? :
		  fpb_file_read(path, &text, NULL);

	if (ret) {
		fpb_err("cannot resume %s: plan.ini: %s", r->dir,
			strerror(-ret));
		return ret;
	}
	fpb_plan_default(&r->guests.plan);
	ret = fpb_plan_parse(&r->guests.plan, text, why, &line);
	free(text);
	if (ret)
		fpb_err("cannot resume %s: plan.ini:%u: %s", r->dir, line, why);
	return ret;
}

char *fpb_resume_kernel(const json_t *kernel, const char *dir)
{
	const char *name = json_string_value(json_object_get(kernel, "name"));
	const char *expect = json_string_value(
		json_object_get(kernel, "expect_lock"));
	const char *append = json_string_value(
		json_object_get(kernel, "append"));
	const char *fs = json_string_value(json_object_get(kernel, "fs"));
	char *text;

	if (!name || asprintf(&text, "%s%s%s%s%s%s%s%s%s", name,
			      dir ? "=" : "", dir ? dir : "",
			      expect ? ",expect=" : "", expect ? expect : "",
			      append ? ",append=" : "", append ? append : "",
			      fs ? ",fs=" : "", fs ? fs : "") < 0)
		return NULL;
	return text;
}

/* By name alone where the manifest is of before it kept the paths. */
static char *kernel_option(const json_t *manifest, const json_t *kernel)
{
	const char *name = json_string_value(json_object_get(kernel, "name"));

	return fpb_resume_kernel(kernel, json_string_value(json_object_get(
		fpb_json_at(manifest, "paths.kernels"), name ? name : "")));
}

static int choose(struct fpb_run_spec *r, const json_t *m, const char *silence,
		  bool plan_only)
{
	const json_t *kernels = fpb_json_at(m, "kernels");
	char *options[FPB_MAX_KERNELS + 1] = { NULL };
	struct fpb_guests_wish wish = {
		.command = "run", .silence = silence, .plan_only = plan_only,
		.backend = fpb_json_text(m, "backend.name"),
		.fio = fpb_json_text(m, "paths.fio"),
		.engine = fpb_json_text(m, "paths.engine"),
		.daemon = fpb_json_text(m, "paths.daemon"),
	};
	size_t n = json_array_size(kernels);
	int ret = FPB_EXIT_USAGE;

	for (size_t i = 0; i < n && i < FPB_MAX_KERNELS; i++)
		options[i] = kernel_option(m, json_array_get(kernels, i));
	if (!wish.backend || !options[0]) {
		fpb_err("cannot resume %s: manifest.json names no backend or no kernel",
			r->dir);
	} else {
		if (!strcmp(wish.backend, "host"))
			wish.label = json_string_value(json_object_get(
				json_array_get(kernels, 0), "name"));
		else
			wish.kernels = options;
		ret = fpb_guests_choose(&r->guests, &wish);
	}
	for (size_t i = 0; i < FPB_MAX_KERNELS; i++)
		free(options[i]);
	return ret;
}

int fpb_resume_choose(struct fpb_run_spec *r, const char *dir,
		      const char *silence, bool plan_only)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	json_t *m;
	int ret;

	if (fpb_path(r->dir, "%s", dir) ||
	    fpb_path(path, "%s/" FPB_FILE_MANIFEST, dir)) {
		fpb_err("cannot resume %s: the path is too long", dir);
		return FPB_EXIT_USAGE;
	}
	if (fpb_file_read_json(path, &m, why)) {
		fpb_err("cannot resume: %s:%s", path, why);
		return FPB_EXIT_USAGE;
	}
	r->resume = true;
	r->shard = (struct fpb_shard){
		.index = json_integer_value(fpb_json_at(m, "shard.index")),
		.of = json_integer_value(fpb_json_at(m, "shard.of")),
	};
	if (json_object_get(m, "machines")) {
		fpb_err("cannot resume %s: several machines measured it", r->dir);
		fpb_hint("resume its shards on their machines, and merge them again");
		json_decref(m);
		return FPB_EXIT_USAGE;
	}
	ret = read_plan(r) ? FPB_EXIT_USAGE : choose(r, m, silence, plan_only);
	json_decref(m);
	return ret;
}
