// What an address of a fault belongs to, as far as it decides which bug check it is. It knows nothing about
// blocks of pool: the kernel describes those.
namespace OpenWsk.Loader;

/// <summary>Whose memory an address is.</summary>
internal enum AddressKind
{
    /// <summary>The half of an address space that belongs to a process on Windows.</summary>
    User,

    /// <summary>The kernel's half on Windows, or memory of the guest's here that lies in it there.</summary>
    Kernel,

    /// <summary>A page of an image that does not allow what was tried.</summary>
    Image,

    /// <summary>The guest's stack.</summary>
    Stack,

    /// <summary>A block of pool that is free.</summary>
    FreedPool,

    /// <summary>The guard behind a block of pool.</summary>
    PoolGuard,
}
