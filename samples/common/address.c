/* address.c: IPv4 and IPv6 addresses from text, by hand, so that the samples need no routine for it.
 * It knows nothing about names, ports or sockets. Declared in parameters.h. */
#include "parameters.h"

static ULONG DigitOf(WCHAR character)
{
    if (character >= L'0' && character <= L'9') return character - L'0';
    if (character >= L'a' && character <= L'f') return character - L'a' + 10;
    if (character >= L'A' && character <= L'F') return character - L'A' + 10;
    return 255;
}

/* One number of at most digitsMax digits; moves *At behind it. */
static BOOLEAN ParseNumber(PCUNICODE_STRING Text, PULONG At, ULONG Base, ULONG DigitsMax, PULONG Value)
{
    ULONG length = Text->Length / sizeof(WCHAR);
    ULONG digits = 0;
    *Value = 0;
    while (*At < length && digits < DigitsMax && DigitOf(Text->Buffer[*At]) < Base) {
        *Value = *Value * Base + DigitOf(Text->Buffer[*At]);
        *At += 1;
        digits += 1;
    }
    return digits != 0;
}

/* Four decimal numbers with dots between, up to the end of the text. */
static BOOLEAN ParseIpv4(PCUNICODE_STRING Text, ULONG At, PUCHAR Bytes)
{
    ULONG length = Text->Length / sizeof(WCHAR);
    ULONG part;
    for (part = 0; part < 4; part += 1) {
        ULONG value;
        if (part != 0 && (At >= length || Text->Buffer[At++] != L'.')) return FALSE;
        if (!ParseNumber(Text, &At, 10, 3, &value) || value > 255) return FALSE;
        Bytes[part] = (UCHAR)value;
    }
    return At == length;
}

/* Groups of four hexadecimal digits, at most one "::", an IPv4 address at the end, a scope behind "%". */
static BOOLEAN ParseIpv6(PCUNICODE_STRING Text, PSOCKADDR_IN6 Address)
{
    UCHAR bytes[16] = {0};
    UNICODE_STRING body = *Text;
    ULONG length = Text->Length / sizeof(WCHAR);
    ULONG at = 0;
    ULONG used = 0;
    ULONG gap = 16;
    for (at = 0; at < length; at += 1) {
        ULONG scopeAt = at + 1;
        if (Text->Buffer[at] != L'%') continue;
        if (!ParseNumber(Text, &scopeAt, 10, 9, &Address->sin6_scope_id) || scopeAt != length) return FALSE;
        body.Length = (USHORT)(at * sizeof(WCHAR));
    }

    length = body.Length / sizeof(WCHAR);
    at = 0;
    while (at < length && used < 16) {
        ULONG begin = at;
        ULONG value;
        if (at + 1 < length && body.Buffer[at] == L':' && body.Buffer[at + 1] == L':') {
            if (gap != 16) return FALSE;
            gap = used;
            at += 2;
            continue;
        }
        if (used != 0 && gap != used && (body.Buffer[at++] != L':')) return FALSE;
        begin = at;
        if (!ParseNumber(&body, &at, 16, 4, &value)) return FALSE;
        if (at < length && body.Buffer[at] == L'.') {
            if (used > 12 || !ParseIpv4(&body, begin, bytes + used)) return FALSE;
            used += 4;
            at = length;
            break;
        }
        bytes[used++] = (UCHAR)(value >> 8);
        bytes[used++] = (UCHAR)value;
    }
    if (at != length || (gap == 16 ? used != 16 : used > 14)) return FALSE;

    if (gap != 16) {
        RtlMoveMemory(bytes + 16 - (used - gap), bytes + gap, used - gap);
        RtlZeroMemory(bytes + gap, 16 - used);
    }
    RtlCopyMemory(Address->sin6_addr.s6_addr, bytes, sizeof(bytes));
    return TRUE;
}

BOOLEAN SampleParseAddress(PCUNICODE_STRING Text, PSOCKADDR_INET Address)
{
    RtlZeroMemory(Address, sizeof(*Address));
    if (ParseIpv4(Text, 0, (PUCHAR)&Address->Ipv4.sin_addr)) {
        Address->si_family = AF_INET;
        return TRUE;
    }
    RtlZeroMemory(Address, sizeof(*Address));
    Address->si_family = AF_INET6;
    return ParseIpv6(Text, &Address->Ipv6);
}
