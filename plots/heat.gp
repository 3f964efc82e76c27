# SPDX-License-Identifier: GPL-2.0
# One kernel over another as colours: workloads x numjobs.
legend = "blue: faster, orange: slower, (): not resolved"
load "style.gp"

# Columns: place of numjobs, place of the workload, ratio, text, numjobs, workload.
stats estimates using 1:2 nooutput
columns = STATS_max_x
rows = STATS_max_y
# As logarithms, and the same range to both sides: white is no difference.
stats estimates using (abs(log($3))) nooutput
far = STATS_max > log(1.1) ? STATS_max : log(1.1)

longest = 0
stats estimates using (longest = strlen(strcol(6)) > longest ? \
	strlen(strcol(6)) : longest, 1) nooutput
set lmargin at screen (0.05 + 0.0105 * longest < 0.4 ? \
	0.05 + 0.0105 * longest : 0.4)
set rmargin at screen 0.86
set tmargin at screen 0.84
unset grid
unset border
set tics scale 0
set xlabel "numjobs" textcolor "#444444"
set xrange [-0.5 : columns + 0.5]
set yrange [rows + 0.5 : -0.5]
set cbrange [-far : far]
set palette defined (-1 "#e6934d", 0 "#ffffff", 1 "#5aa5d2")
# A tic of the colours says the ratio.
set cbtics (sprintf("%.2f", exp(-far)) -far, "1" 0, \
	sprintf("%.2f", exp(far)) far)
half = 0.48

plot estimates using 1:2:($1 - half):($1 + half):($2 - half):($2 + half): \
		(log($3)):xtic(5):ytic(6) \
		with boxxyerror fillstyle solid noborder linecolor palette \
		notitle, \
	estimates using 1:2:4 with labels textcolor "#111111" notitle
