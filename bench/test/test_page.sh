#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The page of a run in Chromium, on a phone and on a screen, in the light and in
# the dark: no error, nothing wider than the screen, nothing that keys do not
# reach, and texts that can be read. FPB_SCREENSHOTS=DIR keeps pictures of it.
. "$(dirname "$0")/tap.sh"

chromium=$(command -v chromium || command -v chromium-browser)
if [ -z "$chromium" ]; then
	skip "the page in a browser" "chromium is not installed"
	tap_end
fi
shots=${FPB_SCREENSHOTS:-$tmp}
mkdir -p "$shots"
page=$tmp/report.html

# browse SCHEME WIDTH OPTION PAGE: with a profile of its own, and without the network;
# what the page complains of is in $tmp/console. A window has 500 pixels or more, a
# frame in it has WIDTH.
browse() {
	[ "$1" = dark ] && number=0 || number=1
	cat >"$tmp/frame.html" <<-E
		<body style="margin: 0"><pre id="answer"></pre>
		<script>
		onmessage = e => document.getElementById("answer").textContent = e.data;
		</script>
		<iframe src="$4" style="border: 0; width: ${2}px; height: 6000px"></iframe>
		E
	timeout 120 "$chromium" --headless --no-sandbox --disable-gpu \
		--user-data-dir="$tmp/profile" --no-first-run \
		--hide-scrollbars --host-resolver-rules="MAP * ~NOTFOUND" \
		--blink-settings=preferredColorScheme="$number" \
		--window-size="$2,6000" --enable-logging=stderr "$3" \
		"file://$tmp/frame.html" >"$out" 2>"$tmp/log" </dev/null
	status=$?
	grep -o 'CONSOLE.*' "$tmp/log" >"$tmp/console"
	return $status
}

# silent SCHEME WIDTH: the page is shown, and complains of nothing.
silent() {
	browse "$1" "$2" --screenshot="$shots/$1-$2.png" report.html || {
		sed 's/^/# /' "$tmp/log"
		return 1
	}
	[ ! -s "$tmp/console" ] || {
		sed 's/^/# /' "$tmp/console"
		return 1
	}
	[ -s "$shots/$1-$2.png" ]
}

# with_script SCRIPT: a copy of the page that has it, in $tmp/copy.html
with_script() {
	{
		sed '/Content-Security-Policy/d; /^<\/body>$/,$d' "$page"
		printf '<script>\n%s\n</script>\n</body>\n</html>\n' "$1"
	} >"$tmp/copy.html"
}

# probe SCHEME WIDTH: what it finds is in $tmp/answer.
probe() {
	browse "$1" "$2" --dump-dom copy.html
	sed -n 's/.*<pre id="answer">\(.*\)<\/pre>.*/\1/p' "$out" |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >"$tmp/answer"
}

# answers FILTER: of what was found
answers() {
	jq -e "$1" "$tmp/answer" >/dev/null || {
		sed 's/^/# /' "$tmp/answer"
		return 1
	}
}

"$f" table --format=html bench/test/data/run-two-kernels-two-regimes >"$page"
with_script 'nothing.of.the.kind();'
browse light 1280 --dump-dom copy.html
ok "an error would be noticed" [ -s "$tmp/console" ]

with_script "$(cat bench/test/page_probe.js)"
for scheme in light dark; do
	for width in 360 1280; do
		name="$scheme, $width pixels"
		ok "$name: no error" silent $scheme $width
		probe $scheme $width
		ok "$name: as wide as asked for" answers ".width == $width"
		ok "$name: the scheme asked for" \
			answers ".dark == (\"$scheme\" == \"dark\")"
		ok "$name: nothing is wider than the page" \
			answers '.overflow == 0'
		ok "$name: keys reach what scrolls" answers '.unreached == 0'
		ok "$name: texts have a contrast of 4.5" answers \
			'.texts > 100 and .contrast >= 4.5'
		ok "$name: the data can be saved" answers '.downloads == 3'
		if [ $width -eq 360 ]; then
			ok "$name: tables and plots scroll" \
				answers '.scrolling > 10'
		else
			ok "$name: samples can be pointed at" \
				answers '.places > 200 and .hidden == 0'
		fi
	done
done
tap_end
