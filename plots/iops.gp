# SPDX-License-Identifier: GPL-2.0
# IOPS over numjobs: each sample a point, the estimate with its 95 % interval.
# Where laws go on beyond what was measured, both axes are logarithmic: a rate
# that grows with the jobs is a diagonal, one that does not is level.
if (!exists("laws")) laws = ""
further = laws ne ""
nlaws = 0
# Which series each is of.
array of[1] = [0]
if (further) {
	stats laws using 2:3 nooutput
	nlaws = STATS_blocks
	xfar = STATS_max_x
	yfar = STATS_max_y
	array of[nlaws]
	do for [i = 1:nlaws] {
		stats laws index i - 1 using 1 nooutput
		of[i] = int(STATS_min)
	}
}
load "series.gp"

# Tics such as "25k" and "2.5M".
if (further && yfar > yhigh) yhigh = yfar
unit = yhigh >= 2e6 ? 1e6 : yhigh >= 2e3 ? 1e3 : 1
set format y yhigh >= 2e6 ? "%gM" : yhigh >= 2e3 ? "%gk" : "%g"
if (further) {
	set logscale y
	set yrange [*:*]
	set xtics add ("16" 16, "32" 32, "64" 64)
	set arrow 2 from first xmeasured * 1.12, graph 0 \
		to first xmeasured * 1.12, graph 1 nohead back \
		linecolor "#bbbbbb" dashtype 3
	set label 6 "dashed: extrapolated by\nthe Universal Scalability Law" \
		at first xmeasured * 1.18, graph 0.1 left font ",10" \
		textcolor "#666666"
} else {
	set yrange [0:*]
}

plot for [i = 0:nseries - 1] samples index i \
		using (beside($1, i)):($2 / unit) \
		with points pointtype 7 pointsize 0.32 \
		linecolor rgb pale(i) notitle, \
	for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):(bar($2, $3) / unit):($3 / unit): \
		($4 / unit) \
		with yerrorbars pointtype -1 linewidth 1.4 \
		linecolor rgb hue(i) notitle, \
	for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):($2 / unit) \
		with linespoints linewidth 1.6 pointtype mark(i) pointsize 0.7 \
		linecolor rgb hue(i) title columnheader(1), \
	for [i = 1:nlaws] (further ? laws : estimates) index i - 1 \
		using (dodge($2, of[i])):($3 / unit) \
		with lines dashtype 2 linewidth 1.4 \
		linecolor rgb hue(of[i]) notitle, \
	for [i = 0:last_place] places index i \
		using (beside($1, i)):($2 / unit):(strcol(3)) @point_at
