/* Another checkpoint of the same run. */
#include "grokscope/peer.h"

int
gsc_peer_open(gsc_peer *peer)
{
    if (peer->subject)
        return 0;
    int status = gsc_subject_open(&peer->read, peer->name);
    if (status == 0)
        peer->subject = &peer->read;
    return status;
}

void
gsc_peer_close(gsc_peer *peer)
{
    gsc_subject_close(&peer->read);
    peer->subject = NULL;
}
