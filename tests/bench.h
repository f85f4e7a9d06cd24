/* What the parts of grokscope-bench share. */
#ifndef GSC_TEST_BENCH_H
#define GSC_TEST_BENCH_H

enum { BENCH_ROW_BYTES = 4096 };

double bench_milliseconds(void);

/* End with the message and the exit code of a failure. */
void bench_check(int status);

/* Run grokscope-train beside this program; its wall time in milliseconds, and the last
 * line it prints. */
double bench_train(const char *arguments, char row[BENCH_ROW_BYTES]);

/* Make an empty folder for a run, named into `folder`; remove it with what is there. */
enum { BENCH_FOLDER_BYTES = 64 };
void bench_make_folder(char folder[BENCH_FOLDER_BYTES]);
void bench_remove_folder(const char *folder);

/* What every measure costs, table by table. */
void bench_analyze(void);

/* What a step of small networks costs, one row for each recipe. */
void bench_small_steps(void);

#endif
