# SPDX-License-Identifier: GPL-2.0
# IOPS over numjobs: each sample a point, the estimate with its 95 % interval.
load "series.gp"

# Tics such as "25k" and "2.5M".
unit = yhigh >= 2e6 ? 1e6 : yhigh >= 2e3 ? 1e3 : 1
set format y yhigh >= 2e6 ? "%gM" : yhigh >= 2e3 ? "%gk" : "%g"
set yrange [0:*]

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
		linecolor rgb hue(i) title columnheader(1)
