// What the model knows of one socket and of one end of a connection: as little as the contract needs to say
// what may come next. It knows nothing about calls; ReferenceModel does.
namespace OpenWsk.Model.Tests;

/// <summary>The categories of WskSocket.</summary>
internal enum ModelCategory
{
    Basic,
    Listen,
    Connection,
    Datagram,
    Stream,
}

/// <summary>How far a socket has come.</summary>
internal enum ModelState
{
    Created,
    Bound,
    Listening,
    Connected,
}

/// <summary>Columns and rows of the sharing table.</summary>
internal enum ModelSharing
{
    None,
    Reuse,
    Exclusive,
}

/// <summary>One socket.</summary>
internal sealed record ModelSocket(ModelCategory Category, bool IsV6, bool IsUdp, bool IsUsable)
{
    public ModelState State { get; set; }

    public ModelSharing Sharing { get; set; }

    /// <summary>1 and 2 for the two ports that sequences name; 0 for a port of the system's choice.</summary>
    public int FixedPort { get; set; }

    public bool IsWildcard { get; set; }

    /// <summary>Shares its address: who gets what is open.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>Index of its end of a connection; -1 for none.</summary>
    public int End { get; set; } = -1;

    /// <summary>WskAccept or receive calls that wait, in order.</summary>
    public List<Attempt> Waiting { get; private set; } = [];

    /// <summary>Ends that wait to be accepted, in order.</summary>
    public List<int> Backlog { get; private set; } = [];

    /// <summary>Lengths of the datagrams that wait, in order.</summary>
    public List<int> Datagrams { get; private set; } = [];

    /// <summary>Bytes that the first waiting WSK_FLAG_WAITALL receive has stored.</summary>
    public int StoredBytes { get; set; }

    public ModelSocket Copy() => this with
    {
        Waiting = [.. Waiting],
        Backlog = [.. Backlog],
        Datagrams = [.. Datagrams],
    };

    public string Signature() =>
        $"{Category}{State}{Sharing}{FixedPort}{IsWildcard}{IsUncertain}{End}s{StoredBytes}"
        + $"w{string.Join(',', Waiting.Select(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode))}"
        + $"b{string.Join(',', Backlog)}d{string.Join(',', Datagrams)}";
}

/// <summary>One end of a connection.</summary>
/// <param name="Peer">Index of the other end; -1 when it is not known.</param>
internal sealed record ModelEnd(int Peer)
{
    /// <summary>Bytes on their way to this end or waiting there.</summary>
    public int WaitingBytes { get; set; }

    public bool HasPeerFin { get; set; }

    public bool HasLocalFin { get; set; }

    /// <summary>Its own side has disconnected abortively.</summary>
    public bool IsAborted { get; set; }

    /// <summary>A reset is on its way or was met: how a call ends depends on when it arrives.</summary>
    public bool IsReset { get; set; }

    /// <summary>A WSK_FLAG_DRAIN receive that waits has thrown bytes away.</summary>
    public bool HasDrained { get; set; }

    /// <summary>
    /// What still comes is open: a drain was cancelled while bytes were on their way, or the listener closed
    /// while the connection was made.
    /// </summary>
    public bool IsUnsure { get; set; }

    public ModelEnd Copy() => this with { };

    public string Signature() =>
        $"{Peer}:{WaitingBytes}{HasPeerFin}{HasLocalFin}{IsAborted}{IsReset}{HasDrained}{IsUnsure}";
}
