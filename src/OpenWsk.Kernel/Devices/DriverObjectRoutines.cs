// What drivers hang on their DRIVER_OBJECT or ask to be called for: extensions, shutdown, reinitialisation.
// It knows nothing about loading: whoever loads calls OnDriverEntered and ForgetDriver.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for driver objects.</summary>
public static class DriverObjectRoutines
{
    /// <summary>Makes memory that is found by the driver object and a key.</summary>
    /// <remarks>
    /// Owns: it goes with the driver. Errors: STATUS_OBJECT_NAME_COLLISION when the key is taken.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoAllocateDriverObjectExtension(
        Executive executive, GuestPtr<DRIVER_OBJECT> DriverObject, nuint ClientIdentificationAddress,
        uint DriverObjectExtensionSize, GuestPtr<nuint> DriverObjectExtension)
    {
        DriverObjectExtension.Value = 0;
        var memory = executive.Heap.Allocate((int)DriverObjectExtensionSize);
        if (!executive.Io.TryAddExtension(DriverObject.Address, ClientIdentificationAddress, memory))
        {
            executive.Heap.Free(memory);
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        }
        DriverObjectExtension.Value = memory;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>The memory of IoAllocateDriverObjectExtension; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint IoGetDriverObjectExtension(
        Executive executive, GuestPtr<DRIVER_OBJECT> DriverObject, nuint ClientIdentificationAddress) =>
        executive.Io.FindExtension(DriverObject.Address, ClientIdentificationAddress);

    /// <summary>Asks for IRP_MJ_SHUTDOWN when the machine goes down.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoRegisterShutdownNotification(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject)
    {
        executive.Io.RegisterShutdown(DeviceObject);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>IoRegisterShutdownNotification for the last moment.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoRegisterLastChanceShutdownNotification(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject) =>
        IoRegisterShutdownNotification(executive, DeviceObject);

    /// <summary>Takes IoRegisterShutdownNotification back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void IoUnregisterShutdownNotification(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject) =>
        executive.Io.UnregisterShutdown(DeviceObject);

    /// <summary>Asks for a call after DriverEntry has returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void IoRegisterDriverReinitialization(
        Executive executive, GuestPtr<DRIVER_OBJECT> DriverObject, nuint DriverReinitializationRoutine,
        nuint Context) =>
        executive.Io.AddReinitialization(DriverObject.Address, DriverReinitializationRoutine, Context);

    /// <summary>IoRegisterDriverReinitialization of boot drivers, which start as others do here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void IoRegisterBootDriverReinitialization(
        Executive executive, GuestPtr<DRIVER_OBJECT> DriverObject, nuint DriverReinitializationRoutine,
        nuint Context) =>
        IoRegisterDriverReinitialization(executive, DriverObject, DriverReinitializationRoutine, Context);
}
