#include "m3ua.h"

enum { PROTOCOL_DATA = 0x0210 };
enum { SCCP = 3, NATIONAL = 2 };      /* service and network indicator */
enum { UDT = 0x09, XUDT = 0x11 };

static size_t m3ua_length(const uint8_t *header)
{
	return get32(header + 4);
}

const struct framing m3ua_framing = {
	.payload_protocol = 3, .stream = 1, .header = M3UA_HEADER, .length = m3ua_length
};

size_t write_m3ua(uint8_t *message, enum m3ua_kind kind, const uint8_t *parameters, size_t count)
{
	message[0] = 1;
	message[1] = 0;
	put16(message + 2, kind);
	put32(message + 4, M3UA_HEADER + count);
	memmove(message + M3UA_HEADER, parameters, count);
	return M3UA_HEADER + count;
}

size_t write_data(uint8_t *message, uint32_t opc, uint32_t dpc, const uint8_t *octets,
		  size_t count)
{
	uint8_t *parameter = message + M3UA_HEADER;
	size_t length = PROTOCOL_DATA_HEADER + count;

	put16(parameter, PROTOCOL_DATA);
	put16(parameter + 2, length);
	put32(parameter + 4, opc);
	put32(parameter + 8, dpc);
	put32(parameter + 12, SCCP << 24 | NATIONAL << 16); /* priority 0, SLS 0 */
	memcpy(parameter + PROTOCOL_DATA_HEADER, octets, count);
	for (; length % 4; length++)
		parameter[length] = 0;
	return write_m3ua(message, M3UA_DATA, parameter, length);
}

struct protocol_data read_data(const uint8_t *message, size_t count)
{
	const uint8_t *at = message + M3UA_HEADER, *end = message + count;

	while (end - at >= PROTOCOL_DATA_HEADER || (end - at >= 4 && get16(at) != PROTOCOL_DATA)) {
		size_t length = get16(at + 2);

		if (length < 4 || length > (size_t)(end - at))
			break;
		if (get16(at) == PROTOCOL_DATA && length >= PROTOCOL_DATA_HEADER)
			return (struct protocol_data){ get32(at + 4), get32(at + 8),
						       at + PROTOCOL_DATA_HEADER,
						       length - PROTOCOL_DATA_HEADER };
		at += (length + 3) & ~(size_t)3;
	}
	return (struct protocol_data){ .octets = NULL };
}

struct protocol_data read_unitdata(const struct protocol_data *data)
{
	const uint8_t *pointer, *length;
	struct protocol_data found = { .opc = data->opc, .dpc = data->dpc };

	if (data->count < 8 || (data->octets[0] != UDT && data->octets[0] != XUDT))
		return found;
	pointer = data->octets + (data->octets[0] == UDT ? 4 : 5); /* the third one */
	length = pointer + *pointer;
	if (length >= data->octets + data->count || length + *length >= data->octets + data->count)
		return found;
	found.octets = length + 1;
	found.count = *length;
	return found;
}
