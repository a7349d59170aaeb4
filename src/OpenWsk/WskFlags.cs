// The flags of sends and receives, with the values of wsk.h.
// It knows nothing about which of them a transport supports: others fail with STATUS_NOT_SUPPORTED.
using OpenWsk.Abi;

namespace OpenWsk;

/// <summary>How data is sent.</summary>
[Flags]
public enum WskSendFlags : uint
{
    None = 0,

    /// <summary>Do not wait for more data to fill a packet.</summary>
    NoDelay = WskConstants.WSK_FLAG_NODELAY,
}

/// <summary>How data is received.</summary>
[Flags]
public enum WskReceiveFlags : uint
{
    None = 0,

    /// <summary>Complete when the buffer is full or the connection ends, not with the first bytes.</summary>
    WaitAll = WskConstants.WSK_FLAG_WAITALL,

    /// <summary>Take what has arrived and complete at once.</summary>
    Drain = WskConstants.WSK_FLAG_DRAIN,
}
