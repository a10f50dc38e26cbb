#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 6458 §8.1.5, §8.1.13, with Linux's numbers */
#define SCTP_NODELAY 3
#define SCTP_DEFAULT_SEND_PARAM 10

struct sctp_send_parameters { /* RFC 6458 §5.3.2: struct sctp_sndrcvinfo */
	uint16_t stream, sequence, flags;
	uint32_t payload_protocol, context, time_to_live, tsn, cumulative_tsn;
	int32_t association;
};

void fail(const char *what)
{
	perror(what);
	exit(2);
}

static struct sockaddr_in address_of(const char *address, int port)
{
	struct sockaddr_in found = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, address, &found.sin_addr) != 1)
		fail(address);
	return found;
}

static int open_socket(bool sctp)
{
	int fd = socket(AF_INET, SOCK_STREAM, sctp ? IPPROTO_SCTP : IPPROTO_TCP);

	if (fd < 0)
		fail(sctp ? "SCTP" : "TCP");
	return fd;
}

void prepare(int fd, bool sctp)
{
	const int on = 1;

	if (setsockopt(fd, sctp ? IPPROTO_SCTP : IPPROTO_TCP, sctp ? SCTP_NODELAY : TCP_NODELAY, &on,
		       sizeof on))
		fail("no delay");
}

int connect_to(const char *address, int port, bool sctp)
{
	struct sockaddr_in to = address_of(address, port);
	int fd = open_socket(sctp);

	if (connect(fd, (struct sockaddr *)&to, sizeof to))
		fail("connect");
	prepare(fd, sctp);
	return fd;
}

int listen_on(const char *address, int port, bool sctp)
{
	struct sockaddr_in at = address_of(address, port);
	int fd = open_socket(sctp);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 128))
		fail("listen");
	return fd;
}

void use_stream(int fd, const struct framing *framing, bool sctp)
{
	struct sctp_send_parameters how = { .stream = framing->stream,
					    .payload_protocol = htonl(framing->payload_protocol) };

	if (sctp && setsockopt(fd, IPPROTO_SCTP, SCTP_DEFAULT_SEND_PARAM, &how, sizeof how))
		fail("stream");
}

void send_all(int fd, const uint8_t *octets, size_t count)
{
	if (send(fd, octets, count, MSG_NOSIGNAL) != (ssize_t)count)
		fail("send");
}

static void receive_exactly(int fd, uint8_t *octets, size_t count)
{
	while (count) {
		ssize_t found = recv(fd, octets, count, 0);

		if (found <= 0)
			fail("the peer closed");
		octets += found;
		count -= found;
	}
}

size_t receive_message(int fd, const struct framing *framing, uint8_t *octets, size_t room)
{
	size_t length;

	receive_exactly(fd, octets, framing->header);
	length = framing->length(octets);
	if (length < framing->header || length > room)
		fail("a message of no length");
	receive_exactly(fd, octets + framing->header, length - framing->header);
	return length;
}

bool flush(int fd, struct outgoing *out, const struct framing *framing, bool sctp)
{
	while (out->from < out->to) {
		const uint8_t *next = out->octets + out->from;
		size_t count = sctp ? framing->length(next) : out->to - out->from;
		ssize_t sent = send(fd, next, count, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN)
			return false;
		if (sent < 0)
			fail("send");
		out->from += sent;
	}
	out->from = out->to = 0;
	return true;
}
