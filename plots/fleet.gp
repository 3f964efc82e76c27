# SPDX-License-Identifier: GPL-2.0
# The smallest effect that a fleet finds in ten minutes, over the number of machines:
# gnuplot -e 'data="FILE"; output="FILE.svg"' plots/fleet.gp
set terminal svg size 640,400 dynamic font "sans,12" background "#ffffff"
set output output
set logscale xy 2
set xlabel "machines" textcolor "#444444"
set ylabel "effect found in 95 % of the runs, %" textcolor "#444444"
set xtics (1, 4, 16, 64, 256)
set ytics (0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8)
set xrange [0.8:320]
set grid linecolor "#dddddd"
set border 3 linecolor "#888888"
set key top right
set datafile separator "\t"
name(i) = system(sprintf("awk -F'\t' '$1 == %d { print $6; exit }' %s", i, data))
array colour[3] = ["#0072b2", "#d55e00", "#009e73"]
plot for [i = 0:2] data using 2:($1 == i ? $3 : NaN) with linespoints \
	linewidth 2 pointtype 7 pointsize 0.6 linecolor rgb colour[i + 1] \
	title name(i)
