// SPDX-License-Identifier: GPL-2.0
#include "fio.h"

#include "evidence.h"
#include "options.h"

static struct fpb_proof_want wanted(const struct fpb_options *o,
				    unsigned int side)
{
	struct fpb_proof_want want = {
		.fs = side ? o->expect_pair_fs : o->expect_fs,
		.passthrough = o->expect_passthrough,
		.no_daemon_io = o->expect_no_daemon_io,
	};

	return want;
}

int fpb_evidence_init(const struct fpb_options *o)
{
	struct fpb_proof_want want;
	unsigned long magic;
	unsigned int side;
	char names[256];

	for (side = 0; side < 2; side++) {
		want = wanted(o, side);
		if (!want.fs || !fpb_proof_magic(want.fs, &magic))
			continue;
		fpb_proof_names(names, sizeof(names));
		log_err("fpbench: unknown filesystem \"%s\" (known: %s, or statfs' f_type as 0x...)\n",
			want.fs, names);
		return EINVAL;
	}
	if (o->expect_pair_fs && !o->pair) {
		log_err("fpbench: expect_pair_fs= without pair=\n");
		return EINVAL;
	}
	return 0;
}

static int demand_open(struct thread_data *td, struct fpb_evidence *e,
		       const struct fio_file *f, const int fd[2])
{
	const struct fpb_options *o = td->eo;
	struct fpb_proof_want want;
	unsigned int side;
	char why[512];

	for (side = 0; side < 2 && fd[side] >= 0; side++) {
		want = wanted(o, side);
		if (!fpb_proof_open_ok(&e->side[side], &want,
				       side ? o->pair : f->file_name, why,
				       sizeof(why))) {
			log_err("fpbench: %s\n", why);
			return 1;
		}
	}
	if ((o->expect_passthrough || o->expect_no_daemon_io) &&
	    !e->side[0].fuse && !e->side[1].fuse) {
		log_err("fpbench: %s is on %s, not behind a FUSE daemon: nothing to expect of one\n",
			f->file_name, e->side[0].fs);
		return 1;
	}
	return 0;
}

int fpb_evidence_open(struct thread_data *td, struct fpb_evidence *e,
		      const struct fio_file *f, const int fd[2])
{
	const struct fpb_options *o = td->eo;
	unsigned int side;
	int ret;

	for (side = 0; side < 2 && fd[side] >= 0; side++) {
		if (!e->path[side])
			e->path[side] = strdup(side ? o->pair : f->file_name);
		ret = fpb_proof_look(&e->side[side], fd[side]);
		if (ret) {
			log_err("fpbench: cannot look at the filesystem of %s: %s\n",
				e->path[side], strerror(-ret));
			td_verror(td, -ret, "proof");
			return 1;
		}
	}
	if (demand_open(td, e, f, fd)) {
		/* Not EINVAL: fio would blame O_DIRECT. */
		td_verror(td, EMEDIUMTYPE, "proof");
		return 1;
	}
	return 0;
}

void fpb_evidence_close(struct fpb_evidence *e, const int fd[2])
{
	unsigned int side;

	for (side = 0; side < 2 && fd[side] >= 0; side++)
		if (fpb_proof_look(&e->side[side], fd[side]))
			log_err("fpbench: cannot look at the filesystem of %s again\n",
				e->path[side]);
}

static void print_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", *s);
		else
			fprintf(out, *s == '"' || *s == '\\' ? "\\%c" : "%c",
				*s);
	}
	fputc('"', out);
}

static void print_json_side(FILE *out, const struct fpb_proof *p,
			    const char *path)
{
	fprintf(out, "{ \"path\": ");
	print_string(out, path);
	fprintf(out, ", \"fs\": \"%s\"", p->fs);
	if (p->daemon)
		fprintf(out, ", \"passthrough\": %s, \"parallel\": %s, \"daemon_read\": %"
			PRIu64 ", \"daemon_write\": %" PRIu64
			", \"daemon_requests\": %" PRIu64,
			p->passthrough ? "true" : "false",
			p->parallel ? "true" : "false", p->read[1] - p->read[0],
			p->write[1] - p->write[0], p->total[1] - p->total[0]);
	fprintf(out, " }");
}

static void print_json(FILE *out, const struct thread_data *td,
		       const struct fpb_evidence *e)
{
	fprintf(out, "{ \"schema\": 1, \"job\": ");
	print_string(out, td->o.name ? td->o.name : "");
	fprintf(out, ", \"sides\": [ ");
	for (unsigned int side = 0; side < 2 && e->path[side]; side++) {
		if (side)
			fprintf(out, ", ");
		print_json_side(out, &e->side[side], e->path[side]);
	}
	fprintf(out, " ] }\n");
}

static int write_report(struct thread_data *td, const struct fpb_evidence *e)
{
	const struct fpb_options *o = td->eo;
	char *path;
	FILE *out;
	int ret;

	if (asprintf(&path, "%s_report.%d.json", o->report,
		     td->thread_number) < 0)
		return ENOMEM;
	out = fopen(path, "we");
	ret = out ? 0 : errno;
	if (out) {
		print_json(out, td, e);
		if (ferror(out))
			ret = EIO;
		if (fclose(out))
			ret = errno;
	}
	if (ret)
		log_err("fpbench: cannot write %s: %s\n", path, strerror(ret));
	free(path);
	return ret;
}

static void print_side(const struct fpb_proof *p, const char *path)
{
	if (p->daemon)
		log_info("fpbench: %s: %s, passthrough %s, parallel writes %s; requests to the daemon: %llu READ, %llu WRITE, %llu in all\n",
			 path, p->fs, p->passthrough ? "on" : "off",
			 p->parallel ? "on" : "off",
			 (unsigned long long)(p->read[1] - p->read[0]),
			 (unsigned long long)(p->write[1] - p->write[0]),
			 (unsigned long long)(p->total[1] - p->total[0]));
	else
		log_info("fpbench: %s: %s%s\n", path, p->fs,
			 p->fuse ? ", a daemon that cannot be asked" : "");
}

static bool wants_words(const struct thread_data *td,
			const struct fpb_options *o)
{
	/* In JSON on stdout a line of ours would be in the way. */
	if (!o->verbose || !(output_format & FIO_OUTPUT_NORMAL))
		return false;
	/* Of a group one job is enough. */
	return !td->o.group_reporting || !td->subjob_number;
}

int fpb_evidence_exit(struct thread_data *td, struct fpb_evidence *e)
{
	const struct fpb_options *o = td->eo;
	struct fpb_proof_want want;
	unsigned int side;
	char why[512];
	int ret = 0;

	for (side = 0; side < 2 && e->path[side]; side++) {
		if (wants_words(td, o))
			print_side(&e->side[side], e->path[side]);
		want = wanted(o, side);
		if (!fpb_proof_end_ok(&e->side[side], &want, why,
				      sizeof(why))) {
			log_err("fpbench: %s: %s\n", e->path[side], why);
			ret = EMEDIUMTYPE;
		}
	}
	if (o->report && e->path[0]) {
		int err = write_report(td, e);

		ret = ret ? ret : err;
	}
	free(e->path[0]);
	free(e->path[1]);
	e->path[0] = e->path[1] = NULL;
	return ret;
}
