/*
 * The ceiling of MAP over M3UA on one core: the same End to every Begin, with the point code and
 * the transaction id patched in. Nothing else is read.
 *
 *   ceiling_map port=2905
 */
#include "m3ua.h"
#include "respond.h"

#define DPC_PLACE (M3UA_HEADER + 8)
#define LEAST_BEGIN 16 /* octets, with an id of four */

/* A UDT between subsystem numbers with an End of version 2: permitted. */
static const uint8_t UNITDATA[] = {
	0x09, 0x00, 0x03, 0x05, 0x07, 0x02, 0x42, 0x08, 0x02, 0x42, 0x09, 0x43, /* addresses */
	0x64, 0x41, 0x49, 0x04, 0x00, 0x00, 0x00, 0x00,                         /* End, its id */
	0x6b, 0x2a, 0x28, 0x28, 0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01, 0xa0, 0x1d,
	0x61, 0x1b, 0x80, 0x02, 0x07, 0x80, 0xa1, 0x09, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00,
	0x0d, 0x02, 0xa2, 0x03, 0x02, 0x01, 0x00, 0xa3, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x00, /* AARE */
	0x6c, 0x0d, 0xa2, 0x0b, 0x02, 0x01, 0x01, 0x30, 0x06, 0x02, 0x01, 0x2b, 0x0a, 0x01, 0x00,
};
#define END_DTID (M3UA_HEADER + PROTOCOL_DATA_HEADER + 16)

static uint8_t end[256];
static size_t end_octets;

static size_t answer_check(const uint8_t *octets, size_t count, uint8_t *reply)
{
	struct protocol_data data = read_data(octets, count), begin = { .count = 0 };

	if (data.octets)
		begin = read_unitdata(&data);
	if (begin.count < LEAST_BEGIN)
		return 0;
	memcpy(reply, end, end_octets);
	put32(reply + DPC_PLACE, data.opc);
	memcpy(reply + END_DTID, begin.octets + (begin.octets[1] < 0x80 ? 4 : 5), 4);
	return end_octets;
}

static size_t answer_message(const uint8_t *octets, size_t count, uint8_t *reply)
{
	const uint8_t *parameters = octets + M3UA_HEADER;

	switch (kind_of(octets)) {
	case M3UA_DATA:
		return answer_check(octets, count, reply);
	case ASP_UP:
		return write_m3ua(reply, ASP_UP_ACK, parameters, 0);
	case ASP_ACTIVE:
		return write_m3ua(reply, ASP_ACTIVE_ACK, parameters, 0);
	case ASP_DOWN:
		return write_m3ua(reply, ASP_DOWN_ACK, parameters, 0);
	case HEARTBEAT:
		return write_m3ua(reply, HEARTBEAT_ACK, parameters, count - M3UA_HEADER);
	default:
		return 0;
	}
}

int main(int count, char **words)
{
	(void)count;
	end_octets = write_data(end, EIR_POINT_CODE, MSC_POINT_CODE, UNITDATA, sizeof UNITDATA);
	serve(words, 2905, &m3ua_framing, answer_message);
}
