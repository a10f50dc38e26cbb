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
#define NAMES_OCTETS 256
#define EQUIPMENT_OCTETS 96

enum { WITH_IMSI = 1, WITH_SOFTWARE_VERSION = 2, WITH_CHECK_DIGIT = 4 };

/* Who asks. What is prepared of it stays near the processor, whatever it asks. */
struct mme {
	char session[NAME_OCTETS]; /* how the Session-Id begins */
	size_t session_octets;
	uint8_t names[NAMES_OCTETS]; /* behind the Session-Id */
	size_t names_octets;
	uint8_t route[NAME_OCTETS]; /* at the end of the request, if a DRA leaves one */
	size_t route_octets;
};

/* What is asked about. */
struct variant {
	uint8_t octets[EQUIPMENT_OCTETS];
	size_t count, imei, imsi; /* places in the octets; imsi 0: there is none */
};

/* Requests that differ in digits only. */
struct shape {
	const struct mme *mme;
	const struct variant *variant;
	int least_width, widths; /* of the number at the end of the Session-Id */
};

static struct mme *mmes; /* one for each link, then those of the mix */
static struct variant variants[VARIANTS];

static const char *const REALMS[] = { REALM, "epc.mnc01.mcc001.3gppnetwork.org",
				      "epc.mnc020.mcc001.3gppnetwork.org",
				      "roaming.mnc002.mcc001.3gppnetwork.org" };

/* ---- shapes -------------------------------------------------------------------------------- */

static void write_mme(struct mme *mme, const char *host, const char *realm, bool has_route)
{
	struct message names = { mme->names, 0 }, route = { mme->route, 0 };

	mme->session_octets = snprintf(mme->session, NAME_OCTETS, "%s;1763000000;", host);
	add_application(&names);
	add_number(&names, AUTH_SESSION_STATE, 1);
	add_text(&names, ORIGIN_HOST, host);
	add_text(&names, ORIGIN_REALM, realm);
	add_text(&names, DESTINATION_REALM, REALM);
	mme->names_octets = names.count;
	if (has_route)
		add_text(&route, ROUTE_RECORD, host);
	mme->route_octets = route.count;
}

static void write_variant(int bits)
{
	struct variant *variant = variants + bits;
	struct message message = { variant->octets, 0 };
	size_t group = begin_group(&message, TERMINAL_INFORMATION);

	variant->imei =
		add_octets(&message, IMEI, "000000000000000", bits & WITH_CHECK_DIGIT ? 15 : 14);
	if (bits & WITH_SOFTWARE_VERSION)
		add_text(&message, SOFTWARE_VERSION, "01");
	end_group(&message, group);
	if (bits & WITH_IMSI)
		variant->imsi = add_text(&message, USER_NAME, "001010000000000");
	variant->count = message.count;
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

static void write_shapes(void)
{
	int links = options.links + 1; /* perhaps with a probe */
	int mixed = options.mix ? MMES : 0;
	int generation = number_setting("generation", 0);
	bool has_routes = number_setting("routes", 0);
	char host[NAME_OCTETS];
	const char *realm;

	mmes = calloc(links + mixed, sizeof *mmes);
	for (int i = 0; i < links; i++) {
		name_link(i, host);
		write_mme(mmes + i, host, REALM, false);
	}
	for (int i = 0; i < mixed; i++) {
		name_mme(i, generation, host, &realm);
		write_mme(mmes + links + i, host, realm, has_routes);
	}
	for (int i = 0; i < VARIANTS; i++)
		write_variant(i);
}

static struct shape shape_of(int link, uint32_t check)
{
	uint32_t chosen;

	if (!options.mix || is_probe(link))
		return (struct shape){ mmes + link, variants + (WITH_IMSI | WITH_SOFTWARE_VERSION),
				       10, 1 };
	chosen = scatter(~(uint64_t)check) % (MMES * VARIANTS);
	return (struct shape){ mmes + options.links + 1 + chosen / VARIANTS,
			       variants + chosen % VARIANTS, 11 - WIDTHS_OF_MIX, WIDTHS_OF_MIX };
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Write the Session-Id of a check; give its octets, without padding. */
static size_t write_session(const struct shape *shape, uint32_t check, uint8_t *octets)
{
	const struct mme *mme = shape->mme;
	int width = shape->least_width + check % shape->widths;

	memcpy(octets, mme->session, mme->session_octets);
	put_digits(octets + mme->session_octets, check, width);
	return mme->session_octets + width;
}

static void add_prepared(struct message *message, const uint8_t *octets, size_t count)
{
	memcpy(message->octets + message->count, octets, count);
	message->count += count;
}

static size_t ask(int link, uint32_t check, uint8_t *octets)
{
	const struct shape shape = shape_of(link, check);
	const struct mme *mme = shape.mme;
	const struct variant *variant = shape.variant;
	uint32_t equipment = equipment_of(&options.equipments, check);
	struct message request = begin_message(octets, REQUEST_FLAG | PROXIABLE_FLAG, ECR,
					       S13_APPLICATION, check, check ^ END_TO_END_MASK);
	size_t session = begin_group(&request, SESSION_ID);
	uint8_t *asked;

	request.count += write_session(&shape, check, octets + request.count);
	end_group(&request, session);
	add_prepared(&request, mme->names, mme->names_octets);
	asked = octets + request.count;
	add_prepared(&request, variant->octets, variant->count);
	put_digits(asked + variant->imei, FIRST_IMEI + equipment, 14);
	if (variant->imsi)
		put_digits(asked + variant->imsi, FIRST_IMSI + equipment, 15);
	add_prepared(&request, mme->route, mme->route_octets);
	return end_message(&request);
}

/* Give the code of an Experimental-Result of 3GPP (RFC 6733 §7.6); 0: it is of others. */
static uint32_t experimental_code(const struct avp *group)
{
	const uint8_t *end = group->value + group->octets;
	struct avp avp = { .next = group->value };
	uint32_t vendor = 0, code = 0;

	while (read_avp(avp.next, end, &avp)) {
		if (avp.code == VENDOR_ID && avp.octets == 4)
			vendor = get32(avp.value);
		else if (avp.code == EXPERIMENTAL_RESULT_CODE && avp.octets == 4)
			code = get32(avp.value);
	}
	return vendor == VENDOR_3GPP ? code : 0;
}

static enum verdict read_verdict(const uint8_t *octets, size_t count)
{
	struct avp avp = { .next = octets + HEADER_OCTETS };
	uint32_t result = 0, experimental = 0, status = REFUSED;

	while (read_avp(avp.next, octets + count, &avp)) {
		if (avp.code == RESULT_CODE && avp.octets == 4)
			result = get32(avp.value);
		else if (avp.code == EXPERIMENTAL_RESULT)
			experimental = experimental_code(&avp);
		else if (avp.code == EQUIPMENT_STATUS && avp.octets == 4)
			status = get32(avp.value);
	}
	if (octets[4] & ERROR_FLAG || !result == !experimental) /* one of both: TS 29.272 §7.4.1 */
		return REFUSED;
	if (experimental)
		return experimental == EQUIPMENT_UNKNOWN ? UNKNOWN : REFUSED;
	return result == SUCCESS && status <= TRACKING ? status : REFUSED;
}

static bool is_identified(int link, uint32_t check, const uint8_t *octets, size_t count)
{
	uint8_t session[2 * NAME_OCTETS];
	const struct shape shape = shape_of(link, check);
	size_t length = write_session(&shape, check, session);
	struct avp avp;

	return get32(octets + 8) == S13_APPLICATION &&
	       end_to_end_of(octets) == (check ^ END_TO_END_MASK) &&
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
