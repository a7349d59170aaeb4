// The cancel routine that the provider sets in pending IRPs, so that IoCancelIrp works as drivers know it.
// It is an ordinary export of ours: IRP.CancelRoutine holds its code address.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>DRIVER_CANCEL of the provider.</summary>
public static class CancelRoutine
{
    /// <summary>
    /// Called by IoCancelIrp with the cancel spin lock held; releases it before anything else.
    /// </summary>
    /// <remarks>IRQL: DISPATCH_LEVEL on entry, the caller's level on return.</remarks>
    [Export(Libraries.Internal, SupportLevel.Full)]
    public static void WskpCancelRequest(WskProvider provider, nuint DeviceObject, GuestPtr<IRP> Irp)
    {
        var request = provider.Requests.Find(Irp);
        IrpCancellation.ReleaseLock(provider.Executive, Irp.Value.CancelIrql);
        request?.CancelByIrp();
    }
}
