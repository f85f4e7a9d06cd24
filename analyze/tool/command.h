/* Command lines that make something again, as a shell reads them. */
#ifndef GROKSCOPE_COMMAND_H
#define GROKSCOPE_COMMAND_H

#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Add " " and a word, in quotes where a shell would take it apart; in those of $'...',
 * which bash, ksh and zsh read, where a terminal would not show it (gsc_text_is_plain).
 */
int gsc_command_add_word(const char *word, gsc_text *text);

/* Add the line that trains a run again, with --out DIR for its folder: an option for
 * each key of its configuration (JSON) that is not as by default. GSC_EFORMAT. */
int gsc_command_add_training(const char *config, gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
