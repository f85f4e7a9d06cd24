/* The main function of grokscope-train, which grokscope-sweep is linked with too: a run
 * of a sweep is a child of it that becomes the trainer without being started anew. */
#ifndef GSC_SWEEP_TRAINER_H
#define GSC_SWEEP_TRAINER_H

int gsc_train_main(int argc, char **argv);

#endif
