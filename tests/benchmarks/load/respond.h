/* A server that knows no protocol and answers each message at once: the ceiling for all others. */
#ifndef RESPOND_H
#define RESPOND_H

#include "sockets.h"

/* Write the answer to a message, of at most ANSWER_OCTETS; give its octets, 0: there is none. */
typedef size_t answer(const uint8_t *octets, size_t count, uint8_t *reply);

#define ANSWER_OCTETS 4096

/* Serve on the port and over the transport of the settings, until the program is killed. */
void serve(char **words, int usual_port, const struct framing *framing, answer *answer);

#endif
