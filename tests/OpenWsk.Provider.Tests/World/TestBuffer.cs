// A WSK_BUF over a chain of MDLs in pool, as a driver builds one: IoAllocateMdl, MmBuildMdlForNonPagedPool,
// Next.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider.Tests;

/// <summary>Guest memory described by one or more MDLs, with its WSK_BUF.</summary>
public sealed class TestBuffer : IDisposable
{
    private readonly Executive _executive;
    private readonly List<(nuint Memory, nuint Mdl, int LengthBytes)> _parts = [];
    private readonly nuint _wskBuf;

    /// <summary>A chain with the given MDL sizes; the window is everything behind the offset.</summary>
    public TestBuffer(Executive executive, int offsetBytes, params ReadOnlySpan<int> sizes)
    {
        _executive = executive;
        foreach (var size in sizes)
            Add(size);
        for (var i = 1; i < _parts.Count; i++)
            new GuestPtr<MDL>(_parts[i - 1].Mdl).Value.Next = new GuestPtr<MDL>(_parts[i].Mdl);
        _wskBuf = executive.Heap.Allocate(24);
        Buf.Value = new WSK_BUF
        {
            Mdl = new GuestPtr<MDL>(_parts.Count == 0 ? 0 : _parts[0].Mdl),
            Offset = (uint)offsetBytes,
            Length = (nuint)(_parts.Sum(p => p.LengthBytes) - offsetBytes),
        };
    }

    public TestBuffer(Executive executive, ReadOnlySpan<byte> contents)
        : this(executive, 0, contents.Length) => Write(contents);

    public GuestPtr<WSK_BUF> Buf => new(_wskBuf);

    /// <summary>All bytes of the chain in order, whatever the window.</summary>
    public byte[] Contents =>
        [.. _parts.SelectMany(p => GuestMemory.Span(p.Memory, p.LengthBytes).ToArray())];

    public static implicit operator ulong(TestBuffer buffer) => buffer._wskBuf;

    /// <summary>Fills the chain from its start.</summary>
    public void Write(ReadOnlySpan<byte> contents)
    {
        foreach (var (memory, _, length) in _parts)
        {
            var take = Math.Min(length, contents.Length);
            contents[..take].CopyTo(GuestMemory.Span(memory, take));
            contents = contents[take..];
        }
    }

    public void Dispose()
    {
        foreach (var (memory, mdl, _) in _parts)
        {
            Kernel("IoFreeMdl", mdl);
            Kernel("ExFreePoolWithTag", memory, 0);
        }
        _executive.Heap.Free(_wskBuf);
    }

    private void Add(int lengthBytes)
    {
        const ulong poolFlagNonPaged = 0x40;
        var memory = Kernel("ExAllocatePool2", poolFlagNonPaged, (ulong)lengthBytes, 0x74736554);
        var mdl = Kernel("IoAllocateMdl", memory, (ulong)lengthBytes, 0, 0, 0);
        Kernel("MmBuildMdlForNonPagedPool", mdl);
        _parts.Add(((nuint)memory, (nuint)mdl, lengthBytes));
    }

    private ulong Kernel(string name, params ReadOnlySpan<ulong> arguments) =>
        _executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(_executive, arguments);
}
