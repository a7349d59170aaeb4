/* kernelspecs.h: another name under which sources include the annotations.
 * It knows nothing itself; the annotations are in sal.h and driverspecs.h. */
#ifndef OPENWSK_KERNELSPECS_H
#define OPENWSK_KERNELSPECS_H

#include <sal.h>

#endif
