/* Pickles of all that the reader knows. */
#ifndef GSC_FUZZ_SEEDS_H
#define GSC_FUZZ_SEEDS_H

#include <stddef.h>

/* From the text between the opcodes PROTO 2 and STOP. */
#define PICKLE(text)                                         \
    {                                                        \
        "\x80\x02" text ".", sizeof("\x80\x02" text ".") - 1 \
    }
#define NAME(letter) "X\x01\x00\x00\x00" letter

/* A storage of 16 elements, key "0". */
#define STORAGE(type)                                              \
    "(X\x07\x00\x00\x00storagectorch\n" type "\nX\x01\x00\x00\x00" \
    "0X\x03\x00\x00\x00"                                           \
    "cpuK\x10tQ"

static const struct {
    const char *data;
    size_t length;
} pickles[] = {
    /* {"w": a view of 2 by 3, "n": [1, -1, 0.5], "t": ("x",)} */
    PICKLE("}q\x00(" NAME("w") "ctorch._utils\n_rebuild_tensor_v2\n((" STORAGE(
        "FloatStorage") "K\x01K\x02K\x03\x86K\x01K\x02\x86\x89"
                        "ccollections\nOrderedDict\n)RtRq\x01" NAME(
                            "n") "]("
                                 "K\x01J\xff\xff\xff\xffG\x3f\xe0\0\0\0\0\0\0"
                                 "e" NAME("t") NAME("x") "\x85u"),
    /* other storages, one tensor twice, a parameter, a type of its own */
    PICKLE("}(" NAME("a") "ctorch._utils\n_rebuild_parameter\n"
                          "(ctorch._utils\n_rebuild_tensor_v2\n((" STORAGE(
                              "LongStorage") "K\x00K\x08\x85K\x01\x85\x89NtR\x88NtRq"
                                             "\x05" NAME("b") "h\x05" NAME(
                                                 "c") "ctorch._"
                                                      "utils\n_"
                                                      "rebuild_"
                                                      "tensor_"
                                                      "v3\n("
                                                      "(" STORAGE("Untyped"
                                                                  "Storag"
                                                                  "e") "K"
                                                                       "\x00K"
                                                                       "\x02K"
                                                                       "\x02"
                                                                       "\x86K"
                                                                       "\x02K"
                                                                       "\x01"
                                                                       "\x86"
                                                                       "\x89Nc"
                                                                       "to"
                                                                       "rc"
                                                                       "h"
                                                                       "\n"
                                                                       "fl"
                                                                       "oa"
                                                                       "t1"
                                                                       "6"
                                                                       "\n"
                                                                       "t"
                                                                       "R"
                                                                       "u"),
    PICKLE("ctorch._utils\n_rebuild_tensor\n((" STORAGE(
        "BFloat16Storage") "K\x00K\x04K\x04\x86K\x00K\x00\x86tR"),
    PICKLE("](ctorch\nSize\n((K\x03K\x04etRctorch\ndevice\n(X\x03\x00\x00\x00"
           "cpuK\x00tRcpathlib\nPosixPath\n(" NAME("/") "tRe"),
    /* NumPy: an array, a scalar, a type */
    PICKLE("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85"
           "C\x01"
           "btR(K\x01K\x02K\x01\x86"
           "cnumpy\ndtype\n(X\x02\x00\x00\x00"
           "f4\x89\x88tR(K\x03" NAME("<") "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
                                          "\x89"
                                          "C\x08\0\0\x80\x3f\0\0\0\x40tb"),
    PICKLE("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(X\x02\x00\x00\x00"
           "i8\x89\x88tRc_codecs\nencode\n(X\x09\x00\x00\x00"
           "\x01\0\0\0\0\0\0\xc2\x80X\x06\x00\x00\x00latin1tRtR"),
    /* an object with fields, a default dictionary, sets, marks, the memo */
    PICKLE("clens\nConfig\n)\x81}(X\x07\x00\x00\x00"
           "d_modelK\x08X\x02\x00\x00\x00lrG\x3f\x50\x62\x4d\xd2\xf1\xa9\xfcub"),
    PICKLE("ccollections\ndefaultdict\n(cbuiltins\nlist\ntR" NAME(
        "k") "]q\x01K\x01"
             "ash\x01\x88\x89N(l(d}0(1"),
    PICKLE("\x95\x10\0\0\0\0\0\0\0\x8c\x08"
           "builtins\x8c\x03set\x93\x94]\x94(K\x01K\x02\x8a\x02\xff\x00"
           "\x8b\x01\x00\x00\x00\x05"
           "e\x85R\x94\x8f(K\x01\x90(K\x02K\x03\x91h\x00"),
    /* an array of objects; a counter; what is known by its name only, with items */
    PICKLE("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85"
           "C\x01"
           "btR(K\x01)cnumpy\ndtype\n(X\x02\x00\x00\x00"
           "O8\x89\x88tR(K\x03" NAME("|") "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb"
                                          "\x89]}atb"),
    PICKLE("(ccollections\nCounter\n}" NAME(
        "a") "K\x01s\x85Rcdatetime\ndatetime\n(K\x01K\x02tRclens\nDict\n)"
             "\x81" NAME("k") "Nsclens\nList\n)\x81Na\x8a\x09"
                              "123456789t"),
    /* a module with a parameter, and itself among its modules */
    PICKLE("cnet\nNet\n)\x81q\x00}(X\x0b\x00\x00\x00_parameters}" NAME(
        "w") "ctorch._utils\n_rebuild_tensor\n((" STORAGE("FloatStorage") "K\x00K\x04"
                                                                          "\x85"
                                                                          "K\x01\x85tRs"
                                                                          "X\x08\x00"
                                                                          "\x00"
                                                                          "\x00_"
                                                                          "modules"
                                                                          "}" NAME(
                                                                              "m") "Ns"
                                                                                   "u"
                                                                                   "b"),
    PICKLE("]q\x00h\x00"
           "a"), /* a list that lies in itself */
};

enum { NUM_PICKLES = sizeof pickles / sizeof *pickles };

#endif
