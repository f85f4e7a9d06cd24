/* What the parts of grokscope-bench share. */
#ifndef GSC_TEST_BENCH_H
#define GSC_TEST_BENCH_H

double bench_milliseconds(void);

/* End with the message and the exit code of a failure. */
void bench_check(int status);

/* What a program has printed: the first line, which names columns, and the last one. */
enum { BENCH_ROW_BYTES = 4096 };
typedef struct bench_summary {
    char names[BENCH_ROW_BYTES], values[BENCH_ROW_BYTES];
} bench_summary;

/* Run grokscope-train beside this program; its wall time in milliseconds. */
double bench_train(const char *arguments, bench_summary *summary);

/* The number in a column; ends with a message where there is none. */
double bench_value(const bench_summary *summary, const char *column);

/* Make an empty folder for a run, named into `folder`; remove it with what is there. */
enum { BENCH_FOLDER_BYTES = 64 };
void bench_make_folder(char folder[BENCH_FOLDER_BYTES]);
void bench_remove_folder(const char *folder);

/* What every measure costs, table by table. */
void bench_analyze(void);

/* What a step of small networks costs, one row for each recipe. */
void bench_small_steps(void);

#endif
