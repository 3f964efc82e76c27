# SPDX-License-Identifier: GPL-2.0
# Quantiles of the completion latency over numjobs, raw and each kernel's.
legend = "p50 solid, p99 dashed, p99.9 dotted"
load "series.gp"

set logscale y 10
set format y "%.0s%c"
# Value and interval of a quantile stand in three columns.
first(q) = 2 + 3 * q
dashes(q) = q == 0 ? 1 : q == 1 ? 2 : 3

plot for [q = 0:2] for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):(bar(column(first(q)), \
		column(first(q) + 1))):(column(first(q) + 1)): \
		(column(first(q) + 2)) \
		with yerrorbars pointtype -1 linewidth 1.2 \
		linecolor rgb hue(i) notitle, \
	for [q = 0:2] for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):(column(first(q))) \
		with linespoints linewidth 1.6 dashtype dashes(q) \
		pointtype mark(i) pointsize 0.7 linecolor rgb hue(i) \
		notitle, \
	for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):(1/0) \
		with linespoints linewidth 1.6 pointtype mark(i) \
		linecolor rgb hue(i) title columnheader(1)
