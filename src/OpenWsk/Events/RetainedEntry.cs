// One list of indications, or one datagram, that a callback has kept: what it is, where its bytes lie in
// guest memory, and how often it was used. The same entry serves one indication after the other; a handle
// that is out of date sees nothing. It knows nothing about queues or about who releases it: Retention.cs.
using System.Buffers;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>Kept data of a socket.</summary>
internal sealed class RetainedEntry(Retention owner)
{
    private readonly List<Piece> _pieces = [];
    private readonly List<GuestBuffer> _windows = [];
    private int _pieceCount;

    public Retention Owner { get; } = owner;

    /// <summary>Says which use of the entry a handle is for.</summary>
    public int Version { get; set; }

    public RetainedEntry? NextFree { get; set; }

    /// <summary>The first indication of the list that is released together; 0 for data of our own.</summary>
    public nuint Indication { get; private set; }

    public ReadOnlySequence<byte> Data { get; private set; }

    /// <summary>The Flags of the callback.</summary>
    public uint Flags { get; set; }

    /// <summary>The sender of a datagram.</summary>
    public EndpointAddress RemoteAddress { get; set; }

    /// <summary>The control information of a datagram.</summary>
    public WskControlInfo Control { get; set; }

    /// <summary>Shows a list of data indications.</summary>
    public void Show(GuestPtr<WSK_DATA_INDICATION> list)
    {
        Indication = list.Address;
        for (var at = list; !at.IsNull; at = at.Value.Next)
            Add(at.Value.Buffer);
        Data = Join();
    }

    /// <summary>Shows one datagram.</summary>
    public void Show(GuestPtr<WSK_DATAGRAM_INDICATION> datagram)
    {
        ref var value = ref datagram.Value;
        Indication = datagram.Address;
        Add(value.Buffer);
        Data = Join();
        EndpointAddress.TryRead(value.RemoteAddress, out var remote);
        RemoteAddress = remote;
        Control = value.ControlInfo.IsNull
            ? default
            : ControlMessages.Read(
                GuestMemory.Span(value.ControlInfo.Address, (int)value.ControlInfoLength));
    }

    /// <summary>Shows bytes of our own, received by an ordinary call.</summary>
    public void Show(ReadOnlyMemory<byte> data) => Data = new ReadOnlySequence<byte>(data);

    /// <summary>The first bytes were taken elsewhere.</summary>
    public void Skip(long bytes) => Data = Data.Slice(bytes);

    /// <summary>Forgets what it shows; memory that was handed out is empty from now on.</summary>
    public void Clear()
    {
        Version++;
        Indication = 0;
        Data = default;
        Control = default;
        for (var i = 0; i < _pieceCount; i++)
        {
            _windows[i].Set(0, 0);
            _pieces[i].Set(default);
        }
        _pieceCount = 0;
    }

    private void Add(in WSK_BUF buffer)
    {
        foreach (var window in new MdlChain(buffer))
        {
            if (_pieceCount == _pieces.Count)
            {
                _pieces.Add(new Piece());
                _windows.Add(new GuestBuffer());
            }
            _windows[_pieceCount].Set(window.Address, window.LengthBytes);
            _pieces[_pieceCount].Set(_windows[_pieceCount].Window);
            _pieceCount++;
        }
    }

    private ReadOnlySequence<byte> Join()
    {
        if (_pieceCount == 0)
            return default;
        if (_pieceCount == 1)
            return new ReadOnlySequence<byte>(_pieces[0].Memory);
        var total = 0L;
        for (var i = 0; i < _pieceCount; i++)
        {
            _pieces[i].Link(total, i + 1 < _pieceCount ? _pieces[i + 1] : null);
            total += _pieces[i].Memory.Length;
        }
        var last = _pieces[_pieceCount - 1];
        return new ReadOnlySequence<byte>(_pieces[0], 0, last, last.Memory.Length);
    }

    // A contiguous part in guest memory.
    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public void Set(ReadOnlyMemory<byte> memory)
        {
            Memory = memory;
            Next = null;
        }

        public void Link(long runningIndex, Piece? next)
        {
            RunningIndex = runningIndex;
            Next = next;
        }
    }
}
