// SPDX-License-Identifier: GPL-2.0
// What test_page.sh asks a page in a browser: JSON, to the window around it.

// Relative luminance and contrast as in WCAG 2.2.
function luminance(rgb) {
	const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ?
		c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
	const [lo, hi] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (hi + 0.05) / (lo + 0.05);
}

function colour(text) {
	const c = text.match(/[\d.]+/g).map(Number);
	return { rgb: c.slice(0, 3), alpha: c.length > 3 ? c[3] : 1 };
}

function background(e) {
	for (; e; e = e.parentElement) {
		const c = colour(getComputedStyle(e).backgroundColor);
		if (c.alpha)
			return c.rgb;
	}
	return [255, 255, 255];
}

// invert(1) hue-rotate(180deg), as Filter Effects 1 defines them.
function turned(rgb) {
	const [r, g, b] = rgb.map(c => 255 - c);
	return [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144],
		[0.426, 1.43, -0.856]].map(row => Math.min(255, Math.max(0,
			row[0] * r + row[1] * g + row[2] * b)));
}

function contrastOf(e) {
	const svg = e.closest("svg");
	if (!svg)
		return contrast(colour(getComputedStyle(e).color).rgb,
			background(e));
	const fill = colour(getComputedStyle(e).fill).rgb;
	return contrast(getComputedStyle(svg).filter == "none" ? fill :
		turned(fill), background(svg));
}

function texts() {
	const walker = document.createTreeWalker(document.body,
		NodeFilter.SHOW_TEXT);
	const found = new Set();
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (walker.currentNode.data.trim() && !e.closest("script, title") &&
		    e.getClientRects().length)
			found.add(e);
	}
	return [...found];
}

// Whether it scrolls sideways, so that keys must reach it.
function scrolls(e) {
	return e.scrollWidth > e.clientWidth + 1 &&
		["auto", "scroll"].includes(getComputedStyle(e).overflowX);
}

function reached(e) {
	return e.tabIndex == 0 && e.getAttribute("role") == "region" &&
		(e.getAttribute("aria-label") ||
		 document.getElementById(e.getAttribute("aria-labelledby")));
}

// Whether a mouse can be on it, and on nothing else.
function pointed(e) {
	const box = e.getBoundingClientRect();
	for (let x = box.left + 0.5; x < box.right; x++)
		for (let y = box.top + 0.5; y < box.bottom; y++)
			if (e.contains(document.elementFromPoint(x, y)))
				return true;
	return false;
}

for (const d of document.querySelectorAll("details"))
	d.open = true;
const root = document.documentElement;
const all = [...document.querySelectorAll("body *")];
const read = texts().map(e => [contrastOf(e), e.textContent.slice(0, 40)])
	.sort((a, b) => a[0] - b[0]);
const places = [...document.querySelectorAll(".place")];
const answer = {
	width: root.clientWidth,
	overflow: root.scrollWidth - root.clientWidth,
	dark: matchMedia("(prefers-color-scheme: dark)").matches,
	texts: read.length,
	contrast: read[0][0],
	worst: read[0][1],
	scrolling: all.filter(scrolls).length,
	unreached: all.filter(e => scrolls(e) && !reached(e)).length,
	places: places.length,
	hidden: places.filter(e => !pointed(e)).length,
	downloads: document.querySelectorAll("a[download]").length,
};
parent.postMessage(JSON.stringify(answer), "*");
