/* Irreducible representations: which way to them a group has. */
#include "grokscope/irreps.h"

#include "train/task/group/irreps_parts.h"

int
gsc_irreps_init(gsc_irreps *irreps, const gsc_group *group)
{
    int status = 0;
    *irreps = (gsc_irreps){0};
    switch (group->family) {
    case GSC_GROUP_CYCLIC:
        status = gsc_irreps_cyclic(irreps, group->degree);
        break;
    case GSC_GROUP_DIHEDRAL:
        status = gsc_irreps_dihedral(irreps, group->degree);
        break;
    case GSC_GROUP_SYMMETRIC:
        status = gsc_irreps_symmetric(irreps, group);
        break;
    default:
        status = gsc_irreps_general(irreps, group);
    }
    if (status < 0)
        gsc_irreps_free(irreps);
    return status;
}
