// One submission that sends datagrams, with the memory that the kernel reads: a message header, the
// destination, control information and where the bytes lie. Several datagrams of one length and destination
// go as one submission, which the kernel cuts (UDP_SEGMENT); until the kernel is entered more can join it.
// It serves one send after the other. It knows nothing about sockets' rules: UringDatagram.Send.cs.
//
// Lifetime: the memory is made with the object and freed by the loop, which keeps both until it ends.
using System.Runtime.InteropServices;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Datagrams;

/// <summary>A submission of datagrams.</summary>
internal sealed unsafe class DatagramSend : IRingTarget
{
    /// <summary>Pieces of memory that one submission can have.</summary>
    public const int PiecesMax = 64;

    private const int NameOffset = 64;
    private const int ControlOffset = NameOffset + 32;
    private const int PiecesOffset = ControlOffset + LinuxControl.BytesMax;

    private readonly byte* _memory;
    private readonly SendOperation[] _operations = new SendOperation[PiecesMax];

    public DatagramSend(UringLoop loop)
    {
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(PiecesOffset + PiecesMax * sizeof(IoVector)), 64);
        Slot = loop.Add(this);
    }

    /// <summary>Its name in the loop.</summary>
    public int Slot { get; }

    /// <summary>Whose datagrams they are.</summary>
    public UringDatagram Owner { get; private set; } = null!;

    /// <summary>Neighbours among those that are under way, or that are free.</summary>
    public DatagramSend? Next { get; set; }

    public DatagramSend? Previous { get; set; }

    /// <summary>
    /// The first of the submissions that one operation was too much for; itself when there is one.
    /// </summary>
    public DatagramSend Head { get; set; } = null!;

    /// <summary>Of a head: submissions that are not complete.</summary>
    public int Left { get; set; }

    /// <summary>Of a head: why its operation fails.</summary>
    public Errno Failure { get; set; }

    /// <summary>Of a head: the first message that was not sent.</summary>
    public int FailedMessage { get; set; }

    /// <summary>Index of its first message in its operation.</summary>
    public int FirstMessage { get; private set; }

    /// <summary>Datagrams.</summary>
    public int Count { get; private set; }

    /// <summary>Length of each, but for the last.</summary>
    public int OneBytes { get; private set; }

    /// <summary>Length of all.</summary>
    public int TotalBytes { get; private set; }

    /// <summary>Pieces of memory.</summary>
    public int Pieces { get; private set; }

    /// <summary>Whether the last datagram is shorter, so that none can follow.</summary>
    public bool IsFull { get; private set; }

    public EndpointAddress Destination { get; private set; }

    /// <summary>The operations, whole or, when <see cref="Head"/> has several submissions, in part.</summary>
    public ReadOnlySpan<SendOperation> Operations => _operations.AsSpan(0, OperationCount);

    public int OperationCount { get; private set; }

    private MessageHeader* Header => (MessageHeader*)_memory;

    private IoVector* PieceArray => (IoVector*)(_memory + PiecesOffset);

    private Span<byte> ControlRoom => new(_memory + ControlOffset, LinuxControl.BytesMax);

    /// <summary>Begins a submission without datagrams.</summary>
    public void Begin(UringDatagram owner, SendOperation operation, int firstMessage)
    {
        Owner = owner;
        Head = this;
        Left = 1;
        Failure = Errno.None;
        FirstMessage = firstMessage;
        Destination = operation.Destination;
        Count = OneBytes = TotalBytes = Pieces = OperationCount = 0;
        IsFull = false;
        AddOperation(operation);
        var port = owner.IsOfRawSocket ? (ushort)0 : Destination.Port;
        var name = LinuxAddress.Write(Destination, port, new Span<byte>(_memory + NameOffset, 32)[..28]);
        *Header = new MessageHeader
        {
            Name = _memory + NameOffset,
            NameLength = (uint)name.Length,
            Vectors = PieceArray,
        };
    }

    public void AddOperation(SendOperation operation) => _operations[OperationCount++] = operation;

    /// <summary>Adds one message; the caller has made sure that it fits.</summary>
    public void AddMessage(SendOperation operation, int first, int end)
    {
        var bytes = 0;
        for (var i = first; i < end; i++)
        {
            var segment = operation.SegmentAt(i);
            PieceArray[Pieces++] = new IoVector
            {
                Base = (byte*)segment.Address,
                Length = (nuint)segment.LengthBytes,
            };
            bytes += segment.LengthBytes;
        }
        OneBytes = Count == 0 ? bytes : OneBytes;
        IsFull = bytes < OneBytes;
        TotalBytes += bytes;
        Count++;
        Header->VectorCount = (nuint)Pieces;
    }

    /// <summary>Writes the control information; several datagrams need that to be told apart.</summary>
    public void WriteControl(in DatagramControl control, bool isV6, byte? trafficClass)
    {
        var written = LinuxControl.Write(
            control, isV6, trafficClass, Count > 1 ? OneBytes : 0, ControlRoom);
        Header->Control = written.IsEmpty ? null : _memory + ControlOffset;
        Header->ControlLength = (nuint)written.Length;
    }

    /// <summary>Describes it to the kernel.</summary>
    public void Fill(Submission* submission, int descriptor)
    {
        submission->Opcode = UringOpcode.SendMessage;
        submission->Descriptor = descriptor;
        submission->Address = (ulong)_memory;
        submission->Length = 1;
        submission->OperationFlags = LinuxSockets.NoSignal;
    }

    public void OnCompletion(int kind, int result, uint flags, bool isLast) => Owner.OnSent(this, result);

    /// <summary>Forgets what it sent.</summary>
    public void Clear()
    {
        _operations.AsSpan(0, OperationCount).Clear();
        OperationCount = 0;
        Owner = null!;
        Head = null!;
        Previous = Next = null;
    }

    /// <summary>Frees the memory, which nobody uses.</summary>
    public void Free() => NativeMemory.AlignedFree(_memory);
}
