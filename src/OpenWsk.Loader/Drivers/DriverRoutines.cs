// What a DRIVER_OBJECT holds before the driver fills it in.
// It knows nothing about drivers.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Routines that only DRIVER_OBJECTs point to.</summary>
public static class DriverRoutines
{
    internal static Routine InvalidDeviceRequest { get; } =
        GeneratedRoutines.All.Single(r => r.Name == nameof(IopInvalidDeviceRequest));

    /// <summary>Answers a request of a kind that the driver does not serve.</summary>
    /// <remarks>IRQL: &lt;= DISPATCH_LEVEL. Completes: the IRP, with STATUS_INVALID_DEVICE_REQUEST.</remarks>
    [Export(Libraries.Internal, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IopInvalidDeviceRequest(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp)
    {
        IrpCompletion.Complete(executive, Irp, NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, 0);
        return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
    }
}
