// The elements of generic tables, which a driver's own routine allocates: a head of the table's, then a copy
// of what the driver puts in. It knows nothing about how a table is ordered: AvlTableRoutines.cs and
// SplayTableRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Makes elements of both kinds of tables.</summary>
internal static class TableElements
{
    /// <summary>An element with a copy of a buffer behind its head; 0 without memory.</summary>
    public static nuint Make(
        Executive executive, nuint table, nuint allocateRoutine, nuint buffer, uint lengthBytes,
        uint headBytes)
    {
        if (lengthBytes > uint.MaxValue - headBytes)
            return 0;
        var node = (nuint)executive.Code.Call(allocateRoutine, [table, lengthBytes + headBytes]);
        if (node != 0)
            MemoryRoutines.memcpy(executive, node + headBytes, buffer, lengthBytes);
        return node;
    }

    /// <summary>Tells a caller who wants to know whether an element is a new one.</summary>
    public static void Tell(GuestPtr<byte> place, bool isNew)
    {
        if (!place.IsNull)
            place.Value = isNew ? (byte)1 : (byte)0;
    }
}
