/* What a program is told: words such as window=64. */
#ifndef SETTINGS_H
#define SETTINGS_H

void take_settings(char **words);
const char *text_setting(const char *name, const char *otherwise);
double number_setting(const char *name, double otherwise);

/* End the program if a word was never asked for: it is misspelt. */
void refuse_other_settings(void);

#endif
