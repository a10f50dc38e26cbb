#include "s13.h"

enum { VENDOR_FLAG = 0x80, MANDATORY_FLAG = 0x40 };

size_t diameter_length(const uint8_t *header)
{
	return get24(header + 1);
}

struct message begin_message(uint8_t *octets, uint8_t flags, enum command command,
			     uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end)
{
	octets[0] = 1;
	octets[4] = flags;
	put24(octets + 5, command);
	put32(octets + 8, application);
	put32(octets + 12, hop_by_hop);
	put32(octets + 16, end_to_end);
	return (struct message){ octets, HEADER_OCTETS };
}

size_t end_message(const struct message *message)
{
	put24(message->octets + 1, message->count);
	return message->count;
}

size_t begin_group(struct message *message, enum avp_code code)
{
	size_t group = message->count;
	uint8_t *at = message->octets + group;
	int of_vendor = code >= 1400;

	put32(at, code);
	at[4] = MANDATORY_FLAG | (of_vendor ? VENDOR_FLAG : 0);
	if (of_vendor)
		put32(at + 8, VENDOR_3GPP);
	message->count += of_vendor ? 12 : 8;
	return group;
}

void end_group(struct message *message, size_t group)
{
	put24(message->octets + group + 5, message->count - group);
	while (message->count % 4)
		message->octets[message->count++] = 0;
}

size_t add_octets(struct message *message, enum avp_code code, const void *value, size_t count)
{
	size_t avp = begin_group(message, code), place = message->count;

	memcpy(message->octets + place, value, count);
	message->count += count;
	end_group(message, avp);
	return place;
}

size_t add_text(struct message *message, enum avp_code code, const char *text)
{
	return add_octets(message, code, text, strlen(text));
}

size_t add_number(struct message *message, enum avp_code code, uint32_t number)
{
	uint8_t octets[4];

	put32(octets, number);
	return add_octets(message, code, octets, sizeof octets);
}

void add_application(struct message *message)
{
	size_t group = begin_group(message, VENDOR_SPECIFIC_APPLICATION_ID);

	add_number(message, VENDOR_ID, VENDOR_3GPP);
	add_number(message, AUTH_APPLICATION_ID, S13_APPLICATION);
	end_group(message, group);
}

int read_avp(const uint8_t *at, const uint8_t *end, struct avp *avp)
{
	ptrdiff_t left = end - at; /* padding may be missing behind the last one */
	size_t header, length;

	if (left < 8)
		return 0;
	header = at[4] & VENDOR_FLAG ? 12 : 8;
	length = get24(at + 5);
	if (length < header || length > (size_t)left)
		return 0;
	avp->code = get32(at);
	avp->value = at + header;
	avp->octets = length - header;
	avp->next = at + ((length + 3) & ~(size_t)3);
	return 1;
}
