/*
 * An MSC that asks an EIR with MAP Check-IMEI over M3UA as fast as it answers.
 *
 *   load_map port=2905 version=2 imsi=0 xudt=0 title=0 window=64 seconds=5
 *
 * The other settings are those of take_options in load.c. With mix=1 every version, with and
 * without IMSI, in UDT and XUDT, routed by subsystem number and by the global titles of several
 * MSCs comes in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "m3ua.h"
#include "map.h"
#include "settings.h"

#define SLS_VALUES 16
#define SLS_PLACE (M3UA_HEADER + PROTOCOL_DATA_HEADER - 1)

static const char *const MSC_TITLES[] = { "99450000001",  "994500000021", "99450000003",
					  "994500000041", "9945000005",   "994500000611",
					  "4470000007",   "447000000081" };
#define TITLES (sizeof MSC_TITLES / sizeof *MSC_TITLES)

/* Version and IMSI */
static const struct manner VERSIONS[] = { { .version = 1 }, { .version = 2 },
					  { .version = 2, .imsi = true }, { .version = 3 },
					  { .version = 3, .imsi = true } };
#define VERSION_COUNT (sizeof VERSIONS / sizeof *VERSIONS)
#define SHAPES (VERSION_COUNT * 2 * 2 * TITLES) /* UDT or XUDT, title or not */

static struct template *templates; /* of all shapes of the first link, then of the second, … */
static size_t shapes = 1;

static struct manner manner_of(size_t shape)
{
	struct manner manner = VERSIONS[shape % VERSION_COUNT];

	shape /= VERSION_COUNT;
	manner.extended = shape % 2;
	if (shape / 2 % 2)
		manner.calling = MSC_TITLES[shape / 4];
	return manner;
}

static struct manner chosen_manner(void)
{
	return (struct manner){ .version = number_setting("version", 2),
				.imsi = number_setting("imsi", 0),
				.extended = number_setting("xudt", 0),
				.calling = number_setting("title", 0) ? MSC_TITLES[0] : NULL };
}

/* With a mix the probe's link has them too, and uses the first. */
static void write_templates(void)
{
	struct manner chosen = chosen_manner();
	int links = options.links + 1;

	shapes = options.mix ? SHAPES : 1;
	templates = calloc(links * shapes, sizeof *templates);
	for (int link = 0; link < links; link++)
		for (size_t shape = 0; shape < shapes; shape++) {
			struct manner manner = options.mix && !is_probe(link) ? manner_of(shape) : chosen;

			write_template(templates + link * shapes + shape, &manner,
				       MSC_POINT_CODE + link, EIR_POINT_CODE);
		}
}

static size_t ask(int link, uint32_t check, uint8_t *octets)
{
	size_t shape = is_probe(link) ? 0 : scatter(~(uint64_t)check) % shapes;
	const struct template *template = templates + link * shapes + shape;
	uint32_t equipment = equipment_of(&options.equipments, check);

	memcpy(octets, template->octets, template->count);
	octets[SLS_PLACE] = check % SLS_VALUES;
	put32(octets + template->transaction, check);
	put_tbcd(octets + template->imei, FIRST_IMEI + equipment, 14);
	if (template->imsi) {
		uint64_t imsi = FIRST_IMSI + equipment;

		put_tbcd(octets + template->imsi, imsi / 10, 14);
		octets[template->imsi + 7] = 0xf0 | imsi % 10;
	}
	return template->count;
}

static struct received read_answer(int link, const uint8_t *octets, size_t count)
{
	struct protocol_data data = read_data(octets, count);
	struct protocol_data user = data.octets ? read_unitdata(&data) : data;
	struct end end = user.count ? read_end(user.octets, user.count) : (struct end){ 0 };

	return (struct received){
		.kind = ANSWER,
		.check = end.transaction,
		.identified = (end.right_invoke || options.any_verdict) &&
			      data.opc == EIR_POINT_CODE && data.dpc == MSC_POINT_CODE + link,
		.verdict = end.verdict,
	};
}

static size_t answer_heartbeat(const uint8_t *octets, size_t count, uint8_t *reply)
{
	return write_m3ua(reply, HEARTBEAT_ACK, octets + M3UA_HEADER, count - M3UA_HEADER);
}

static struct received read_message(int link, const uint8_t *octets, size_t count, uint8_t *reply)
{
	struct received received = { .kind = OTHER };

	if (kind_of(octets) == M3UA_DATA)
		return read_answer(link, octets, count);
	if (kind_of(octets) == HEARTBEAT) {
		received.kind = REQUEST;
		received.reply = answer_heartbeat(octets, count, reply);
	}
	return received;
}

static void tell(int socket, enum m3ua_kind kind)
{
	uint8_t octets[M3UA_HEADER];

	send_all(socket, octets, write_m3ua(octets, kind, octets, 0));
}

static void wait_for(int socket, enum m3ua_kind wanted)
{
	uint8_t octets[MESSAGE_OCTETS], reply[MESSAGE_OCTETS];

	for (;;) {
		size_t count = receive_message(socket, &m3ua_framing, octets, sizeof octets);
		enum m3ua_kind kind = kind_of(octets);

		if (kind == wanted)
			return;
		if (kind == HEARTBEAT)
			send_all(socket, reply, answer_heartbeat(octets, count, reply));
		if (kind == M3UA_ERROR) {
			fprintf(stderr, "the gateway does not want us\n");
			exit(4);
		}
	}
}

/* RFC 4666 §4.3.4.1, §4.3.4.3 */
static void become_active(int link, int socket)
{
	(void)link;
	use_stream(socket, &(struct framing){ .payload_protocol = m3ua_framing.payload_protocol },
		   options.sctp);
	tell(socket, ASP_UP);
	wait_for(socket, ASP_UP_ACK);
	tell(socket, ASP_ACTIVE);
	wait_for(socket, ASP_ACTIVE_ACK);
}

static void go_down(int link, int socket)
{
	uint8_t octets[MESSAGE_OCTETS];

	(void)link;
	use_stream(socket, &(struct framing){ .payload_protocol = m3ua_framing.payload_protocol },
		   options.sctp);
	tell(socket, ASP_DOWN);
	recv(socket, octets, sizeof octets, 0); /* the acknowledgement */
	close(socket);
}

int main(int count, char **words)
{
	const struct protocol map = {
		.framing = m3ua_framing,
		.open = become_active,
		.ask = ask,
		.read = read_message,
		.close = go_down,
	};

	(void)count;
	take_options(words);
	write_templates();
	return run(&map);
}
