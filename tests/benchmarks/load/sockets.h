/* Sockets of both sides, TCP or one-to-one SCTP, without the headers of a library for SCTP. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is different over SCTP: each message travels for itself, on a stream, with an identifier. */
struct framing {
	uint32_t payload_protocol;
	uint16_t stream; /* of everything after the links came up */
	size_t header;   /* so many octets tell how long a message is */
	size_t (*length)(const uint8_t *header);
};

/* Octets that wait to be sent. */
struct outgoing {
	uint8_t *octets;
	size_t from, to;
};

/* Each prints why and ends the program if it cannot be. */
int connect_to(const char *address, int port, bool sctp);
int listen_on(const char *address, int port, bool sctp);
void prepare(int socket, bool sctp);
void use_stream(int socket, const struct framing *framing, bool sctp);
void send_all(int socket, const uint8_t *octets, size_t count);
size_t receive_message(int socket, const struct framing *framing, uint8_t *octets, size_t room);
void fail(const char *what);

/* Send what can be sent; give whether nothing is left. Ends the program if the link broke. */
bool flush(int socket, struct outgoing *out, const struct framing *framing, bool sctp);

#endif
