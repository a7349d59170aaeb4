/* print.c: what print.h describes, a piece at a time.
 * It knows nothing about sockets. */
#include "print.h"

#define PIECE_BYTES 256

/* DbgPrint takes at most 512 bytes at a time, and a string ends at its first zero byte. */
VOID SamplePrintBytes(const UCHAR *Bytes, SIZE_T Length)
{
    CHAR piece[PIECE_BYTES];
    while (Length != 0) {
        ULONG count = Length < PIECE_BYTES ? (ULONG)Length : PIECE_BYTES;
        ULONG at;
        for (at = 0; at < count; at += 1) piece[at] = Bytes[at] != 0 ? (CHAR)Bytes[at] : '.';
        DbgPrint("%.*s", count, piece);
        Bytes += count;
        Length -= count;
    }
}
