// The memory of a request: the windows of a WSK_BUF's MDL chain, taken during the call (the WSK_BUF itself
// may be gone before the IRP completes). The transport sends from them; the receive pump fills them in order.
// A WSK_BUF_LIST gives one message for each buffer. It knows nothing about datagrams.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    // No sane list is longer; a list that is linked in a circle is.
    private const int MessagesMax = 1 << 16;

    // One window and one MDL is what most requests have; the others are in lists, which are made when needed.
    private MdlWindow _window;
    private WSK_BUF _plain;
    private int _segmentCount;
    private List<MdlWindow>? _moreSegments;
    private List<WSK_BUF>? _buffers;
    private List<GuestBuffer>? _pool;

    // Behind the last segment of each message; none for the one message of a WSK_BUF.
    private List<int>? _messageEnds;

    /// <summary>Bytes of the WSK_BUF. Units: bytes.</summary>
    public nuint LengthBytes { get; private set; }

    /// <summary>Bytes that were transferred so far.</summary>
    public nuint BytesDone { get; set; }

    /// <summary>Length of the longest message. Units: bytes.</summary>
    public nuint LongestMessageBytes { get; private set; }

    public override int SegmentCount => _segmentCount;

    public override int MessageCount => Math.Max(1, _messageEnds?.Count ?? 0);

    public override int MessageEnd(int message) =>
        _messageEnds is { Count: not 0 } ends ? ends[message] : _segmentCount;

    public override GuestSegment SegmentAt(int index)
    {
        var window = WindowAt(index);
        return new GuestSegment(window.Address, window.LengthBytes);
    }

    public override Memory<byte> Segment(int index)
    {
        _pool ??= [];
        while (_pool.Count <= index)
            _pool.Add(new GuestBuffer());
        var (address, lengthBytes) = WindowAt(index);
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
            _messageEnds ??= [];
            if (_messageEnds.Count == MessagesMax)
                return MdlChain.RuleOf(MdlProblem.TooShort);
            if (AddBuffer(at.Value.Buffer) is { } rule)
                return rule;
            _messageEnds.Add(_segmentCount);
        }
        return null;
    }

    /// <summary>
    /// The part of the windows that is still to be filled, from <see cref="BytesDone"/> on; empty when full.
    /// </summary>
    public Span<byte> NextWindow()
    {
        var skip = BytesDone;
        for (var i = 0; i < _segmentCount; i++)
        {
            var (address, lengthBytes) = WindowAt(i);
            if (skip < (nuint)lengthBytes)
                return GuestMemory.Span(address + skip, lengthBytes - (int)skip);
            skip -= (nuint)lengthBytes;
        }
        return [];
    }

    private MdlWindow WindowAt(int index) => index == 0 ? _window : _moreSegments![index - 1];

    private string? AddBuffer(in WSK_BUF buffer)
    {
        if (_segmentCount == 0 && _messageEnds is not { Count: not 0 } && TryAddPlain(buffer))
            return null;
        var chain = new MdlChain(buffer);
        var problem = chain.FindProblem();
        if (problem != MdlProblem.None)
            return MdlChain.RuleOf(problem);
        (_buffers ??= []).Add(buffer);
        NoteChain(buffer);
        LengthBytes += buffer.Length;
        LongestMessageBytes = nuint.Max(LongestMessageBytes, buffer.Length);
        foreach (var window in chain)
            AddWindow(window);
        return null;
    }

    // The usual WSK_BUF: it lies in one MDL.
    private bool TryAddPlain(in WSK_BUF buffer)
    {
        if (!MdlChain.TryGetOnly(buffer, out var window))
            return false;
        _plain = buffer;
        _window = window;
        _segmentCount = 1;
        Watch(window);
        _onlyMdl = buffer.Mdl.Address;
        LengthBytes = LongestMessageBytes = buffer.Length;
        return true;
    }

    private void AddWindow(in MdlWindow window)
    {
        if (_segmentCount++ == 0)
            _window = window;
        else
            (_moreSegments ??= []).Add(window);
        Watch(window);
    }

    private void Watch(in MdlWindow window)
    {
        provider.Kept.Add(window.Address);
        _watchedSegments++;
    }

    private void ClearSegments()
    {
        Invariant.That(_watchedSegments == 0);
        _segmentCount = 0;
        _plain = default;
        _moreSegments?.Clear();
        _buffers?.Clear();
        _messageEnds?.Clear();
        ClearLent();
        LengthBytes = 0;
        LongestMessageBytes = 0;
        BytesDone = 0;
    }
}
