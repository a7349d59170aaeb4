// What a loop has for datagrams: receive buffers of their own, each of which takes the longest datagram with
// its address and control information in front (a datagram that does not fit is lost, so nothing less will
// do; only the pages that are written are ever there), and submissions that serve one send after the other.
// It knows nothing about sockets: Datagrams/.
using System.Runtime.InteropServices;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Datagrams;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;

namespace OpenWsk.Net.Uring;

internal sealed unsafe partial class UringLoop
{
    private const int DatagramCount = 128;

    // Not a multiple of a page: the beginnings of buffers shall not share their places in the caches.
    private const int DatagramBytes = ArrivedDatagram.HeadBytes + 65_536 + 16;

    private ProvidedBuffers? _datagrams;
    private MessageHeader* _datagramShape;
    private nuint _datagramMemory;
    private DatagramSend? _freeSends;

    /// <summary>How often the kernel was entered: what was submitted since is still ours to change.</summary>
    public long Epoch => _ring.Enters;

    /// <summary>Few buffers are left, so what has arrived is to be copied rather than lent.</summary>
    public bool HasFewDatagrams => _datagrams is null || _datagrams.Free < DatagramCount / 4;

    /// <summary>
    /// Whether there are buffers to receive datagrams into; makes them if need be. On the loop's thread.
    /// </summary>
    public bool HasDatagramRoom()
    {
        if (_datagrams is null)
        {
            MakeDatagrams();
        }
        _datagrams!.TakeReturned();
        return !HasFewDatagrams;
    }

    /// <summary>Has the kernel receive datagrams of a target, one completion for each.</summary>
    public void ReceiveDatagrams(int slot, int kind, int descriptor)
    {
        var submission = Prepare(slot, kind);
        submission->Opcode = UringOpcode.ReceiveMessage;
        submission->Flags = UringNumbers.SqeBufferSelect;
        submission->Priority = UringNumbers.RecvMultishot;
        submission->Descriptor = descriptor;
        submission->Address = (ulong)_datagramShape;
        submission->Length = 1;
        submission->BufferGroup = ProvidedBuffers.DatagramGroup;
    }

    /// <summary>Has the kernel tell once when a socket has something to say.</summary>
    public void PollReadable(int slot, int kind, int descriptor)
    {
        var submission = Prepare(slot, kind);
        submission->Opcode = UringOpcode.PollAdd;
        submission->Descriptor = descriptor;
        submission->OperationFlags = PollIn;
    }

    /// <summary>The buffer of a completion; on the loop's thread, once for each.</summary>
    public byte* TakeDatagram(int result, uint flags, out int buffer) =>
        _datagrams!.Take(result, flags, out buffer);

    /// <summary>Has a buffer be given back that many times before it is free.</summary>
    public void ShareDatagram(int buffer, int count) => _datagrams!.Share(buffer, count);

    /// <summary>Gives a buffer back; any thread, also after the loop has ended.</summary>
    public void ReturnDatagram(int buffer)
    {
        if (IsHere)
        {
            _datagrams!.ReturnHere(buffer);
        }
        else
        {
            _datagrams!.Return(buffer);
        }
    }

    /// <summary>Hands over what was queued and has the kernel carry out what it can.</summary>
    public void Flush() => _ring.Poll();

    /// <summary>A submission for a send; on the loop's thread.</summary>
    public DatagramSend TakeSend()
    {
        if (_freeSends is not { } send)
        {
            return new DatagramSend(this);
        }
        _freeSends = send.Next;
        send.Next = null;
        return send;
    }

    /// <summary>Takes a submission back whose completion has been told; on the loop's thread.</summary>
    public void Recycle(DatagramSend send)
    {
        send.Next = _freeSends;
        _freeSends = send;
    }

    private void MakeDatagrams()
    {
        _datagramShape = (MessageHeader*)NativeMemory.AllocZeroed((nuint)sizeof(MessageHeader));
        _datagramShape->NameLength = ArrivedDatagram.NameBytes;
        _datagramShape->ControlLength = ArrivedDatagram.ControlBytes;
        _datagramMemory = Allocate((nuint)DatagramBytes * DatagramCount);

        // Guest memory comes filled; most of this is never used.
        UringCalls.DropPages(_datagramMemory, (nuint)DatagramBytes * DatagramCount);
        _datagrams = ProvidedBuffers.TryRegister(
            _ring, (byte*)_datagramMemory, DatagramBytes, DatagramCount, mayBeIncremental: false,
            out var errno, ProvidedBuffers.DatagramGroup)
            ?? throw new InvalidOperationException($"IORING_REGISTER_PBUF_RING: errno {errno}.");
    }

    private void FreeDatagrams()
    {
        for (; _freeSends is { } send; _freeSends = send.Next)
        {
            send.Free();
        }
        if (_datagrams is null)
        {
            return;
        }
        _datagrams.Dispose();
        NativeMemory.Free(_datagramShape);
        Free(_datagramMemory);
    }
}
