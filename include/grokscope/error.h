/* Status codes and the message that goes with them.
 *
 * A function that can fail returns int: 0, or a negative GSC_E… code. The place
 * where the failure arises writes one message, kept per thread; everything above
 * passes the code on. The library never prints and never exits. */
#ifndef GROKSCOPE_ERROR_H
#define GROKSCOPE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong. The values are negative; 0 is success. */
enum {
    GSC_EARGUMENT = -1, /* a value that a caller or command line gave */
    GSC_EFORMAT = -2,   /* a file that is unreadable, foreign or unsupported, or that
                           holds a wrong name or value, or not the one asked for */
    GSC_EIO = -3,       /* the operating system refused a read or a write */
    GSC_EMEMORY = -4,   /* no memory */
    GSC_ENUMERIC = -5,  /* a computation left the finite numbers or did not converge */
    GSC_EBUSY = -6      /* someone else holds what was asked for */
};

/* Record a message in printf form for this thread and return `code`. What a file or the
 * command line put into it is escaped as gsc_text_escape has it, but for backslashes
 * and for line feeds before two blanks: it can be printed. */
int gsc_fail(int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Put "text: " in front of this thread's message and return `code`: the caller
 * that knows the file adds it to the message of one that knows the fault. */
int gsc_fail_in(int code, const char *text);

/* This thread's last message; "" before the first. Valid until the next failure. */
const char *gsc_error_text(void);

/* The exit code of a program that ends with `status`: 0 done, 1 failed, 2 wrong
 * command line, 3 a file that is unreadable, unsupported or wrong in what it holds. */
int gsc_exit_code(int status);

/* Evaluate; on failure go to `out:` with the code in the local variable `status`. */
#define GSC_TRY(expression)    \
    do {                       \
        status = (expression); \
        if (status < 0)        \
            goto out;          \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
