// The variable SeExports: a pointer to privileges and well-known identifiers in the order of SE_EXPORTS
// (ntifs.h). Every member is eight bytes: a LUID or the address of a SID. It knows nothing about their use.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Makes SE_EXPORTS.</summary>
internal static class SeExportsTable
{
    // A number is a privilege, S-… an identifier; the order is the structure's.
    private const string Members =
        "2 3 4 5 6 7 8 9 10 15 14 11 12 13 16 17 18 19 20 21 22 23 24 "
        + "S-1-0-0 S-1-1-0 S-1-2-0 S-1-3-0 S-1-3-1 "
        + "S-1-5 S-1-5-1 S-1-5-2 S-1-5-3 S-1-5-4 S-1-5-18 S-1-5-32-544 S-1-5-32-545 S-1-5-32-546 "
        + "S-1-5-32-547 S-1-5-32-548 S-1-5-32-549 S-1-5-32-550 S-1-5-32-551 "
        + "S-1-5-11 S-1-5-12 S-1-5-7 25 26 27 S-1-5-19 S-1-5-20 28 29 30 31 32 33 34 35 S-1-5-17 "
        + "S-1-16-0 S-1-16-4096 S-1-16-8192 S-1-16-12288 S-1-16-16384 S-1-3-4 S-1-15-2-1 S-1-5-84-0-0-0-0-0 "
        + "S-1-19-1024-8192 S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464 36";

    /// <summary>The address of the pointer that drivers import.</summary>
    public static nuint Make(Executive executive)
    {
        var members = Members.Split(' ');
        var table = executive.Heap.Allocate(members.Length * 8);
        for (var i = 0; i < members.Length; i++)
        {
            var place = table + (nuint)(i * 8);
            if (members[i][0] == 'S')
                GuestMemory.Write(place, MakeSid(executive, members[i]));
            else
                GuestMemory.Write(
                    place, ulong.Parse(members[i], System.Globalization.CultureInfo.InvariantCulture));
        }
        var variable = executive.Heap.Allocate(8);
        GuestMemory.Write(variable, table);
        return variable;
    }

    private static nuint MakeSid(Executive executive, string text)
    {
        var bytes = SidText.Bytes(text);
        var sid = executive.Heap.Allocate(bytes.Length);
        bytes.CopyToGuest(GuestMemory.Span(sid, bytes.Length));
        return sid;
    }
}
