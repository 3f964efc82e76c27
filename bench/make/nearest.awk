# SPDX-License-Identifier: GPL-2.0
# awk -v word=WORD -f nearest.awk: prints the line of standard input that the
# fewest changed, missing or additional letters make WORD.

function min(a, b)
{
	return a < b ? a : b
}

# The Levenshtein distance, row by row.
function distance(a, b,    i, j, row, cost, diagonal)
{
	for (j = 0; j <= length(b); j++)
		row[j] = j
	for (i = 1; i <= length(a); i++) {
		diagonal = row[0]
		row[0] = i
		for (j = 1; j <= length(b); j++) {
			cost = diagonal + (substr(a, i, 1) != substr(b, j, 1))
			diagonal = row[j]
			row[j] = min(cost, min(row[j], row[j - 1]) + 1)
		}
	}
	return row[length(b)]
}

{
	d = distance(toupper(word), toupper($0))
	if (NR == 1 || d < least) {
		least = d
		nearest = $0
	}
}

END { print nearest }
