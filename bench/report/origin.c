// SPDX-License-Identifier: GPL-2.0
#include "report/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

static const char *text_or(const json_t *o, const char *path,
			   const char *otherwise)
{
	const char *text = fpb_json_text(o, path);

	return text ? text : otherwise;
}

static void put_patches(const json_t *patches, FILE *out)
{
	const char *sep = " (";
	json_t *v;
	size_t i;

	json_array_foreach(patches, i, v) {
		const char *id = fpb_json_text(v, "patch_id");

		if (!id)
			continue;
		fprintf(out, "%s%.12s", sep, id);
		sep = ", ";
	}
	if (*sep == ',')
		fputc(')', out);
}

static void put_kernel(const struct fpb_side *side, FILE *out)
{
	const struct fpb_manifest_kernel *k =
		&side->run->manifest.kernels[side->kernel];
	const json_t *o = json_array_get(fpb_json_at(
		side->run->manifest.root, "kernels"), side->kernel);

	fprintf(out, "%s ", side->label);
	if (strcmp(side->label, k->name))
		fprintf(out, "%s, ", k->name);
	fputs(k->release ? k->release : "unknown release", out);
	if (k->npatches) {
		fprintf(out, ", %zu patch%s", k->npatches,
			k->npatches > 1 ? "es" : "");
		put_patches(json_object_get(o, "patches"), out);
	} else {
		fputs(", no patches", out);
	}
	if (fpb_json_text(o, "append"))
		fprintf(out, ", booted with %s", fpb_json_text(o, "append"));
	if (fpb_json_text(o, "fs"))
		fprintf(out, ", fs by \"%s\"", fpb_json_text(o, "fs"));
}

/* The same in all of them: kernels of one source_id. */
static void put_carried(const struct fpb_side *side, FILE *out)
{
	const json_t *carried = json_object_get(json_array_get(fpb_json_at(
		side->run->manifest.root, "kernels"), side->kernel), "carried");
	const size_t n = json_array_size(carried);

	if (!n)
		return;
	fprintf(out, ". Each carries %zu patch%s for User-Mode Linux", n,
		n > 1 ? "es" : "");
	put_patches(carried, out);
}

static void put_tools(const struct fpb_rundata *run, FILE *out)
{
	const json_t *root = run->manifest.root;
	const char *libfuse = fpb_json_text(root, "daemon.libfuse");
	const char *daemon = text_or(root, "daemon.version", "?");

	fprintf(out, "Run %s: fpbench %s, %s, engine %.12s, daemon %s",
		run->manifest.id, text_or(root, "fpbench", "?"),
		text_or(root, "fio.version", "fio ?"),
		text_or(root, "engine.sha256", "?"),
		daemon);
	if (libfuse && !strstr(daemon, libfuse))
		fprintf(out, " (libfuse %s)", libfuse);
	if (run->manifest.nmachines > 1)
		fprintf(out, ", on %zu machines", run->manifest.nmachines);
	if (fpb_json_text(root, "host.kernel") || run->manifest.nmachines == 1)
		fprintf(out, ", on Linux %s", text_or(root, "host.kernel", "?"));
	if (fpb_json_text(root, "host.cpu_model"))
		fprintf(out, ", %s", fpb_json_text(root, "host.cpu_model"));
}

void fpb_origin_kernels(const struct fpb_summary *s, FILE *out)
{
	size_t i;

	for (i = 0; i < s->nsides; i++) {
		fputs(i ? "; " : "Kernels: ", out);
		put_kernel(&s->sides[i], out);
	}
	put_carried(&s->sides[0], out);
	if (s->paired)
		fprintf(out, ". Run %s", s->sides[0].run->manifest.id);
	fputs(".", out);
}

static int note_run(struct fpb_page *p, const struct fpb_rundata *run)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return -ENOMEM;
	put_tools(run, out);
	fputc('.', out);
	return fpb_page_note_stream(p, &m);
}

int fpb_origin_runs(struct fpb_page *p, const struct fpb_summary *s)
{
	const struct fpb_rundata *run;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && (run = fpb_summary_run(s, i)); i++)
		ret = note_run(p, run);
	return ret;
}
