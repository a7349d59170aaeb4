// What ends an opening: IRP_MJ_CLEANUP when its last handle is closed, IRP_MJ_CLOSE when the last reference
// is gone, IRP_MJ_SHUTDOWN when the machine goes down. All are sent at PASSIVE_LEVEL and waited for. It knows
// nothing about handles.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

public sealed partial class IoService
{
    private readonly Lock _closing = new();
    private readonly List<ManagedEvent> _closeWaiters = [];
    private readonly List<GuestPtr<DEVICE_OBJECT>> _shutdowns = [];
    private int _closesLater;

    /// <summary>Sends IRP_MJ_SHUTDOWN to the devices of a driver that asked for it, newest first.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL.</remarks>
    public void ShutDown(GuestPtr<DRIVER_OBJECT> driver)
    {
        GuestPtr<DEVICE_OBJECT>[] devices;
        lock (_closing)
        {
            devices = [.. _shutdowns.Where(d => d.Value.DriverObject == driver).Reverse()];
            _shutdowns.RemoveAll(d => d.Value.DriverObject == driver);
        }
        foreach (var device in devices)
        {
            var request = Make(device, null, null, IRP_MJ_SHUTDOWN, Requestor.Kernel);
            if (request.Send(DeviceStackRoutines.TopOf(device)) == NTSTATUS.STATUS_PENDING)
                request.Wait();
        }
    }

    /// <summary>Waits until every close that had to be put off has been sent.</summary>
    public void WaitForCloses()
    {
        using var done = new ManagedEvent(_executive);
        lock (_closing)
        {
            if (_closesLater == 0)
                return;
            _closeWaiters.Add(done);
        }
        done.Wait();
    }

    internal void RegisterShutdown(GuestPtr<DEVICE_OBJECT> device)
    {
        device.Value.Flags |= DO_SHUTDOWN_REGISTERED;
        lock (_closing)
            _shutdowns.Add(device);
    }

    internal void UnregisterShutdown(GuestPtr<DEVICE_OBJECT> device)
    {
        device.Value.Flags &= ~DO_SHUTDOWN_REGISTERED;
        ForgetDevice(device.Address);
    }

    internal void ForgetDevice(nuint device)
    {
        lock (_closing)
            _shutdowns.RemoveAll(d => d.Address == device);
    }

    internal void Cleanup(OpenFile file)
    {
        if (_executive.StopReason is not null)
            return;
        var request = MakeUnreferenced(file, IRP_MJ_CLEANUP, file.Opening.By);
        request.Irp.Value.Flags |= IRP_SYNCHRONOUS_API | IRP_CLOSE_OPERATION;
        SendAndWait(file, request);
    }

    internal void Close(OpenFile file)
    {
        if (_executive.StopReason is null)
        {
            var request = MakeUnreferenced(file, IRP_MJ_CLOSE, file.Opening.By);
            request.Irp.Value.Flags |= IRP_SYNCHRONOUS_API | IRP_CLOSE_OPERATION;
            SendAndWait(file, request);
        }
        LetGoOf(file.Device);
    }

    /// <summary>Runs a close on a thread at PASSIVE_LEVEL.</summary>
    internal void CloseLater(Action close)
    {
        lock (_closing)
            _closesLater++;
        _executive.Scheduler.StartThread("file close", () =>
        {
            try
            {
                close();
            }
            catch (GuestUnwindException)
            {
                // The guest was stopped; the report has been made where it happened.
            }
            finally
            {
                OnClosedLater();
                KernelThread.Detach(_executive);
            }
        });
    }

    private void OnClosedLater()
    {
        lock (_closing)
        {
            if (--_closesLater != 0)
                return;
            _closeWaiters.ForEach(static waiter => waiter.Set());
            _closeWaiters.Clear();
        }
    }
}
