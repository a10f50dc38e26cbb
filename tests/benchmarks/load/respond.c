#include "respond.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "settings.h"

#define IN_OCTETS (256u << 10)
#define OUT_OCTETS (8u << 20) /* more than the answers to all that is read at once */
#define MOST_EVENTS 64

struct link {
	int socket;
	uint8_t *in;
	size_t held;
	struct outgoing out;
};

static const struct framing *framing;
static answer *answer_to;
static bool sctp;
static int poller;

static void accept_link(int listener)
{
	struct link *link = calloc(1, sizeof *link);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = link };

	link->socket = accept(listener, NULL, NULL);
	if (link->socket < 0)
		fail("accept");
	prepare(link->socket, sctp);
	use_stream(link->socket, framing, sctp);
	link->in = malloc(IN_OCTETS);
	link->out.octets = malloc(OUT_OCTETS);
	epoll_ctl(poller, EPOLL_CTL_ADD, link->socket, &event);
}

static void close_link(struct link *link)
{
	close(link->socket);
	free(link->in);
	free(link->out.octets);
	free(link);
}

static void answer_all(struct link *link)
{
	size_t at = 0;

	while (link->held - at >= framing->header) {
		size_t length = framing->length(link->in + at);
		uint8_t *reply = link->out.octets + link->out.to;

		if (length < framing->header || length > link->held - at)
			break;
		link->out.to += answer_to(link->in + at, length, reply);
		at += length;
	}
	link->held -= at;
	memmove(link->in, link->in + at, link->held);
}

/* Give whether the link goes on. Nothing more is read before everything is sent. */
static bool take(struct link *link)
{
	ssize_t count = recv(link->socket, link->in + link->held, IN_OCTETS - link->held, MSG_DONTWAIT);

	if (count < 0 && errno == EAGAIN)
		return true;
	if (count <= 0)
		return false;
	link->held += count;
	answer_all(link);
	while (!flush(link->socket, &link->out, framing, sctp))
		usleep(50);
	return true;
}

void serve(char **words, int usual_port, const struct framing *chosen, answer *answer)
{
	struct epoll_event events[MOST_EVENTS], event = { .events = EPOLLIN };
	int port, listener;

	take_settings(words);
	framing = chosen;
	answer_to = answer;
	port = number_setting("port", usual_port);
	sctp = number_setting("sctp", 0);
	listener = listen_on(text_setting("address", "127.0.0.1"), port, sctp);
	refuse_other_settings();
	poller = epoll_create1(0);
	epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
	puts("listening");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(poller, events, MOST_EVENTS, -1);

		for (int i = 0; i < count; i++)
			if (!events[i].data.ptr)
				accept_link(listener);
			else if (!take(events[i].data.ptr))
				close_link(events[i].data.ptr);
	}
}
