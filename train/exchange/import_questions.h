/* What of a network its tensors do not tell, and what it might be. */
#ifndef GSC_EXCHANGE_IMPORT_QUESTIONS_H
#define GSC_EXCHANGE_IMPORT_QUESTIONS_H

#include "train/exchange/import.h"

/* Note the option that nobody told in import->question, with what it may be ("a,b");
 * GSC_EARGUMENT with `why`,
 * NULL where there is no more to say than that the tensors do not tell. */
int gsc_import_ask(gsc_import *import, const char *name, const char *choices,
                   const char *why);

/* Give an option its value, as if it had been told. Errors as gsc_options_set. */
int gsc_import_answer(gsc_config *config, const char *name, const char *value);

/* Fill in what has a usual answer, and ask for the first that has none. */
int gsc_import_ask_all(gsc_import *import);

#endif
