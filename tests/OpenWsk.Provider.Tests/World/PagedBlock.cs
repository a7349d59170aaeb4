// A block of the driver's pool, paged unless something else is said: what a careless driver hands to WSK. It
// knows nothing about what it is used for.
using OpenWsk.Kernel;

namespace OpenWsk.Provider.Tests;

/// <summary>Pool memory that is freed on disposal.</summary>
public sealed class PagedBlock : IDisposable
{
    private const ulong PoolFlagPaged = 0x100;
    private const ulong PoolFlagNonPaged = 0x40;
    private const uint Tag = 0x74736554;
    private readonly ContractWorld _world;

    public PagedBlock(ContractWorld world, bool isPaged = true)
    {
        _world = world;
        Address = (nuint)Kernel("ExAllocatePool2", isPaged ? PoolFlagPaged : PoolFlagNonPaged, 64, Tag);
    }

    public nuint Address { get; }

    public void Dispose() => Kernel("ExFreePoolWithTag", Address, Tag);

    private ulong Kernel(string name, params ReadOnlySpan<ulong> arguments) =>
        _world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(_world.Executive, arguments);
}
