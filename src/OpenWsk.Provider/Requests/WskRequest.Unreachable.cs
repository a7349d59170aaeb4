// The account of a request that the transport could not carry out because its memory is not there: an MDL
// leads to an address that nobody has, or that may not be written. The system finds that out when it copies,
// so nothing is checked before; here the place is looked for afterwards. It knows nothing about bug checks.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    private const nuint PageBytes = 4096;

    private bool IsWrite => Kind is RequestKind.Receive or RequestKind.ReceiveFrom;

    // Nothing but the memory of the client's buffers makes a transport say STATUS_ACCESS_VIOLATION.
    private void ReportUnreachable()
    {
        if (_segmentCount == 0)
            return;
        var executive = provider.Executive;
        var address = FindUnreachable(executive.Code.Native);
        var block = executive.Pool.Describe(address) is { } known
            ? $": {known.Text(executive.NameAddress)}"
            : "";
        executive.Breach(
            "MDL-06",
            $"the MDL chain of IRP {Irp} describes memory at 0x{(ulong)address:x} that cannot be "
                + $"{(IsWrite ? "written" : "read")}{block}");
    }

    // The first byte that is not there; where the chain begins when it has come back meanwhile.
    private nuint FindUnreachable(INativeCode? native)
    {
        for (var i = 0; native is not null && i < _segmentCount; i++)
        {
            var (begin, lengthBytes) = WindowAt(i);
            var last = begin + (nuint)lengthBytes - 1;
            for (var at = begin; at <= last; at = (at & ~(PageBytes - 1)) + PageBytes)
            {
                if (!native.CanAccess(at, IsWrite))
                    return at;
            }
        }
        return WindowAt(0).Address;
    }
}
