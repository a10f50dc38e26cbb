/* Diameter messages as octets (RFC 6733 §3, §4), as far as S13 needs them (TS 29.272 §7.2.19). */
#ifndef S13_H
#define S13_H

#include <stddef.h>
#include <stdint.h>

#include "octets.h"

#define S13_APPLICATION 16777252u
#define VENDOR_3GPP 10415u
#define HEADER_OCTETS 20
#define REALM "epc.mnc001.mcc001.3gppnetwork.org"
#define SUCCESS 2001u
#define EQUIPMENT_UNKNOWN 5422u

enum command { CER = 257, DWR = 280, DPR = 282, ECR = 324 };

enum { REQUEST_FLAG = 0x80, PROXIABLE_FLAG = 0x40, ERROR_FLAG = 0x20 };

enum avp_code {
	USER_NAME = 1,
	HOST_IP_ADDRESS = 257,
	AUTH_APPLICATION_ID = 258,
	VENDOR_SPECIFIC_APPLICATION_ID = 260,
	SESSION_ID = 263,
	ORIGIN_HOST = 264,
	VENDOR_ID = 266,
	RESULT_CODE = 268,
	PRODUCT_NAME = 269,
	DISCONNECT_CAUSE = 273,
	AUTH_SESSION_STATE = 277,
	ROUTE_RECORD = 282,
	DESTINATION_REALM = 283,
	ORIGIN_REALM = 296,
	EXPERIMENTAL_RESULT = 297,
	EXPERIMENTAL_RESULT_CODE = 298,
	TERMINAL_INFORMATION = 1401,
	IMEI = 1402,
	SOFTWARE_VERSION = 1403,
	EQUIPMENT_STATUS = 1445,
};

/* Octets that grow; never beyond the room that whoever made it knows to be enough. */
struct message {
	uint8_t *octets;
	size_t count;
};

/* One AVP as it was received; `next` is NULL behind the last one or where the lengths are wrong. */
struct avp {
	uint32_t code;
	const uint8_t *value, *next;
	size_t octets;
};

static inline uint32_t command_of(const uint8_t *message)
{
	return get24(message + 5);
}

static inline uint32_t hop_by_hop_of(const uint8_t *message)
{
	return get32(message + 12);
}

static inline uint32_t end_to_end_of(const uint8_t *message)
{
	return get32(message + 16);
}

size_t diameter_length(const uint8_t *header);

/* Begin a message; `end_message` writes its length. */
struct message begin_message(uint8_t *octets, uint8_t flags, enum command command,
			     uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end);
size_t end_message(const struct message *message);

/* Write an AVP with the M bit; codes from 1400 are of 3GPP. Give where its value begins. */
size_t add_octets(struct message *message, enum avp_code code, const void *value, size_t count);
size_t add_text(struct message *message, enum avp_code code, const char *text);
size_t add_number(struct message *message, enum avp_code code, uint32_t number);
/* Begin a grouped AVP; `end_group` takes what this gives. */
size_t begin_group(struct message *message, enum avp_code code);
void end_group(struct message *message, size_t group);
void add_application(struct message *message);

/* Read the AVP that begins here; false: there is none. */
int read_avp(const uint8_t *at, const uint8_t *end, struct avp *avp);

#endif
