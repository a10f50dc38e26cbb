/* Which equipment a check asks about, and what must be answered: all follows from its number. */
#ifndef EQUIPMENT_H
#define EQUIPMENT_H

#include <stdint.h>
#include <string.h>

#include "octets.h"

#define FIRST_IMEI 35209900000000ULL
#define FIRST_IMSI 1010000000000ULL /* 001010000000000, of 15 digits */

enum verdict { PERMITTED, PROHIBITED, TRACKING, UNKNOWN, REFUSED, VERDICTS };

struct equipments {
	uint32_t count;     /* equipment FIRST_IMEI + n is listed, for n below this */
	uint32_t misses;    /* so many of 100 checks ask about equipment above */
	const char *cycle;  /* the status of n is the digit at n modulo its length */
};

static inline uint32_t equipment_of(const struct equipments *all, uint32_t check)
{
	uint64_t random = scatter(check);
	uint32_t n = (uint32_t)random % all->count;

	return (random >> 32) % 100 < all->misses ? all->count + n : n;
}

static inline enum verdict expected_of(const struct equipments *all, uint32_t n)
{
	return n < all->count ? (enum verdict)(all->cycle[n % strlen(all->cycle)] - '0') : UNKNOWN;
}

#endif
