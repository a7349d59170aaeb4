/* print.h: received bytes as output of the driver, which DbgPrint alone would cut short.
 * It knows nothing about where they come from. */
#pragma once

#include <ntddk.h>

/* Prints bytes as they are, a zero byte as a dot. */
VOID SamplePrintBytes(const UCHAR *Bytes, SIZE_T Length);
