/* address.c: IPv4 and IPv6 addresses from text and to text, by hand: it works at every IRQL, which the
 * kernel's own routines for it do not promise.
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

static PCHAR PutNumber(PCHAR At, ULONG Value, ULONG Base)
{
    ULONG divisor = 1;
    while (Value / divisor >= Base) divisor *= Base;
    for (; divisor != 0; divisor /= Base) *At++ = "0123456789abcdef"[Value / divisor % Base];
    return At;
}

static PCHAR PutIpv4(PCHAR At, const UCHAR *Bytes)
{
    ULONG part;
    for (part = 0; part < 4; part += 1) {
        if (part != 0) *At++ = '.';
        At = PutNumber(At, Bytes[part], 10);
    }
    return At;
}

/* Eight groups, the first of the longest rows of zeros as "::" (RFC 5952); IPv4-mapped ones end as IPv4. */
static PCHAR PutIpv6(PCHAR At, const IN6_ADDR *Address)
{
    ULONG groups = IN6_IS_ADDR_V4MAPPED(Address) ? 6 : 8;
    ULONG gapAt = 8;
    ULONG gapGroups = 1;
    ULONG group;
    for (group = 0; group < groups; group += 1) {
        ULONG zeros = 0;
        while (group + zeros < groups && Address->u.Word[group + zeros] == 0) zeros += 1;
        if (zeros > gapGroups) {
            gapAt = group;
            gapGroups = zeros;
        }
    }

    for (group = 0; group < groups; group += 1) {
        if (group == gapAt) {
            *At++ = ':';
            if (group + gapGroups == groups) *At++ = ':';
            group += gapGroups - 1;
            continue;
        }
        if (group != 0) *At++ = ':';
        At = PutNumber(At, RtlUshortByteSwap(Address->u.Word[group]), 16);
    }
    if (groups == 8) return At;
    *At++ = ':';
    return PutIpv4(At, Address->u.Byte + 12);
}

PCSTR SampleFormatAddress(const SOCKADDR *Address, PCHAR Text)
{
    PCHAR at = Text;
    if (Address->sa_family == AF_INET) {
        at = PutIpv4(at, (const UCHAR *)&((const SOCKADDR_IN *)Address)->sin_addr);
    } else {
        *at++ = '[';
        at = PutIpv6(at, &((const SOCKADDR_IN6 *)Address)->sin6_addr);
        *at++ = ']';
    }
    *at++ = ':';
    at = PutNumber(at, RtlUshortByteSwap(((const SOCKADDR_IN *)Address)->sin_port), 10);
    *at = 0;
    return Text;
}
