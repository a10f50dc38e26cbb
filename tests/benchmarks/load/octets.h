/* Numbers and digits as octets, in the order of the wire. */
#ifndef OCTETS_H
#define OCTETS_H

#include <stdint.h>
#include <string.h>

static inline void put16(uint8_t *at, uint32_t number)
{
	at[0] = number >> 8;
	at[1] = number;
}

static inline void put24(uint8_t *at, uint32_t number)
{
	at[0] = number >> 16;
	put16(at + 1, number);
}

static inline void put32(uint8_t *at, uint32_t number)
{
	put16(at, number >> 16);
	put16(at + 2, number);
}

static inline uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t get24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | get16(at + 1);
}

static inline uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* Decimal digits as text, with zeros in front. */
static inline void put_digits(uint8_t *at, uint64_t number, int width)
{
	while (width--) {
		at[width] = '0' + number % 10;
		number /= 10;
	}
}

/* Decimal digits as half octets, the first one low (TS 29.002 §17.7.8); the width is even. */
static inline void put_tbcd(uint8_t *at, uint64_t number, int width)
{
	for (width /= 2; width--; number /= 100)
		at[width] = number % 10 << 4 | number / 10 % 10;
}

/* The same number always gives the same one, and neighbours give nothing alike (splitmix64). */
static inline uint64_t scatter(uint64_t number)
{
	number = (number + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
	number = (number ^ number >> 27) * 0x94d049bb133111eb;
	return number ^ number >> 31;
}

#endif
