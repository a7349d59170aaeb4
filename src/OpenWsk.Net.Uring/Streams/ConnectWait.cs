// Waits in the ring for the answer to one attempt to connect, and owns the attempt's descriptor if the stream
// gives the attempt up meanwhile. It knows nothing about deadlines: SystemStream.Connect.cs has them.
using System.Net.Sockets;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

/// <summary>One attempt that was not answered at once.</summary>
internal sealed unsafe class ConnectWait : DispatchItem, IRingTarget
{
    private const uint PollOut = 4;
    private const int Kind = 1;

    private readonly UringStream _stream;
    private readonly int _descriptor;
    private readonly EndpointAddress _remote;
    private int _slot;

    public ConnectWait(UringStream stream, int descriptor, in EndpointAddress remote)
    {
        _stream = stream;
        _descriptor = descriptor;
        _remote = remote;
        Processor = stream.Processor;
    }

    /// <summary>Begins to wait.</summary>
    public void Start()
    {
        if (_stream.Loop.IsHere)
        {
            Run();
        }
        else
        {
            _stream.Scheduled(this);
        }
    }

    /// <summary>On the loop's thread: waits until the socket can send, which is the answer.</summary>
    public override void Run()
    {
        var loop = _stream.Loop;
        if (loop.IsEnding)
        {
            return;
        }
        _slot = loop.Add(this);
        var submission = loop.Prepare(_slot, Kind);
        submission->Opcode = UringOpcode.PollAdd;
        submission->Descriptor = _descriptor;
        submission->OperationFlags = PollOut;
    }

    public void OnCompletion(int kind, int result, uint flags, bool isLast)
    {
        // A second connect takes the answer: success, or what went wrong.
        _stream.Loop.Remove(_slot);
        var error = result < 0
            ? SocketError.OperationAborted
            : Descriptors.ToSocketError(Descriptors.Connect(_descriptor, _remote));
        if (error == SocketError.IsConnected)
        {
            error = SocketError.Success;
        }
        if (!_stream.OnConnected(this, error))
        {
            Descriptors.Close(_descriptor);
        }
    }
}
