/* The part of a load client that knows no protocol: links, windows, times, the report. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "equipment.h"
#include "sockets.h"

#define MESSAGE_OCTETS 4096 /* room for any message of ours */

enum kind { ANSWER, REQUEST, OTHER };

/* What was received. */
struct received {
	enum kind kind;
	uint32_t check;       /* ANSWER: the number of the check */
	bool identified;      /* ANSWER: every identifier is that of the check */
	enum verdict verdict; /* ANSWER */
	size_t reply;         /* REQUEST: octets of the reply that was written */
};

struct protocol {
	struct framing framing;
	/* Come up, on a blocking socket. */
	void (*open)(int link, int socket);
	/* Write the check with this number; give its octets. */
	size_t (*ask)(int link, uint32_t check, uint8_t *octets);
	struct received (*read)(int link, const uint8_t *octets, size_t count, uint8_t *reply);
	/* Take leave; nobody waits for what the peer says. */
	void (*close)(int link, int socket);
};

/* What every client can be told. */
struct options {
	const char *address;      /* of the peer */
	int port;
	bool sctp;
	int links;                /* connections */
	unsigned window;          /* checks without an answer on each link */
	double rate;              /* checks a second, all the same what is answered; 0: as the window
				     allows */
	unsigned together;        /* checks with a rate that are due at the same time, on one link */
	double probe;             /* seconds between the checks of one more link, the last; 0: none */
	double warm, seconds;     /* before measuring, and measuring */
	bool mix;                 /* many shapes, except on the probe */
	bool any_verdict;         /* the peer patches identifiers only: read nothing else */
	struct equipments equipments;
};

extern struct options options;

static inline bool is_probe(int link)
{
	return link == options.links;
}

/* Read the settings that every client has. */
void take_options(char **words);

/* Connect, ask until time is over, print one line of JSON; give the program's exit status. */
int run(const struct protocol *protocol);

#endif
