// Devices: layout, the driver's list, names and links, and IRPs from driver to driver.
// It knows nothing about loading: the driver object here is bare memory.
namespace OpenWsk.Kernel.Tests;

public sealed class DeviceTests
{
    [Fact]
    public void Devices_hang_on_their_driver_until_they_are_deleted() => KernelWorld.Simulate(world =>
    {
        var driver = world.New<DRIVER_OBJECT>();
        var devices = new GuestPtr<DEVICE_OBJECT>[3];
        for (var i = 0; i < 3; i++)
            devices[i] = Create(world, driver, i == 0 ? @"\Device\Demo" : "", extension: 16);
        ref var first = ref devices[0].Value;
        Assert.Equal(3, first.Type);
        Assert.Equal(0x150 + 16, first.Size);
        Assert.Equal(devices[0].Address + 0x150, first.DeviceExtension);
        Assert.Equal(WdmConstants.DO_DEVICE_INITIALIZING | WdmConstants.DO_DEVICE_HAS_NAME, first.Flags);
        Assert.Equal(1, first.StackSize);
        Assert.Equal(devices[2].Address, driver.Value.DeviceObject);
        Assert.Equal(["device 3"], world.Executive.CollectLeftovers().Select(l => $"{l.Kind} {l.Count}"));
        world.Call("IoDeleteDevice", devices[1].Address);
        Assert.Equal(devices[0], devices[2].Value.NextDevice);
        world.Call("IoDeleteDevice", devices[2].Address);
        Assert.Equal(devices[0].Address, driver.Value.DeviceObject);
        world.Call("IoDeleteDevice", devices[0].Address);
        Assert.Equal(0u, driver.Value.DeviceObject);
        Assert.Empty(world.Executive.CollectLeftovers());
        Assert.Throws<GuestStoppedException>(() => world.Call("IoDeleteDevice", devices[0].Address));
    });

    [Fact]
    public void Names_are_given_once_and_links_lead_to_them() => KernelWorld.Simulate(world =>
    {
        var driver = world.New<DRIVER_OBJECT>();
        Create(world, driver, @"\Device\Demo");
        Assert.Equal((uint)NTSTATUS.STATUS_OBJECT_NAME_COLLISION, world.Call("IoCreateDevice",
            driver.Address, 0, Texts.Counted(world, @"\DEVICE\demo").Address, 0x22, 0, 0, world.Memory(8)));
        var link = Texts.Counted(world, @"\DosDevices\Demo").Address;
        var target = Texts.Counted(world, @"\Device\Demo").Address;
        Assert.Equal(0ul, world.Call("IoCreateSymbolicLink", link, target));
        Assert.Equal(
            (uint)NTSTATUS.STATUS_OBJECT_NAME_COLLISION, world.Call("IoCreateSymbolicLink", link, target));
        Assert.Equal((uint)NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND, world.Call("IoDeleteSymbolicLink", target));
        Assert.Equal(0ul, world.Call("IoDeleteSymbolicLink", link));
    });

    [Fact]
    public void An_irp_goes_to_the_dispatch_routine_and_back() => KernelWorld.Simulate(world =>
    {
        var driver = world.New<DRIVER_OBJECT>();
        var device = Create(world, driver, "");
        driver.Value.MajorFunction[0x0E] = world.Callback(a =>
        {
            Assert.Equal(device.Address, a[0]);
            var irp = new GuestPtr<IRP>((nuint)a[1]);
            Assert.Equal(device.Address, irp.Value.CurrentStackLocation.Value.DeviceObject);
            irp.Value.IoStatus.Information = 5;
            world.Call("IofCompleteRequest", a[1], 0);
            return 0;
        });
        var (status, information) = Send(world, device, major: 0x0E);
        Assert.Equal((0u, (nuint)5), (status, information));
        (status, _) = Send(world, device, major: 0x03);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, status);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    public void An_irp_without_a_location_is_bug_check_35() => KernelWorld.Simulate(world =>
    {
        var device = Create(world, world.New<DRIVER_OBJECT>(), "");
        var irp = world.Call("IoAllocateIrp", 0, 0);
        var stop = Assert.Throws<GuestStoppedException>(() =>
            world.Call("IofCallDriver", device.Address, irp));
        Assert.StartsWith("NO_MORE_IRP_STACK_LOCATIONS (0x35)", stop.Message, StringComparison.Ordinal);
    });

    private static (
        uint Status, nuint Information) Send(KernelWorld world, GuestPtr<DEVICE_OBJECT> device, byte major)
    {
        var irp = new GuestPtr<IRP>((nuint)world.Call("IoAllocateIrp", 1, 0));
        ref var next = ref irp.Value.CurrentStackLocation.At(-1).Value;
        next.MajorFunction = major;
        next.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
        next.CompletionRoutine = world.Callback(_ => (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED);
        var status = (uint)world.Call("IofCallDriver", device.Address, irp.Address);
        var information = irp.Value.IoStatus.Information;
        Assert.Equal(status, (uint)irp.Value.IoStatus.Status);
        world.Call("IoFreeIrp", irp.Address);
        return (status, information);
    }

    private static GuestPtr<DEVICE_OBJECT> Create(
        KernelWorld world, GuestPtr<DRIVER_OBJECT> driver, string name, uint extension = 0)
    {
        var deviceAt = world.Memory(8);
        var counted = name.Length == 0 ? default : Texts.Counted(world, name);
        Assert.Equal(0ul, world.Call(
            "IoCreateDevice", driver.Address, extension, counted.Address, 0x22, 0, 0, deviceAt));
        return new GuestPtr<DEVICE_OBJECT>(GuestMemory.Read<nuint>(deviceAt));
    }
}
