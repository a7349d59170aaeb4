// The three controls for connections that the Windows Filtering Platform redirected: opaque data that the
// world supplies for an accepted connection, and records that a proxy attaches to a new one. Rules:
// CTLS-57..60. It knows nothing about redirecting.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>SIO_QUERY_WFP_CONNECTION_REDIRECT_* and SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS.</summary>
internal static class RedirectControl
{
    public static ControlResult QueryRecords(in ControlCall call) => Query(call, r => r.Records);

    public static ControlResult QueryContext(in ControlCall call) => Query(call, r => r.Context);

    public static ControlResult SetRecords(in ControlCall call)
    {
        var redirects = call.Provider.Redirects;
        if (redirects.DeniesAccess)
            return STATUS_ACCESS_DENIED;
        // Lengths are 32 bits wide behind this control.
        if (call.Input.SizeBytes > uint.MaxValue)
            return STATUS_INTEGER_OVERFLOW;
        if (call.Input.Address == 0)
            return STATUS_INVALID_PARAMETER;
        redirects.Attach(call.Socket.Object.Address, call.Input.Bytes.ToArray());
        return STATUS_SUCCESS;
    }

    // CTLS-58: the size that is needed is told either way.
    private static ControlResult Query(
        in ControlCall call, Func<RedirectData, ReadOnlyMemory<byte>> select)
    {
        var redirects = call.Provider.Redirects;
        if (redirects.DeniesAccess)
            return STATUS_ACCESS_DENIED;
        if (call.Output.SizeBytes > uint.MaxValue)
            return STATUS_INTEGER_OVERFLOW;
        var connection = (ConnectionSocket)call.Socket;
        if (!connection.TryGetRemoteAddress(out var remote).IsSuccess()
            || redirects.Find(remote) is not { } data)
            return STATUS_NOT_FOUND;
        var bytes = select(data);
        if (!call.Output.HasRoom(bytes.Length))
            return new ControlResult(STATUS_BUFFER_TOO_SMALL, (nuint)bytes.Length);
        bytes.Span.CopyToGuest(call.Output.Bytes);
        return new ControlResult(STATUS_SUCCESS, (nuint)bytes.Length);
    }
}
