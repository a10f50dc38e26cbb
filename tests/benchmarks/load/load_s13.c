/*
 * An MME, or a DRA in front of many, that asks an EIR as fast as it answers (TS 29.272 §5.2.1).
 *
 *   load_s13 port=3868 connections=1 window=64 seconds=5
 *
 * The other settings are those of take_options in load.c. With mix=1 one connection carries the
 * checks of 300 MMEs: names and Session-Ids of varied length, with and without User-Name and
 * Software-Version, 14 and 15 digits. Each generation=N is of 300 others. routes=1 adds the
 * Route-Record that a DRA leaves (RFC 6733 §6.1.9).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "s13.h"
#include "settings.h"

#define MMES 300
#define VARIANTS 8 /* bits: with IMSI, with software version, with a 15th digit */
#define WIDTHS_OF_MIX 7 /* of the numbers in Session-Ids: 4 to 10 digits */
#define END_TO_END_MASK 0x5a5a0000u
#define NAME_OCTETS 96
#define REST_OCTETS 448 /* the fewer, the more shapes stay near the processor */

enum { WITH_IMSI = 1, WITH_SOFTWARE_VERSION = 2, WITH_CHECK_DIGIT = 4, WITH_ROUTE = 8 };

/* Requests that differ in digits only; all behind the Session-Id is prepared. */
struct shape {
	char session[NAME_OCTETS]; /* how the Session-Id begins */
	size_t session_octets;
	int least_width, widths; /* of the number at its end */
	uint8_t rest[REST_OCTETS];
	size_t rest_octets, imei, imsi; /* places in the rest; imsi 0: there is none */
};

static struct shape *shapes;
static int shapes_of_mix;

static const char *const REALMS[] = { REALM, "epc.mnc01.mcc001.3gppnetwork.org",
				      "epc.mnc020.mcc001.3gppnetwork.org",
				      "roaming.mnc002.mcc001.3gppnetwork.org" };

/* ---- shapes -------------------------------------------------------------------------------- */

static void write_rest(struct shape *shape, const char *host, const char *realm, int variant)
{
	struct message rest = { shape->rest, 0 };
	size_t group;

	add_application(&rest);
	add_number(&rest, AUTH_SESSION_STATE, 1);
	add_text(&rest, ORIGIN_HOST, host);
	add_text(&rest, ORIGIN_REALM, realm);
	add_text(&rest, DESTINATION_REALM, REALM);
	group = begin_group(&rest, TERMINAL_INFORMATION);
	shape->imei = add_octets(&rest, IMEI, "000000000000000", variant & WITH_CHECK_DIGIT ? 15 : 14);
	if (variant & WITH_SOFTWARE_VERSION)
		add_text(&rest, SOFTWARE_VERSION, "01");
	end_group(&rest, group);
	if (variant & WITH_IMSI)
		shape->imsi = add_text(&rest, USER_NAME, "001010000000000");
	if (variant & WITH_ROUTE)
		add_text(&rest, ROUTE_RECORD, host);
	shape->rest_octets = rest.count;
}

static void write_shape(struct shape *shape, const char *host, const char *realm, int variant,
			int widths)
{
	shape->session_octets = snprintf(shape->session, NAME_OCTETS, "%s;1763000000;", host);
	shape->least_width = 11 - widths;
	shape->widths = widths;
	write_rest(shape, host, realm, variant);
}

static void name_link(int link, char *host)
{
	snprintf(host, NAME_OCTETS, "mme%d.%s", link + 1, REALM);
}

/* Another generation has other names of the same kind. */
static void name_mme(int mme, int generation, char *host, const char **realm)
{
	*realm = REALMS[mme % 4];
	snprintf(host, NAME_OCTETS, "%.*s%d.%s", 3 + mme % 17, "mmec01-pool-of-the-north",
		 mme + generation * MMES, *realm);
}

/* One shape for each link, then those of the mix. */
static void write_shapes(void)
{
	int links = options.links + 1; /* perhaps with a probe */
	int generation = number_setting("generation", 0);
	int routes = number_setting("routes", 0) ? WITH_ROUTE : 0;
	char host[NAME_OCTETS];
	const char *realm;

	shapes_of_mix = options.mix ? MMES * VARIANTS : 0;
	shapes = calloc(links + shapes_of_mix, sizeof *shapes);
	for (int i = 0; i < links; i++) {
		name_link(i, host);
		write_shape(shapes + i, host, REALM, WITH_IMSI | WITH_SOFTWARE_VERSION, 1);
	}
	for (int i = 0; i < shapes_of_mix; i++) {
		name_mme(i / VARIANTS, generation, host, &realm);
		write_shape(shapes + links + i, host, realm, i % VARIANTS | routes, WIDTHS_OF_MIX);
	}
}

static const struct shape *shape_of(int link, uint32_t check)
{
	if (!options.mix || is_probe(link))
		return shapes + link;
	return shapes + options.links + 1 + scatter(~(uint64_t)check) % shapes_of_mix;
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Write the Session-Id of a check; give its octets, without padding. */
static size_t write_session(const struct shape *shape, uint32_t check, uint8_t *octets)
{
	int width = shape->least_width + check % shape->widths;

	memcpy(octets, shape->session, shape->session_octets);
	put_digits(octets + shape->session_octets, check, width);
	return shape->session_octets + width;
}

static size_t ask(int link, uint32_t check, uint8_t *octets)
{
	const struct shape *shape = shape_of(link, check);
	uint32_t equipment = equipment_of(&options.equipments, check);
	struct message request = begin_message(octets, REQUEST_FLAG | PROXIABLE_FLAG, ECR,
					       S13_APPLICATION, check, check ^ END_TO_END_MASK);
	size_t session = begin_group(&request, SESSION_ID);
	uint8_t *rest;

	request.count += write_session(shape, check, octets + request.count);
	end_group(&request, session);
	rest = octets + request.count;
	memcpy(rest, shape->rest, shape->rest_octets);
	put_digits(rest + shape->imei, FIRST_IMEI + equipment, 14);
	if (shape->imsi)
		put_digits(rest + shape->imsi, FIRST_IMSI + equipment, 15);
	request.count += shape->rest_octets;
	return end_message(&request);
}

static uint32_t experimental_code(const struct avp *group)
{
	const uint8_t *end = group->value + group->octets;
	struct avp avp = { .next = group->value };

	while (read_avp(avp.next, end, &avp))
		if (avp.code == EXPERIMENTAL_RESULT_CODE && avp.octets == 4)
			return get32(avp.value);
	return 0;
}

static enum verdict read_verdict(const uint8_t *octets, size_t count)
{
	struct avp avp = { .next = octets + HEADER_OCTETS };
	uint32_t result = 0, status = REFUSED;

	while (read_avp(avp.next, octets + count, &avp)) {
		if (avp.code == RESULT_CODE && avp.octets == 4)
			result = get32(avp.value);
		else if (avp.code == EXPERIMENTAL_RESULT)
			result = experimental_code(&avp);
		else if (avp.code == EQUIPMENT_STATUS && avp.octets == 4)
			status = get32(avp.value);
	}
	if (octets[4] & ERROR_FLAG)
		return REFUSED;
	if (result == EQUIPMENT_UNKNOWN)
		return UNKNOWN;
	return result == SUCCESS && status <= TRACKING ? status : REFUSED;
}

static bool is_identified(int link, uint32_t check, const uint8_t *octets, size_t count)
{
	uint8_t session[2 * NAME_OCTETS];
	size_t length = write_session(shape_of(link, check), check, session);
	struct avp avp;

	return end_to_end_of(octets) == (check ^ END_TO_END_MASK) &&
	       read_avp(octets + HEADER_OCTETS, octets + count, &avp) && avp.code == SESSION_ID &&
	       avp.octets == length && !memcmp(avp.value, session, length);
}

/* ---- everything else ----------------------------------------------------------------------- */

static void add_identity(struct message *message, int link)
{
	char host[NAME_OCTETS];

	name_link(link, host);
	add_text(message, ORIGIN_HOST, host);
	add_text(message, ORIGIN_REALM, REALM);
}

static size_t agree(int link, const uint8_t *request, uint8_t *reply)
{
	struct message answer = begin_message(reply, 0, command_of(request), 0,
					      hop_by_hop_of(request), end_to_end_of(request));

	add_number(&answer, RESULT_CODE, SUCCESS);
	add_identity(&answer, link);
	return end_message(&answer);
}

static struct received read_message(int link, const uint8_t *octets, size_t count, uint8_t *reply)
{
	struct received received = { .kind = OTHER };

	if (octets[4] & REQUEST_FLAG) {
		received.kind = REQUEST;
		received.reply = agree(link, octets, reply);
	} else if (command_of(octets) == ECR) {
		received.kind = ANSWER;
		received.check = hop_by_hop_of(octets);
		received.identified = is_identified(link, received.check, octets, count);
		if (!options.any_verdict)
			received.verdict = read_verdict(octets, count);
	}
	return received;
}

/* RFC 6733 §5.3 */
static void exchange_capabilities(int link, int socket)
{
	static const uint8_t address[] = { 0, 1, 127, 0, 0, 1 };
	uint8_t octets[65536];
	struct message request = begin_message(octets, REQUEST_FLAG, CER, 0, link, link);
	struct avp avp = { .next = octets + HEADER_OCTETS };
	size_t count;

	add_identity(&request, link);
	add_octets(&request, HOST_IP_ADDRESS, address, sizeof address);
	add_number(&request, VENDOR_ID, 0);
	add_text(&request, PRODUCT_NAME, "load");
	add_application(&request);
	send_all(socket, octets, end_message(&request));
	count = receive_message(socket, &(struct framing){ .header = HEADER_OCTETS,
							   .length = diameter_length },
				octets, sizeof octets);
	while (read_avp(avp.next, octets + count, &avp))
		if (avp.code == RESULT_CODE && get32(avp.value) == SUCCESS)
			return;
	fprintf(stderr, "the peer does not want us\n");
	exit(4);
}

/* RFC 6733 §5.4 */
static void disconnect(int link, int socket)
{
	uint8_t octets[MESSAGE_OCTETS];
	struct message request = begin_message(octets, REQUEST_FLAG, DPR, 0, link, link);

	add_identity(&request, link);
	add_number(&request, DISCONNECT_CAUSE, 0);
	send_all(socket, octets, end_message(&request));
	recv(socket, octets, sizeof octets, 0); /* the answer, for as long as we wait at most */
	close(socket);
}

int main(int count, char **words)
{
	static const struct protocol s13 = {
		.framing = { .payload_protocol = 46, .header = HEADER_OCTETS,
			     .length = diameter_length },
		.open = exchange_capabilities,
		.ask = ask,
		.read = read_message,
		.close = disconnect,
	};

	(void)count;
	take_options(words);
	write_shapes();
	return run(&s13);
}
