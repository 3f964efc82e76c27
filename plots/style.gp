# SPDX-License-Identifier: GPL-2.0
# What all figures share. "fpbench plot" sets the variables. By hand:
#   cd plots && gnuplot -e "estimates='E.dat'; samples='S.dat'; \
#       output='iops.svg'; title='what was run'" iops.gp
# estimates, samples   data files (bench/report/plotdata.h says what is in them)
# laws                 of iops.gp, optional: the same for what is extrapolated
# output               the picture, .svg or .png
# title, facts, source, alarm, ylabel   texts, all optional
# legend               a script's own: how to read its marks
# places               data file of a figure in a page: where to point at samples

if (!exists("title"))  title = ""
if (!exists("source")) source = ""
if (!exists("facts"))  facts = ""
if (!exists("alarm"))  alarm = ""
if (!exists("ylabel")) ylabel = ""
if (!exists("legend")) legend = "bars: 95 % intervals, points: samples"

# A page has its own background, and says what stands behind a sample.
in_page = exists("places")
if (!in_page) places = estimates
paper = in_page ? "" : "background '#ffffff'"

if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size 1600,1000 fontscale 1.9 linewidth 2 \
		pointscale 1.9 noenhanced background "#ffffff"
} else {
	set terminal svg size 840,525 font "DejaVu Sans,sans-serif,13" \
		linewidth 1 noenhanced @paper
}
set output output
set encoding utf8

# Okabe and Ito's colours: told apart by colour-blind readers, too.
array colour[8] = ["#444444", "#d55e00", "#0072b2", "#009e73", \
	"#cc79a7", "#e69f00", "#56b4e9", "#000000"]
array shape[8] = [7, 5, 9, 13, 11, 7, 5, 9]
# The series' own, from 0; the ninth looks like the first again.
hue(i) = colour[i % |colour| + 1]
mark(i) = shape[i % |shape| + 1]
# A sample as a point behind the line: the same colour, paler.
pale(i) = sprintf("#80%s", hue(i)[2:])

set border 3 linecolor "#888888"
set tics nomirror textcolor "#444444"
set grid ytics linecolor "#dddddd" linetype 1 linewidth 0.7

set lmargin at screen 0.11
set rmargin at screen 0.97
set bmargin 4
set label 1 title at screen 0.03, screen 0.95 left font ",15" \
	textcolor "#111111"
set label 2 facts at screen 0.03, screen 0.895 left font ",10.5" \
	textcolor "#666666"
set label 3 alarm at screen 0.97, screen 0.95 right textcolor "#c00000"
set label 4 source at screen 0.03, screen 0.03 left font ",10" \
	textcolor "#666666"
set label 5 legend \
	at screen 0.97, screen 0.03 right font ",10" textcolor "#666666"
