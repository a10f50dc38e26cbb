#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"
#include "settings.h"

#define SECOND 1000000000ULL          /* in nanoseconds, as every time here */
#define OUT_OCTETS (4u << 20)         /* of a link */
#define IN_OCTETS (1u << 20)
#define MOST_WAITING (1u << 20)       /* checks, of all links */
#define PATIENCE (8 * SECOND)         /* without any answer: the peer is stuck */
#define LAST_PATIENCE (2 * SECOND)    /* for the last answers */
#define MOST_EVENTS 64

struct options options;

struct link {
	int number, socket;
	unsigned waiting; /* checks without an answer */
	uint8_t *in;
	size_t held;
	struct outgoing out;
	bool blocked; /* the peer does not read */
};

/* A check that has no answer yet: at its number, modulo the size. */
static struct {
	uint32_t check;
	int16_t link; /* -1: none */
	uint64_t since;
} waiting[MOST_WAITING];

static const struct protocol *protocol;
static struct link *links;
static int all_links, poller;
static bool measuring, asking = true;
static uint32_t next_check = 1;
static struct latency latency, probe_latency;

static struct {
	uint64_t asked, answered, measured;
	uint64_t unidentified, wrong, refused; /* answers, from the first on */
	uint64_t verdicts[VERDICTS];
} counts;

void take_options(char **words)
{
	take_settings(words);
	options = (struct options){
		.address = text_setting("address", "127.0.0.1"),
		.port = number_setting("port", 3868),
		.sctp = number_setting("sctp", 0),
		.links = number_setting("connections", 1),
		.window = number_setting("window", 64),
		.rate = number_setting("rate", 0),
		.together = number_setting("together", 1),
		.probe = number_setting("probe", 0),
		.warm = number_setting("warm", 1),
		.seconds = number_setting("seconds", 5),
		.mix = number_setting("mix", 0),
		.any_verdict = number_setting("any_verdict", 0),
		.equipments = { .count = number_setting("equipments", 10000),
				.misses = number_setting("misses", 0),
				.cycle = text_setting("cycle", "012") },
	};
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static double processor_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- asking -------------------------------------------------------------------------------- */

static bool has_room(const struct link *link, unsigned checks)
{
	return link->out.to + checks * MESSAGE_OCTETS < OUT_OCTETS;
}

/* Ask once; `since` is when the check was due. */
static void ask(struct link *link, uint64_t since)
{
	uint32_t check = next_check++;
	uint32_t place = check % MOST_WAITING;

	if (waiting[place].link >= 0) {
		fprintf(stderr, "too many checks without an answer\n");
		exit(3);
	}
	waiting[place].check = check;
	waiting[place].link = link->number;
	waiting[place].since = since;
	link->out.to += protocol->ask(link->number, check, link->out.octets + link->out.to);
	link->waiting++;
	counts.asked++;
}

static void send_out(struct link *link)
{
	bool blocked = !flush(link->socket, &link->out, &protocol->framing, options.sctp);
	struct epoll_event event = { .events = EPOLLIN | (blocked ? EPOLLOUT : 0),
				     .data.ptr = link };

	if (blocked != link->blocked)
		epoll_ctl(poller, EPOLL_CTL_MOD, link->socket, &event);
	link->blocked = blocked;
}

/* Ask as often as the window allows. */
static void fill_window(struct link *link)
{
	uint64_t since = now();

	while (asking && link->waiting < options.window && has_room(link, 1))
		ask(link, since);
}

/* Ask everything that is due of one stream of checks, so many at a time; `due` moves on. */
static void ask_due(struct link *first, int count, uint64_t *due, double every, unsigned together)
{
	static unsigned turn;
	uint64_t time = now();

	while (asking && *due <= time) {
		struct link *link = first + turn++ % count;

		if (!has_room(link, together))
			break;
		for (unsigned i = 0; i < together; i++)
			ask(link, *due);
		*due += every * together * SECOND;
	}
	for (int i = 0; i < count; i++)
		if (first[i].out.to)
			send_out(first + i);
}

/* ---- answers ------------------------------------------------------------------------------- */

static void judge(const struct received *received)
{
	const struct equipments *all = &options.equipments;

	counts.unidentified += !received->identified;
	if (options.any_verdict)
		return;
	counts.verdicts[received->verdict]++;
	if (received->verdict == REFUSED)
		counts.refused++;
	else if (received->verdict != expected_of(all, equipment_of(all, received->check)))
		counts.wrong++;
}

static void take_answer(struct link *link, const struct received *received, uint64_t time)
{
	uint32_t place = received->check % MOST_WAITING;

	if (waiting[place].link != link->number || waiting[place].check != received->check) {
		counts.unidentified++; /* never asked here, or answered before */
		return;
	}
	waiting[place].link = -1;
	link->waiting--;
	counts.answered++;
	judge(received);
	if (!measuring)
		return;
	if (is_probe(link->number)) {
		note_latency(&probe_latency, time - waiting[place].since);
	} else {
		note_latency(&latency, time - waiting[place].since);
		counts.measured++;
	}
}

static void take_message(struct link *link, const uint8_t *octets, size_t count, uint64_t time)
{
	uint8_t *room = link->out.octets + link->out.to;
	struct received received = protocol->read(link->number, octets, count, room);

	if (received.kind == ANSWER)
		take_answer(link, &received, time);
	else if (received.kind == REQUEST)
		link->out.to += received.reply;
}

static void take_messages(struct link *link, uint64_t time)
{
	const struct framing *framing = &protocol->framing;
	size_t at = 0;

	while (link->held - at >= framing->header) {
		size_t length = framing->length(link->in + at);

		if (length < framing->header || length > IN_OCTETS) {
			fprintf(stderr, "a message of %zu octets\n", length);
			exit(6);
		}
		if (link->held - at < length)
			break;
		take_message(link, link->in + at, length, time);
		at += length;
	}
	link->held -= at;
	memmove(link->in, link->in + at, link->held);
}

static void receive(struct link *link)
{
	ssize_t count = recv(link->socket, link->in + link->held, IN_OCTETS - link->held, MSG_DONTWAIT);

	if (count < 0 && errno == EAGAIN)
		return;
	if (count <= 0)
		fail("the peer closed");
	link->held += count;
	take_messages(link, now());
}

/* ---- the run ------------------------------------------------------------------------------- */

static void limit_waiting(int socket)
{
	const struct timeval most = { .tv_sec = 5 };

	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
}

static void open_link(struct link *link, int number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = link };

	link->number = number;
	link->in = malloc(IN_OCTETS);
	link->out.octets = malloc(OUT_OCTETS);
	link->socket = connect_to(options.address, options.port, options.sctp);
	limit_waiting(link->socket);
	protocol->open(number, link->socket);
	use_stream(link->socket, &protocol->framing, options.sctp);
	epoll_ctl(poller, EPOLL_CTL_ADD, link->socket, &event);
}

static void open_links(void)
{
	all_links = options.links + (options.probe > 0);
	links = calloc(all_links, sizeof *links);
	poller = epoll_create1(0);
	for (int i = 0; i < all_links; i++)
		open_link(links + i, i);
}

static uint64_t count_waiting(void)
{
	uint64_t count = 0;

	for (int i = 0; i < all_links; i++)
		count += links[i].waiting;
	return count;
}

/* How long to sleep, a while if nothing is due. A client that polled instead would have its core
 * taken away now and then where processors are shared, and measure that.
 */
static struct timespec pause_before(uint64_t due)
{
	uint64_t time = now();
	uint64_t pause = !due ? SECOND / 10 : due > time ? due - time : 0;

	return (struct timespec){ .tv_sec = pause / SECOND, .tv_nsec = pause % SECOND };
}

/* Wait until something comes, or is due; answer to it. */
static bool turn(uint64_t due)
{
	struct epoll_event events[MOST_EVENTS];
	struct timespec pause = pause_before(due);
	int count = epoll_pwait2(poller, events, MOST_EVENTS, &pause, NULL);

	for (int i = 0; i < count; i++) {
		struct link *link = events[i].data.ptr;

		if (events[i].events & ~EPOLLOUT)
			receive(link);
		if (!(options.rate > 0) && !is_probe(link->number))
			fill_window(link);
		if (link->out.to)
			send_out(link);
	}
	return count > 0;
}

/* Say which comes first of two times, 0 being never. */
static uint64_t first_of(uint64_t one, uint64_t other)
{
	return one && (!other || one < other) ? one : other;
}

static double measure(uint64_t end_of_warmth, double *processor)
{
	uint64_t began = 0, last = now(), due = last, probe_due = options.probe > 0 ? last : 0;

	for (;;) {
		uint64_t time = now();

		if (!measuring && time >= end_of_warmth) {
			measuring = true;
			began = time;
			*processor = processor_seconds();
		}
		if (measuring && time - began >= options.seconds * SECOND) {
			*processor = processor_seconds() - *processor;
			return (double)(time - began) / SECOND;
		}
		if (options.rate > 0)
			ask_due(links, options.links, &due, 1 / options.rate,
				options.together);
		if (options.probe > 0)
			ask_due(links + options.links, 1, &probe_due, options.probe, 1);
		if (turn(first_of(options.rate > 0 ? due : 0, probe_due)))
			last = time;
		else if (time - last > PATIENCE && count_waiting()) {
			fprintf(stderr, "no answer for %llu s\n", PATIENCE / SECOND);
			exit(5);
		}
	}
}

/* Ask nothing more, and wait for what was asked. */
static void wait_for_rest(void)
{
	uint64_t until = now() + LAST_PATIENCE;

	measuring = asking = false;
	while (count_waiting() && now() < until)
		turn(0);
}

static void report(double seconds, double processor)
{
	printf("{\"answered\":%lu,\"seconds\":%.3f,\"rate\":%.1f,\"processor\":%.3f,", counts.answered,
	       seconds, counts.measured / seconds, processor / seconds);
	print_latency(&latency);
	if (options.probe > 0) {
		printf(",\"probe\":{\"answers\":%lu,", probe_latency.count);
		print_latency(&probe_latency);
		printf("}");
	}
	printf(",\"faults\":{\"unidentified\":%lu,\"wrong\":%lu,\"refused\":%lu,\"unanswered\":%lu}",
	       counts.unidentified, counts.wrong, counts.refused, count_waiting());
	printf(",\"verdicts\":[%lu,%lu,%lu,%lu]}\n", counts.verdicts[PERMITTED],
	       counts.verdicts[PROHIBITED], counts.verdicts[TRACKING], counts.verdicts[UNKNOWN]);
}

int run(const struct protocol *chosen)
{
	double seconds, processor = 0;

	protocol = chosen;
	prctl(PR_SET_TIMERSLACK, 1000UL); /* ns: what is due is asked in time */
	refuse_other_settings();
	for (size_t i = 0; i < MOST_WAITING; i++)
		waiting[i].link = -1;
	open_links();
	for (int i = 0; i < options.links && !(options.rate > 0); i++) {
		fill_window(links + i);
		send_out(links + i);
	}
	seconds = measure(now() + options.warm * SECOND, &processor);
	wait_for_rest();
	for (int i = 0; i < all_links; i++)
		protocol->close(i, links[i].socket);
	report(seconds, processor);
	return 0;
}
