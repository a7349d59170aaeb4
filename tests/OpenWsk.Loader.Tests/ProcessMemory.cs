// Looks at this process's own memory without touching it: whether an address can be read, and what its
// mapping allows. It knows nothing about who maps what.
using System.Globalization;

namespace OpenWsk.Loader.Tests;

/// <summary>Memory of the process as the operating system sees it.</summary>
internal static class ProcessMemory
{
    /// <summary>Whether the byte at an address can be read; a guard or nothing is there otherwise.</summary>
    public static bool CanRead(nuint address)
    {
        using var memory = File.OpenHandle("/proc/self/mem");
        Span<byte> one = stackalloc byte[1];
        try
        {
            return AccessOf(address) is not ['-', ..] && RandomAccess.Read(memory, one, (long)address) == 1;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The mapping's access as /proc/self/maps has it ("rw-p"); "----" when there is none.</summary>
    public static string AccessOf(nuint address)
    {
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var parts = line.Split('-', ' ');
            if (Number(parts[0]) <= address && address < Number(parts[1]))
                return line.Split(' ')[1];
        }
        return "----";
    }

    private static ulong Number(string hex) => ulong.Parse(hex, NumberStyles.HexNumber);
}
