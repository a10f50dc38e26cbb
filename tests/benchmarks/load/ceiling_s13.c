/*
 * The ceiling of S13 on one core: the same answer to every check, with the check's identifiers
 * (hop-by-hop, end-to-end and Session-Id) patched in. Nothing else is read.
 *
 *   ceiling_s13 port=3868
 */
#include "respond.h"
#include "s13.h"

#define HOST "ceiling." REALM

static uint8_t rest[512]; /* of an answer, behind the Session-Id */
static size_t rest_octets;

static void write_rest(void)
{
	struct message answer = { rest, 0 };

	add_application(&answer);
	add_number(&answer, RESULT_CODE, SUCCESS);
	add_number(&answer, AUTH_SESSION_STATE, 1);
	add_text(&answer, ORIGIN_HOST, HOST);
	add_text(&answer, ORIGIN_REALM, REALM);
	add_number(&answer, EQUIPMENT_STATUS, 0);
	rest_octets = answer.count;
}

static size_t answer_check(const uint8_t *octets, uint8_t *reply)
{
	struct message answer = begin_message(reply, PROXIABLE_FLAG, ECR, S13_APPLICATION,
					      hop_by_hop_of(octets), end_to_end_of(octets));
	size_t session = (get24(octets + HEADER_OCTETS + 5) + 3) & ~3u;

	memcpy(reply + answer.count, octets + HEADER_OCTETS, session);
	memcpy(reply + answer.count + session, rest, rest_octets);
	answer.count += session + rest_octets;
	return end_message(&answer);
}

/* CER, DWR, DPR */
static size_t agree(const uint8_t *octets, uint8_t *reply)
{
	static const uint8_t address[] = { 0, 1, 127, 0, 0, 1 };
	struct message answer = begin_message(reply, 0, command_of(octets), 0, hop_by_hop_of(octets),
					      end_to_end_of(octets));

	add_number(&answer, RESULT_CODE, SUCCESS);
	add_text(&answer, ORIGIN_HOST, HOST);
	add_text(&answer, ORIGIN_REALM, REALM);
	if (command_of(octets) == CER) {
		add_octets(&answer, HOST_IP_ADDRESS, address, sizeof address);
		add_number(&answer, VENDOR_ID, 0);
		add_text(&answer, PRODUCT_NAME, "ceiling");
		add_application(&answer);
	}
	return end_message(&answer);
}

static size_t answer_message(const uint8_t *octets, size_t count, uint8_t *reply)
{
	if (!(octets[4] & REQUEST_FLAG) || count < HEADER_OCTETS + 8)
		return 0;
	return command_of(octets) == ECR ? answer_check(octets, reply) : agree(octets, reply);
}

int main(int count, char **words)
{
	static const struct framing framing = { .payload_protocol = 46, .header = HEADER_OCTETS,
						.length = diameter_length };

	(void)count;
	write_rest();
	serve(words, 3868, &framing, answer_message);
}
