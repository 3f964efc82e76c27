# SPDX-License-Identifier: GPL-2.0
# The rate over raw's of the same boot, over numjobs; 1 is raw.
load "series.gp"

set format y "%.1f"
set yrange [0:1.1<*]
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead \
	linecolor rgb hue(0) dashtype 2 linewidth 1.2 back
set label 6 "raw" at graph 0, first 1 left offset 0.5, 0.6 \
	textcolor rgb hue(0)

# Series keep the colours that they have beside raw.
plot for [i = 0:nseries - 1] samples index i using (beside($1, i)):2 \
		with points pointtype 7 pointsize 0.32 \
		linecolor rgb pale(i + 1) notitle, \
	for [i = 0:nseries - 1] estimates index i \
		using (dodge($1, i)):(bar($2, $3)):3:4 \
		with yerrorbars pointtype -1 linewidth 1.4 \
		linecolor rgb hue(i + 1) notitle, \
	for [i = 0:nseries - 1] estimates index i using (dodge($1, i)):2 \
		with linespoints linewidth 1.6 pointtype mark(i + 1) \
		pointsize 0.7 linecolor rgb hue(i + 1) title columnheader(1), \
	for [i = 0:last_place] places index i \
		using (beside($1, i)):2:(strcol(3)) @point_at
