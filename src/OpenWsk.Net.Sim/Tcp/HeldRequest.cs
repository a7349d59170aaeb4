// A SYN that a conditional listener holds until somebody decides, and the silence after which its peer
// counts as gone: a peer that still wants the connection sends its SYN again and again. It knows nothing
// about who decides.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>A connection request that waits for a decision.</summary>
internal sealed class HeldRequest
{
    private readonly SimHost _host;
    private readonly SimTimer _silence;

    public HeldRequest(SimHost host, ulong id, TcpSegment syn, Action<HeldRequest> silent)
    {
        _host = host;
        Id = id;
        Syn = syn;
        _silence = new SimTimer(host.Scheduler, host.Network.Clock, () => silent(this));
        Hear();
    }

    public ulong Id { get; }

    public TcpSegment Syn { get; }

    /// <summary>
    /// Whether a segment comes from the peer of this request, on the same pair of addresses.
    /// </summary>
    public bool IsFrom(TcpSegment segment) =>
        segment.Source == Syn.Source && segment.Destination == Syn.Destination;

    /// <summary>
    /// Whether the peer takes the request back (RFC 9293 section 3.10.7.4, as for a window).
    /// </summary>
    public bool IsResetBy(TcpSegment segment) =>
        segment.Has(TcpFlags.Rst) && IsFrom(segment) && segment.Sequence == Syn.Sequence + 1;

    /// <summary>The peer has asked again.</summary>
    public void Hear() => _silence.Set(_host.Network.Clock.NowNs + TcpDefaults.RequestSilenceNs);

    /// <summary>Nobody waits for the decision any more.</summary>
    public void Stop() => _silence.Stop();
}
