// Guard pages that guard nothing but remember what was asked of them: memory of the host's allocator, and
// which of it is open. For tests of where blocks lie; that a guard faults is tested with the loader.
using System.Runtime.InteropServices;
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

/// <summary>A port whose pages are always there.</summary>
internal sealed class FakeGuardPages : IGuardPages, IDisposable
{
    private const nuint PageBytes = 4096;
    private readonly HashSet<nuint> _open = [];
    private readonly List<(nuint Start, nuint LengthBytes)> _executable = [];
    private readonly Dictionary<nuint, nint> _reserved = [];

    public string Method => "fake";

    /// <summary>So many pages can be open at once.</summary>
    public int OpensMax { get; set; } = int.MaxValue;

    /// <summary>Whether there is address space.</summary>
    public bool HasAddresses { get; set; } = true;

    /// <summary>Whether code may run at an address.</summary>
    public bool IsExecutable(nuint address) =>
        _executable.Any(range => address - range.Start < range.LengthBytes);

    public bool IsOpen(nuint address) => _open.Contains(address & ~(PageBytes - 1));

    public nuint TryReserve(nuint lengthBytes, bool isExecutable)
    {
        if (!HasAddresses)
            return 0;
        var memory = Marshal.AllocHGlobal((nint)(lengthBytes + PageBytes));
        var address = ((nuint)memory + PageBytes - 1) & ~(PageBytes - 1);
        _reserved.Add(address, memory);
        if (isExecutable)
            _executable.Add((address, lengthBytes));
        return address;
    }

    public void Release(nuint address, nuint lengthBytes)
    {
        Assert.True(_reserved.Remove(address, out var memory));
        Marshal.FreeHGlobal(memory);
    }

    public bool TryOpen(nuint address, nuint lengthBytes)
    {
        if (_open.Count + (int)(lengthBytes / PageBytes) > OpensMax)
            return false;
        foreach (var page in Pages(address, lengthBytes))
            Assert.True(_open.Add(page));
        GuestMemory.Span(address, (int)lengthBytes).Clear();
        return true;
    }

    public void Guard(nuint address, nuint lengthBytes)
    {
        foreach (var page in Pages(address, lengthBytes))
            Assert.True(_open.Remove(page));
    }

    public void Dispose() => Assert.Empty(_reserved);

    private static IEnumerable<nuint> Pages(nuint address, nuint lengthBytes)
    {
        Assert.Equal((nuint)0, (address | lengthBytes) % PageBytes);
        for (var page = address; page < address + lengthBytes; page += PageBytes)
            yield return page;
    }
}
