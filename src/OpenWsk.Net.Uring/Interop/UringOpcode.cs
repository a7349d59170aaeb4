// The operations of io_uring that this project submits or asks for (enum io_uring_op of linux/io_uring.h).
// What they need beside the number is written where a submission is made: Ring/SubmissionQueue.cs.
namespace OpenWsk.Net.Uring.Interop;

/// <summary>An operation of io_uring.</summary>
internal enum UringOpcode : byte
{
    Nop = 0,
    PollAdd = 6,
    SendMessage = 9,
    ReceiveMessage = 10,
    Accept = 13,
    AsyncCancel = 14,
    Connect = 16,
    Send = 26,
    Receive = 27,
    MessageRing = 40,
    SendZeroCopy = 47,
}
