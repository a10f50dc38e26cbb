/* How long answers took. */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>
#include <stdio.h>

#define MOST_MICROSECONDS 1000000 /* a longer one counts as this */

struct latency {
	uint32_t of[MOST_MICROSECONDS + 1];
	uint64_t count;
};

static inline void note_latency(struct latency *all, uint64_t nanoseconds)
{
	uint64_t us = nanoseconds / 1000;

	all->of[us < MOST_MICROSECONDS ? us : MOST_MICROSECONDS]++;
	all->count++;
}

/* Microseconds below which this share of them lies. */
static inline long percentile(const struct latency *all, double share)
{
	uint64_t seen = 0;

	for (long us = 0; us <= MOST_MICROSECONDS; us++) {
		seen += all->of[us];
		if (seen && seen >= share * all->count)
			return us;
	}
	return -1;
}

static inline void print_latency(const struct latency *all)
{
	printf("\"p50_us\":%ld,\"p99_us\":%ld,\"p999_us\":%ld,\"max_us\":%ld", percentile(all, .5),
	       percentile(all, .99), percentile(all, .999), percentile(all, 1));
}

#endif
