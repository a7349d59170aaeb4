// What a driver reaches when it calls through a member behind the last one of a dispatch table, because it
// takes the socket for one of another category. It cannot know the call's arguments, so no IRP is completed.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The filling behind every dispatch table.</summary>
public static class BeyondTableRoutine
{
    /// <summary>Reports the call.</summary>
    /// <remarks>IRQL: any. Errors: STATUS_INVALID_DEVICE_REQUEST always. Rules: SOCK-37.</remarks>
    [Export(Libraries.Internal, SupportLevel.Full)]
    public static NTSTATUS WskpBeyondTable(WskProvider provider, GuestPtr<WSK_SOCKET> Socket)
    {
        provider.Executive.Breach(
            "SOCK-37", $"a function was called that the dispatch table of {Socket} does not have");
        return WskSettings.NotInTable;
    }
}
