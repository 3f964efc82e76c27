# SPDX-License-Identifier: GPL-2.0
# The samples of calibrate.sh, as tables: KIND|ROW|COLUMN|RATIO LOW HIGH

function add(list, what)
{
	return index(list "|", "|" what "|") ? list : list "|" what
}

{
	rows[$1] = add(rows[$1], $2)
	cols[$1] = add(cols[$1], $3)
	split($4, v, " ")
	key = $1 "|" $2 "|" $3
	if (v[1] == "failed") {
		failed++
		cell[key] = "failed"
		next
	}
	n[key]++
	sum[key] += v[1]
	squares[key] += v[1] ^ 2
	ratio[key] = log(v[1])
	if (v[2] <= 0)
		next
	lo[key] = log(v[2])
	hi[key] = log(v[3])
	cell[key] = sprintf("%.3f (%.3f-%.3f)", v[1], v[2], v[3])
}

# The mean of a column's slices, each by what its interval says of its variance.
function pooled(col,	i, key, w, s, sw)
{
	for (i = 2; i <= nr; i++) {
		key = "slice|" row[i] "|" col
		if (!(key in lo) || hi[key] <= lo[key])
			continue
		w = 1 / (hi[key] - lo[key]) ^ 2
		s += w * ratio[key]
		sw += w
	}
	return sw ? s / sw : 0
}

# A 95 % interval misses one time in twenty. How many misses of N are so many
# that chance brings them once in a thousand times (the binomial distribution)?
function limit(n,	k, p, tail)
{
	p = exp(n * log(0.95))		# of exactly k misses
	tail = 1 - p			# of more than k
	for (k = 0; tail > 0.001; k++) {
		p *= (n - k) / (k + 1) * 0.05 / 0.95
		tail -= p
	}
	return k
}

function head(kind, i)
{
	nr = split(rows[kind], row, "|")
	nc = split(cols[kind], col, "|")
	printf "|"
	for (i = 2; i <= nc; i++)
		printf " | %s", col[i]
	printf " |\n|---"
	for (i = 2; i <= nc; i++)
		printf "|---"
	print "|"
}

function intervals(kind, what,		i, j, key, want, held, of)
{
	head(kind)
	for (i = 2; i <= nr; i++) {
		printf "| %s", row[i]
		for (j = 2; j <= nc; j++) {
			key = kind "|" row[i] "|" col[j]
			printf " | %s", cell[key]
			if (!(key in lo))
				continue
			want = kind == "slice" ? pooled(col[j]) : 0
			held += lo[key] <= want && want <= hi[key]
			of++
		}
		print " |"
	}
	printf "%d of %d intervals hold %s\n\n", held, of, what
	bad += of - held > limit(of)
}

function spread(	i, j, key, sd)
{
	head("spread")
	for (i = 2; i <= nr; i++) {
		printf "| %s", row[i]
		for (j = 2; j <= nc; j++) {
			key = "spread|" row[i] "|" col[j]
			if (key in cell && cell[key] == "failed" || n[key] < 2) {
				printf " | failed"
				continue
			}
			sd = (squares[key] - sum[key] ^ 2 / n[key]) / (n[key] - 1)
			printf " | %.3f, %.1f %%", sum[key] / n[key], \
			       100 * sqrt(sd > 0 ? sd : 0) * n[key] / sum[key]
		}
		print " |"
	}
}

END {
	intervals("same", "1")
	intervals("slice", "the mean of their column")
	spread()
	if (failed) {
		printf "%d runs of fio failed\n", failed
		exit 4
	}
	exit bad > 0
}
