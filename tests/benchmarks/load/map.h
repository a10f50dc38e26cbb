/* Begin messages with a MAP Check-IMEI (TS 29.002 §8.7.1, ITU-T Q.773), and what answers them. */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "equipment.h"

#define TEMPLATE_OCTETS 400

/* How a check is asked. */
struct manner {
	int version;         /* of MAP: 1, 2 or 3 */
	bool imsi;           /* version 2: as Huawei does; 3: in a private extension; 1 has no place */
	bool extended;       /* XUDT rather than UDT */
	const char *calling; /* digits of our global title; NULL: routed by subsystem number */
};

/* A whole message, and where what differs stands. */
struct template {
	uint8_t octets[TEMPLATE_OCTETS];
	size_t count;
	size_t transaction, imei, imsi; /* imsi 0: there is none */
};

/* What an End says. */
struct end {
	uint32_t transaction; /* ours; 0: it is no End */
	bool right_invoke;
	enum verdict verdict;
};

void write_template(struct template *template, const struct manner *manner, uint32_t opc,
		    uint32_t dpc);
struct end read_end(const uint8_t *octets, size_t count);

#endif
