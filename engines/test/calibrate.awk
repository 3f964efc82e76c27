# SPDX-License-Identifier: GPL-2.0
# The samples of calibrate.sh, KIND|ROW|COLUMN|RATIO LOW HIGH, as the tables of
# engines/README.md. backend: their name.

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
	lo[key] = v[2]
	hi[key] = v[3]
}

# Of several runs the interval is the runs', by Student's t; of one its own.
function interval(key,	mean, half)
{
	mean = sum[key] / n[key]
	if (n[key] > 1) {
		half = t[n[key]] * deviation(key) / sqrt(n[key])
		lo[key] = mean - half
		hi[key] = mean + half
	}
	return sprintf("%.3f (%.3f-%.3f)", mean, lo[key], hi[key])
}

function deviation(key,	var)
{
	var = (squares[key] - sum[key] ^ 2 / n[key]) / (n[key] - 1)
	return var > 0 ? sqrt(var) : 0
}

# Long slices have few pairs: the median does not follow one that is far off.
function median_of(kind, col,	i, j, key, v, m)
{
	for (i = 2; i <= nr; i++) {
		key = kind "|" row[i] "|" col
		if (cell[key] == "failed")
			continue
		for (j = m++; j && v[j - 1] > sum[key] / n[key]; j--)
			v[j] = v[j - 1]
		v[j] = sum[key] / n[key]
	}
	return m ? (v[int(m / 2)] + v[int((m - 1) / 2)]) / 2 : 0
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
	printf "| %s", backend
	for (i = 2; i <= nc; i++)
		printf " | %s", col[i]
	printf " |\n|---"
	for (i = 2; i <= nc; i++)
		printf "|---"
	print "|"
}

# A table, and how many intervals hold WANT (0: the median of their column).
function intervals(kind, want, what,	i, j, key, m, held, of)
{
	head(kind)
	for (i = 2; i <= nr; i++) {
		printf "| %s", row[i]
		for (j = 2; j <= nc; j++) {
			key = kind "|" row[i] "|" col[j]
			if (cell[key] == "failed") {
				printf " | failed"
				continue
			}
			printf " | %s", interval(key)
			m = want ? want : median_of(kind, col[j])
			held += lo[key] <= m && m <= hi[key]
			of++
		}
		print " |"
	}
	printf "%d of %d intervals hold %s\n\n", held, of, what
	bad += of - held > limit(of)
}

# Mean, and standard deviation in per cent of it; how many times tighter pairs
# are.
function spread(	i, j, key, percent)
{
	nr = split(rows["spread"], row, "|")
	nc = split(cols["spread"], col, "|")
	print "| | pairs | two runs | |\n|---|---|---|---|"
	for (j = 2; j <= nc; j++) {
		printf "| %s %s", backend, col[j]
		for (i = 2; i <= nr; i++) {
			key = "spread|" row[i] "|" col[j]
			percent[i] = 0
			if (cell[key] == "failed" || n[key] < 2) {
				printf " | failed"
				continue
			}
			percent[i] = 100 * deviation(key) * n[key] / sum[key]
			printf " | %.3f, %.1f %%", sum[key] / n[key], percent[i]
		}
		if (percent[2] && percent[3])
			printf " | %.1f times |\n", percent[3] / percent[2]
		else
			print " | |"
	}
}

BEGIN {
	# 97.5 % quantiles of Student's t for 2 to 10 runs
	split("0 12.71 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262", t, " ")
}

END {
	intervals("same", 1, "1")
	intervals("slice", 0, "the median of their column")
	if (rows["spread"])
		spread()
	if (failed) {
		printf "%d runs of fio failed\n", failed
		exit 4
	}
	exit bad > 0
}
