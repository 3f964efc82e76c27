# SPDX-License-Identifier: GPL-2.0
# Writes run-workloads/boots.jsonl and samples.jsonl: awk -f run-workloads.awk
# in this folder. What is planted stands in the table below.
function uniform() {
	# Park and Miller's generator: exact in doubles, the same in every awk.
	seed = seed * 16807 % 2147483647
	return seed / 2147483647
}
function gauss(    i, sum) {
	for (i = 0; i < 12; i++)
		sum += uniform()
	return sum - 6
}
# A workload: rate of raw, I/Os of a sample at 1 job, log(patched/baseline) of
# fuse, noise of a sample, log(patched/baseline) of p99.9.
function workload(name, rate, ios, effect, noise, tail) {
	names[++n] = name
	rates[n] = rate
	sizes[n] = ios
	effects[n] = effect
	noises[n] = noise
	tails[n] = tail
}
function boot(round, kernel,    shared) {
	shared = kernel == "patched"
	printf "{\"schema\":1,\"boot\":\"r%02d-%s\",\"round\":%d,\"kernel\":\"%s\",\"attempt\":1,\"status\":\"ok\",\"release\":\"7.3.4\",\"lock\":{\"state\":\"%s\",\"completion_nsec\":1000000,\"one_writer_iops\":930,\"two_writer_iops\":%d}}\n",
		round, kernel, round, kernel, shared ? "shared" : "exclusive",
		shared ? 1850 : 940 >boots
}
function sample(round, kernel, w, target, jobs,    fuse, log_rate, us, tail) {
	fuse = target == "fuse"
	log_rate = log(rates[w] * (jobs > 1 ? 2 : 1)) + noises[w] * gauss()
	if (target != "raw")
		log_rate -= fuse ? 0.2 : 1.1
	if (fuse && kernel == "patched")
		log_rate += effects[w]
	us = 1e6 * jobs / exp(log_rate)
	tail = 9 * us * exp(0.04 * gauss())
	if (fuse && kernel == "patched")
		tail *= exp(effects[w] + tails[w])
	printf "{\"schema\":1,\"boot\":\"r%02d-%s\",\"round\":%d,\"kernel\":\"%s\",\"attempt\":1,\"seq\":%d,\"regime\":\"cpu\",\"target\":\"%s\",\"workload\":\"%s\",\"numjobs\":%d,\"status\":\"ok\",\"iops\":%.1f,\"ios\":%d,\"runtime_ms\":500,\"lat_ns\":{\"mean\":%d,\"p50\":%d,\"p99\":%d,\"p999\":%d}}\n",
		round, kernel, round, kernel, ++seq[round, kernel], target,
		names[w], jobs, exp(log_rate), sizes[w] * jobs, 1000 * us,
		950 * us, 3000 * us * exp(0.02 * gauss()), 1000 * tail >samples
}
BEGIN {
	seed = 20261128
	boots = "run-workloads/boots.jsonl"
	samples = "run-workloads/samples.jsonl"
	workload("randwrite-4k", 120000, 60000, 0.22, 0.02, 0)
	workload("write-64k", 30000, 15000, 0.01, 0.01, 0)
	workload("randread-4k", 150000, 75000, 0, 0.01, 0.18)
	workload("randrw-4k", 100000, 50000, -0.07, 0.015, 0)
	workload("append-dsync", 9000, 4500, 0.02, 0.12, 0)
	workload("stat", 5000, 2500, 0, 0.01, 0)
	split("raw fuse fuse-copy", targets)
	for (round = 1; round <= 13; round++) {
		for (k = 0; k < 2; k++) {
			kernel = k ? "patched" : "baseline"
			boot(round, kernel)
			for (w = 1; w <= n; w++)
				for (t = 1; t <= 3; t++)
					for (jobs = 1; jobs <= 4; jobs += 3)
						sample(round, kernel, w,
						       targets[t], jobs)
		}
	}
}
