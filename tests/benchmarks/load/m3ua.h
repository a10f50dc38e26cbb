/* M3UA messages as octets (RFC 4666 §3), as far as an ASP and a gateway in one place need them. */
#ifndef M3UA_H
#define M3UA_H

#include <stdint.h>

#include "octets.h"
#include "sockets.h"

#define M3UA_HEADER 8
#define PROTOCOL_DATA_HEADER 16 /* tag, length, OPC, DPC, SI, NI, priority, SLS (§3.3.1) */
#define EIR_POINT_CODE 4180u    /* 2-10-4 */
#define MSC_POINT_CODE 4181u    /* 2-10-5, and the next ones for more links */

/* Class and type (§3.1.2) */
enum m3ua_kind {
	M3UA_ERROR = 0x0000,
	M3UA_NOTIFY = 0x0001,
	M3UA_DATA = 0x0101,
	ASP_UP = 0x0301,
	ASP_DOWN = 0x0302,
	HEARTBEAT = 0x0303,
	ASP_UP_ACK = 0x0304,
	ASP_DOWN_ACK = 0x0305,
	HEARTBEAT_ACK = 0x0306,
	ASP_ACTIVE = 0x0401,
	ASP_INACTIVE = 0x0402,
	ASP_ACTIVE_ACK = 0x0403,
	ASP_INACTIVE_ACK = 0x0404,
};

/* What a DATA message carries; octets NULL: it carries nothing. */
struct protocol_data {
	uint32_t opc, dpc;
	const uint8_t *octets;
	size_t count;
};

extern const struct framing m3ua_framing;

static inline enum m3ua_kind kind_of(const uint8_t *message)
{
	return get16(message + 2);
}

/* Write a message whose parameters are already encoded; give its octets. */
size_t write_m3ua(uint8_t *message, enum m3ua_kind kind, const uint8_t *parameters, size_t count);
/* Write a DATA message; user data begin at M3UA_HEADER + PROTOCOL_DATA_HEADER. */
size_t write_data(uint8_t *message, uint32_t opc, uint32_t dpc, const uint8_t *octets,
		  size_t count);
struct protocol_data read_data(const uint8_t *message, size_t count);

/* The user data of a UDT or XUDT (ITU-T Q.713 §4.10, §4.18); count 0: it is neither. */
struct protocol_data read_unitdata(const struct protocol_data *data);

#endif
