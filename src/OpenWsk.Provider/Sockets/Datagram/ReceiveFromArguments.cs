// Where a WskReceiveFrom wants its answers: every place is the client's, and each of them may be NULL. The
// places are written once, right before the IRP completes. It knows nothing about queues or datagram bytes.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The places that one WskReceiveFrom named.</summary>
internal readonly record struct ReceiveFromArguments(
    GuestPtr<SOCKADDR> RemoteAddress,
    GuestPtr<uint> ControlLength,
    GuestPtr<CMSGHDR> ControlInfo,
    uint ControlRoomBytes,
    GuestPtr<uint> ControlFlags)
{
    /// <summary>Tells a datagram's sender, control objects and flags.</summary>
    public void Answer(in DatagramInfo info, in ControlWishes wishes, uint flags)
    {
        if (!RemoteAddress.IsNull)
            info.Source.Write(RemoteAddress);
        if (!ControlLength.IsNull)
        {
            // Nobody needs more room than all objects take, whatever the client says it has.
            var room = ControlInfo.IsNull ? 0 : (int)Math.Min(ControlRoomBytes, ControlWriter.BytesMax);
            var writer = new ControlWriter(GuestMemory.Span(ControlInfo.Address, room));
            writer.Describe(info, wishes);
            ControlLength.Value = (uint)writer.WrittenBytes;
            flags |= writer.IsTruncated ? MSG_CTRUNC : 0;
        }
        // DIFF-15: also when ControlLength is NULL.
        if (!ControlFlags.IsNull)
            ControlFlags.Value = flags;
    }
}
