# SPDX-License-Identifier: GPL-2.0
# What figures over numjobs share: series side by side, their key, the axes.
load "style.gp"

set xlabel "numjobs" textcolor "#444444"
set ylabel ylabel textcolor "#444444"

# How many series, and where on the x axis; points of one numjobs stand side
# by side, so that they do not hide each other.
stats estimates using 1:2 nooutput
nseries = STATS_blocks
xlow = STATS_min_x
xmeasured = STATS_max_x
yhigh = STATS_max_y
# How far a script's own lines go on, if they do; y is logarithmic then.
if (!exists("xfar")) xfar = 0
xhigh = xfar > xmeasured ? xfar : xmeasured

# The key in one row above the plot if it fits there, else in a column.
longest = 0
note(s) = (longest = strlen(s) > longest ? strlen(s) : longest, 1)
stats estimates using (note(strcol(1))) nooutput
onerow = nseries <= 3 && longest <= 22
if (onerow) {
	set key horizontal
} else {
	set key vertical maxcols 1
}
set key at screen 0.02, screen 0.855 left top Left reverse samplen 1.5 \
	width 2 textcolor "#222222"
set tmargin at screen 0.79 - (onerow ? 0 : 0.042 * (nseries - 1))

logx = xhigh >= 24
place(x, i) = logx ? x * (1 + 0.06 * i) : x + 0.16 * i
dodge(x, i) = place(x, i - (nseries - 1) / 2.0)
# Samples stand just beside their interval's bar.
beside(x, i) = place(x, i - (nseries - 1) / 2.0 + 0.45)
if (logx) {
	set logscale x 2
	set xrange [xlow / 1.2 : xhigh * 1.2]
} else {
	set xrange [xlow - 0.5 : xhigh + 0.5]
}

# "plot for [i = 0:last_place] places index i @point_at" draws what cannot be seen,
# but can be pointed at.
last_place = in_page ? nseries - 1 : -1
point_at = "with labels hypertext point pointtype 7 pointsize 0.75 \
	linecolor rgb '#ff000000' notitle"

# Without an interval (NaN) there is no bar.
bar(value, lo) = lo > 0 ? value : 1/0

# A tic for each numjobs that was measured, and no others.
tics = ""
add(x) = (tics = tics.sprintf("%s'%g' %g", tics eq "" ? "" : ", ", x, x), x)
# A series' name is no number.
tic(x) = x > 0 ? add(x) : 0
stats estimates using (tic($1)) nooutput
eval "set xtics (".tics.")"
if (xfar == 0) {
	set ytics add ("0" 0)
}
