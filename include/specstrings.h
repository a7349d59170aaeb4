/* specstrings.h: another name under which sources include the annotations.
 * It knows nothing itself; the annotations are in sal.h and driverspecs.h. */
#ifndef OPENWSK_SPECSTRINGS_H
#define OPENWSK_SPECSTRINGS_H

#include <sal.h>

#endif
