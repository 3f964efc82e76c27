// SPDX-License-Identifier: GPL-2.0
#include "pairfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC	"# fpbench slices 2"
#define COLUMNS	"index,side,state,start_ns,drain_ns,ios,bytes,cpu_ns,bins"

static void write_slice(FILE *out, const struct fpb_slice *s,
			uint64_t slice_ns)
{
	unsigned int b;

	fprintf(out, "%" PRIu64 ",%u,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 ",", s->index, s->side,
		fpb_slice_state_name(s->state), s->index * slice_ns,
		s->drain_ns, s->ios, s->bytes, s->cpu_ns);
	for (b = 0; b < FPB_SLICE_BINS; b++)
		fprintf(out, "%s%" PRIu64 "@%" PRIu64, b ? " " : "",
			s->bins[b].ios, s->bins[b].last_ns);
	fputc('\n', out);
}

/* A name with a line break in it would end the header. */
static void write_name(FILE *out, const char *key, const char *name)
{
	fprintf(out, "# %s ", key);
	for (; name && *name; name++)
		fputc(*name == '\n' ? '?' : *name, out);
	fputc('\n', out);
}

int fpb_pairfile_write(FILE *out, const struct fpb_pairfile *pf)
{
	size_t i;

	fprintf(out, MAGIC "\n");
	write_name(out, "job", pf->job);
	write_name(out, "side0", pf->side[0]);
	write_name(out, "side1", pf->side[1]);
	/* Before slice_ns, without which there is no file to be read. */
	fprintf(out, "# slices %zu\n", pf->nr);
	fprintf(out, "# slice_ns %" PRIu64 "\n# guard_ns %" PRIu64
		"\n# seed %" PRIu64 "\n", pf->plan.slice_ns,
		pf->plan.guard_ns, pf->plan.seed);
	if (pf->plan.lanes > 1)
		fprintf(out, "# lanes %u\n# lane %u\n# raw_every %u\n",
			pf->plan.lanes, pf->lane, pf->plan.raw_every);
	fputs(COLUMNS "\n", out);
	for (i = 0; i < pf->nr; i++)
		write_slice(out, &pf->slices[i], pf->plan.slice_ns);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

static int parse_state(const char *name, enum fpb_slice_state *state)
{
	unsigned int i;

	for (i = 0; i < FPB_SLICE_STATES; i++)
		if (!strcmp(name, fpb_slice_state_name(i))) {
			*state = i;
			return 0;
		}
	return -EINVAL;
}

static int parse_bins(const char *text, struct fpb_bin *bins)
{
	unsigned int i;
	int len;

	for (i = 0; i < FPB_SLICE_BINS; i++) {
		if (sscanf(text, "%" SCNu64 "@%" SCNu64 "%n", &bins[i].ios,
			   &bins[i].last_ns, &len) != 2)
			return -EINVAL;
		text += len;
	}
	return *text ? -EINVAL : 0;
}

static int parse_slice(const char *line, struct fpb_slice *s)
{
	char state[16];
	int n, bins = 0;

	memset(s, 0, sizeof(*s));
	n = sscanf(line, "%" SCNu64 ",%u,%15[a-z],%*u,%" SCNu64 ",%" SCNu64
		   ",%" SCNu64 ",%" SCNu64 ",%n", &s->index, &s->side, state,
		   &s->drain_ns, &s->ios, &s->bytes, &s->cpu_ns, &bins);
	if (n != 7 || !bins || s->side > 1 || parse_state(state, &s->state))
		return -EINVAL;
	return parse_bins(line + bins, s->bins);
}

struct reading {
	struct fpb_pairfile *pf;
	size_t size;			/* there is room for so many slices */
	size_t written;			/* SIZE_MAX: the file does not say */
};

static int add_slice(struct reading *r, const char *line)
{
	struct fpb_pairfile *pf = r->pf;
	struct fpb_slice *slices, s;

	if (parse_slice(line, &s))
		return -EINVAL;
	/* In their order: joining counts on it. */
	if (pf->nr && s.index <= pf->slices[pf->nr - 1].index)
		return -EINVAL;
	if (pf->nr == r->size) {
		r->size = r->size ? 2 * r->size : 256;
		slices = realloc(pf->slices, r->size * sizeof(*slices));
		if (!slices)
			return -ENOMEM;
		pf->slices = slices;
	}
	pf->slices[pf->nr++] = s;
	return 0;
}

static int set_name(char **name, const char *value)
{
	free(*name);
	*name = strdup(value);
	return *name ? 0 : -ENOMEM;
}

static int parse_header(struct reading *r, const char *line)
{
	struct fpb_pairfile *pf = r->pf;

	if (!strncmp(line, "# job ", 6))
		return set_name(&pf->job, line + 6);
	if (!strncmp(line, "# side0 ", 8))
		return set_name(&pf->side[0], line + 8);
	if (!strncmp(line, "# side1 ", 8))
		return set_name(&pf->side[1], line + 8);
	if (sscanf(line, "# lanes %u", &pf->plan.lanes) == 1 &&
	    (!pf->plan.lanes || pf->plan.lanes > FPB_PAIR_LANES))
		return -EINVAL;
	if (sscanf(line, "# lane %u", &pf->lane) == 1 &&
	    pf->lane >= pf->plan.lanes)
		return -EINVAL;
	if (sscanf(line, "# slices %zu", &r->written) == 1 ||
	    sscanf(line, "# raw_every %u", &pf->plan.raw_every) == 1 ||
	    sscanf(line, "# slice_ns %" SCNu64, &pf->plan.slice_ns) == 1 ||
	    sscanf(line, "# guard_ns %" SCNu64, &pf->plan.guard_ns) == 1 ||
	    sscanf(line, "# seed %" SCNu64, &pf->plan.seed) == 1)
		return 0;
	/* A later version may know more. */
	return 0;
}

/* @line, which has @len bytes, without its newline. */
static int parse_line(struct reading *r, unsigned int nr, char *line,
		      size_t len)
{
	/* It was cut short: its last number is another one. */
	if (line[len - 1] != '\n')
		return -EINVAL;
	line[len - 1] = '\0';
	if (nr == 1)
		return strcmp(line, MAGIC) ? -EINVAL : 0;
	if (line[0] == '#')
		return parse_header(r, line);
	if (!r->pf->plan.slice_ns)
		return -EINVAL;
	if (!r->pf->nr && !strcmp(line, COLUMNS))
		return 0;
	return add_slice(r, line);
}

/* What shows at the end: it is empty, nothing but a line, or cut short. */
static int check_end(const struct reading *r)
{
	if (!r->pf->plan.slice_ns)
		return -EINVAL;
	return r->written == SIZE_MAX || r->written == r->pf->nr ? 0 : -EINVAL;
}

int fpb_pairfile_read(FILE *in, struct fpb_pairfile *pf, unsigned int *line_nr)
{
	struct reading r = { .pf = pf, .written = SIZE_MAX };
	size_t cap = 0;
	char *line = NULL;
	ssize_t len;
	int ret;

	*pf = (struct fpb_pairfile){ .plan.lanes = 1 };
	*line_nr = 0;
	ret = set_name(&pf->job, "");
	if (!ret)
		ret = set_name(&pf->side[0], "");
	if (!ret)
		ret = set_name(&pf->side[1], "");
	while (!ret && (len = getline(&line, &cap, in)) >= 0)
		ret = parse_line(&r, ++*line_nr, line, len);
	if (!ret && ferror(in))
		ret = -EIO;
	if (!ret) {
		ret = check_end(&r);
		*line_nr += !*line_nr;
	}
	free(line);
	if (ret)
		fpb_pairfile_free(pf);
	return ret;
}

int fpb_pairfile_load(const char *path, struct fpb_pairfile *pf, char *why)
{
	FILE *f = fopen(path, "re");
	unsigned int line = 0;
	int ret = f ? fpb_pairfile_read(f, pf, &line) : -errno;

	if (ret == -EINVAL)
		snprintf(why, FPB_PAIRFILE_WHY,
			 "%.180s:%u: not a file of slices, or truncated",
			 path, line);
	else if (ret)
		snprintf(why, FPB_PAIRFILE_WHY, "cannot read %.180s: %s", path,
			 strerror(-ret));
	if (f)
		fclose(f);
	return ret;
}

void fpb_pairfile_free(struct fpb_pairfile *pf)
{
	free(pf->job);
	free(pf->side[0]);
	free(pf->side[1]);
	free(pf->slices);
	memset(pf, 0, sizeof(*pf));
}
