// The memory of a request: the windows of a WSK_BUF's MDL chain, taken during the call (the WSK_BUF itself
// may be gone before the IRP completes). The transport sends from them; the receive pump fills them in order.
// A WSK_BUF_LIST gives one message for each buffer. It knows nothing about datagrams.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private readonly List<GuestBuffer> _pool = [];
    // No sane list is longer; a list that is linked in a circle is.
    private const int MessagesMax = 1 << 16;
    private readonly List<MdlWindow> _segments = [];

    private readonly List<WSK_BUF> _buffers = [];

    // Behind the last segment of each message; empty for the one message of a WSK_BUF.
    private readonly List<int> _messageEnds = [];

    /// <summary>Bytes of the WSK_BUF. Units: bytes.</summary>
    public nuint LengthBytes { get; private set; }

    /// <summary>Bytes that were transferred so far.</summary>
    public nuint BytesDone { get; set; }

    /// <summary>Length of the longest message. Units: bytes.</summary>
    public nuint LongestMessageBytes { get; private set; }

    public override int SegmentCount => _segments.Count;

    public override int MessageCount => Math.Max(1, _messageEnds.Count);

    public override int MessageEnd(int message) =>
        _messageEnds.Count == 0 ? _segments.Count : _messageEnds[message];

    public override GuestSegment SegmentAt(int index) =>
        new(_segments[index].Address, _segments[index].LengthBytes);

    public override Memory<byte> Segment(int index)
    {
        while (_pool.Count <= index)
            _pool.Add(new GuestBuffer());
        var (address, lengthBytes) = _segments[index];
        _pool[index].Set(address, lengthBytes);
        return _pool[index].Window;
    }

    /// <summary>
    /// Takes the windows out of a WSK_BUF; null, or the rule that it breaks (MDL-03, MDL-06, MDL-07).
    /// </summary>
    public string? Capture(in WSK_BUF buffer)
    {
        ClearSegments();
        return AddBuffer(buffer);
    }

    /// <summary>
    /// Takes the windows out of every WSK_BUF of a list, each one message; null, or the rule that it breaks.
    /// </summary>
    public string? CaptureList(GuestPtr<WSK_BUF_LIST> list)
    {
        ClearSegments();
        for (var at = list; !at.IsNull; at = at.Value.Next)
        {
            if (_messageEnds.Count == MessagesMax)
                return MdlChain.RuleOf(MdlProblem.TooShort);
            if (AddBuffer(at.Value.Buffer) is { } rule)
                return rule;
            _messageEnds.Add(_segments.Count);
        }
        return null;
    }

    /// <summary>
    /// The part of the windows that is still to be filled, from <see cref="BytesDone"/> on; empty when full.
    /// </summary>
    public Span<byte> NextWindow()
    {
        var skip = BytesDone;
        foreach (var (address, lengthBytes) in _segments)
        {
            if (skip < (nuint)lengthBytes)
                return GuestMemory.Span(address + skip, lengthBytes - (int)skip);
            skip -= (nuint)lengthBytes;
        }
        return [];
    }

    private string? AddBuffer(in WSK_BUF buffer)
    {
        var chain = new MdlChain(buffer);
        var problem = chain.FindProblem();
        if (problem != MdlProblem.None)
            return MdlChain.RuleOf(problem);
        _buffers.Add(buffer);
        NoteChain(buffer);
        LengthBytes += buffer.Length;
        LongestMessageBytes = nuint.Max(LongestMessageBytes, buffer.Length);
        foreach (var window in chain)
            _segments.Add(window);
        return null;
    }

    private void ClearSegments()
    {
        _segments.Clear();
        _buffers.Clear();
        _messageEnds.Clear();
        ClearLent();
        LengthBytes = 0;
        LongestMessageBytes = 0;
        BytesDone = 0;
    }
}
