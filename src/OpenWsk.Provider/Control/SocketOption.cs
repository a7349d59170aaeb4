// One row of the table of socket options: everything that the contract says about an option except what it
// does. It knows nothing about sockets; the rows are in SocketOptionTable.cs, who carries them out is in
// OptionControl.cs.
namespace OpenWsk.Provider;

/// <summary>What the value of an option is.</summary>
internal enum OptionType
{
    /// <summary>A ULONG that is 0 or 1.</summary>
    Flag,

    /// <summary>A ULONG.</summary>
    Number,

    /// <summary>A pointer to a cached security descriptor.</summary>
    Descriptor,

    /// <summary>A WSK_EVENT_CALLBACK_CONTROL.</summary>
    Events,

    /// <summary>Bytes whose meaning and length are the transport's.</summary>
    Bytes,
}

/// <summary>Who carries an option out.</summary>
internal enum OptionCarrier
{
    Transport,
    Sharing,
    ConditionalAccept,
    Security,
    Callbacks,
}

/// <summary>One socket option.</summary>
/// <param name="Level">SOL_SOCKET or a protocol number.</param>
/// <param name="Name">Its number.</param>
/// <param name="Text">Its name in wsk.h or ws2def.h.</param>
/// <param name="Type">What its value is.</param>
/// <param name="Categories">Sockets that have it.</param>
internal sealed record SocketOption(
    uint Level, uint Name, string Text, OptionType Type, SocketCategories Categories)
{
    public OptionCarrier Carrier { get; init; }

    /// <summary>Value of a socket on which it was never set; null for one of the transport's.</summary>
    public uint? Default { get; init; }

    public bool CanGet { get; init; } = true;

    /// <summary>Whether it can be set only until the socket is bound.</summary>
    public bool IsBeforeBind { get; init; }

    /// <summary>The client's rule that a late set breaks; null when there is none.</summary>
    public string? LateRule { get; init; }

    /// <summary>Whether accepted sockets begin with the value of their listener.</summary>
    public bool IsInherited { get; init; }

    /// <summary>Whether it is there while the loopback fast path is on (CTLS-56).</summary>
    public bool IsForFastPath { get; init; }

    /// <summary>Whether the IRP must be given; otherwise it is the carrier's to judge.</summary>
    public bool NeedsIrp => Carrier != OptionCarrier.Callbacks;
}
