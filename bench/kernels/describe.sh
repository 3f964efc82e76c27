# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154 # shared with build.sh
# build.json, which lies beside each image and says what it is. Its keys are
# documented in bench/run/README.md. Sourced, never run.

sum() {
	sha256sum <"$1" | cut -d' ' -f1
}

# For jq: what list_patches prints, as a list.
patch_list='[inputs / "\t" | { subject: .[1], patch_id: .[0] }]'

# describe [--arg KEY TEXT | --argjson KEY VALUE]...: print build.json: these
# keys, and the patches on standard input, each "PATCH-ID<tab>SUBJECT".
describe() {
	jq -Rn "$@" "\$ARGS.named + { patches: $patch_list }"
}

# list_patches PATCH...: print them in the form that describe reads.
list_patches() {
	for p; do
		printf '%s\t%s\n' "$(git patch-id --stable <"$p" | cut -d' ' -f1)" \
			"$(patch_subject "$p")"
	done
}

# describe_build DIR EXPECT: print the build.json of the image in DIR, which was
# made from the tree as it stands. Standard input: as for describe.
describe_build() {
	cpus=
	grep -qx CONFIG_SMP=y "$1/config" || cpus='--argjson cpus 1'
	# shellcheck disable=SC2086 # three words, or none; a list of files
	describe --arg arch "$karch" --arg release "$(kmake -s kernelrelease)" \
		--arg version "$version" --arg variant "$variant" $cpus \
		--arg source "$source_name" --arg source_id "$same_source" \
		${source_key:+--arg source_key "$source_key"} \
		${deb:+--arg source_sha256 "$(sum "$deb")"} \
		--arg image_sha256 "$(sum "$1/$target")" \
		${2:+--arg expect_lock "$2"} \
		${carried:+--argjson carried "$(list_patches $carried |
			jq -Rn "$patch_list")"} \
		--arg config_sha256 "$(sum "$1/config")"
}
