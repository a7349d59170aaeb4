// Part of RegistryQuery: values stored directly where EntryContext points (RTL_QUERY_REGISTRY_DIRECT).
// Strings go into a UNICODE_STRING, small data into the place itself, other data behind a header or by the
// place's negative length.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

internal sealed partial class RegistryQuery
{
    // Length and type, each 4 bytes, stand before data of other types.
    private const int HeaderBytes = 8;

    private NTSTATUS Store(in RTL_QUERY_REGISTRY_TABLE entry, RegistryValue value)
    {
        var place = entry.EntryContext;
        if (place == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (value.Type is REG_SZ or REG_EXPAND_SZ or REG_MULTI_SZ)
            return StoreString(new GuestPtr<UNICODE_STRING>(place), value);
        if (value.Data.Length <= sizeof(uint))
        {
            value.Data.CopyToGuest(GuestMemory.Span(place, value.Data.Length));
            return NTSTATUS.STATUS_SUCCESS;
        }
        return StoreBinary(place, value);
    }

    private NTSTATUS StoreString(GuestPtr<UNICODE_STRING> place, RegistryValue value)
    {
        var text = MemoryMarshal.Cast<byte, char>(value.Data);
        // The terminator is not part of a counted string; a list keeps its inner ones.
        if (value.Type != REG_MULTI_SZ && text.IndexOf('\0') is var end && end >= 0)
            text = text[..end];
        var allocates = place.Value.Buffer == 0;
        var status = UnicodeText.Put(executive, place, text, allocates);
        return status == NTSTATUS.STATUS_BUFFER_OVERFLOW ? NTSTATUS.STATUS_BUFFER_TOO_SMALL : status;
    }

    private static NTSTATUS StoreBinary(nuint place, RegistryValue value)
    {
        var room = GuestMemory.Read<int>(place);
        if (room < 0)
        {
            if (value.Data.Length > -(long)room)
                return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
            value.Data.CopyToGuest(GuestMemory.Span(place, value.Data.Length));
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (value.Data.Length + HeaderBytes > room)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        GuestMemory.Write(place, (uint)value.Data.Length);
        GuestMemory.Write(place + 4, value.Type);
        value.Data.CopyToGuest(GuestMemory.Span(place + HeaderBytes, value.Data.Length));
        return NTSTATUS.STATUS_SUCCESS;
    }
}
