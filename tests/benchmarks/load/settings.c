#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 32

static char **settings;
static char asked_for[MOST];

void take_settings(char **words)
{
	settings = words + 1; /* behind the program's name */
}

const char *text_setting(const char *name, const char *otherwise)
{
	size_t length = strlen(name);

	for (int i = 0; settings[i] && i < MOST; i++)
		if (!strncmp(settings[i], name, length) && settings[i][length] == '=') {
			asked_for[i] = 1;
			return settings[i] + length + 1;
		}
	return otherwise;
}

double number_setting(const char *name, double otherwise)
{
	const char *text = text_setting(name, NULL);

	return text ? atof(text) : otherwise;
}

void refuse_other_settings(void)
{
	for (int i = 0; settings[i]; i++)
		if (i >= MOST || !asked_for[i]) {
			fprintf(stderr, "no such setting: %s\n", settings[i]);
			exit(64);
		}
}
