// Requests that the I/O manager makes of an application's: where each method and each kind of device has its
// buffers, how much of the output comes back, who may open. The driver is a managed callback, which looks at
// the IRP. It knows nothing about handles.
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel.Tests;

public sealed class DeviceRequestTests
{
    private const uint InputBytes = 3;
    private const uint OutputBytes = 8;
    private const uint ReadWrite = 0xC000_0000;

    private static readonly Requestor s_application = Requestor.Application(1000);

    [Theory]
    [InlineData(METHOD_BUFFERED)]
    [InlineData(METHOD_IN_DIRECT)]
    [InlineData(METHOD_OUT_DIRECT)]
    [InlineData(METHOD_NEITHER)]
    public void Each_method_has_its_buffers_where_drivers_look(uint method) => With((world, device) =>
    {
        var (input, output) = Buffers(world);
        var file = Open(world, out _);
        device.OnRequest = irp =>
        {
            ref var location = ref irp.Value.CurrentStackLocation.Value;
            Assert.Equal(OutputBytes, (uint)location.Argument1);
            Assert.Equal(InputBytes, (uint)location.Argument2);
            Assert.Equal(CodeOf(method), (uint)location.Argument3);
            Assert.Equal(method == METHOD_NEITHER ? input.Address : 0, location.Argument4);
            AssertSystemBuffer(world, irp, method switch
            {
                METHOD_BUFFERED => OutputBytes,
                METHOD_NEITHER => 0,
                _ => InputBytes,
            });
            var isDirect = method is METHOD_IN_DIRECT or METHOD_OUT_DIRECT;
            Assert.Equal(isDirect ? 0 : output.Address, irp.Value.UserBuffer);
            AssertMdl(irp, isDirect ? output : default, isWritten: method == METHOD_OUT_DIRECT);
            return (NTSTATUS.STATUS_SUCCESS, 0);
        };
        world.Executive.Io.DeviceControl(
            file, s_application, CodeOf(method), input, output, default, out var request);
        Assert.True(request!.IsDone);
        Assert.Empty(world.Breaches);
    });

    [Theory]
    [InlineData(DO_BUFFERED_IO, true)]
    [InlineData(DO_BUFFERED_IO, false)]
    [InlineData(DO_DIRECT_IO, true)]
    [InlineData(DO_DIRECT_IO, false)]
    [InlineData(0u, true)]
    [InlineData(0u, false)]
    public void A_read_or_write_has_its_buffer_as_the_device_wants_it(uint kind, bool isRead) =>
        With((world, device) =>
        {
            device.Pointer.Value.Flags |= kind;
            var (_, buffer) = Buffers(world);
            var file = Open(world, out _);
            device.OnRequest = irp =>
            {
                Assert.Equal(OutputBytes, (uint)irp.Value.CurrentStackLocation.Value.Argument1);
                AssertMdl(irp, kind == DO_DIRECT_IO ? buffer : default, isWritten: isRead);
                AssertSystemBuffer(world, irp, kind == DO_BUFFERED_IO ? OutputBytes : 0);
                var hasUserBuffer = kind == 0 || (kind == DO_BUFFERED_IO && isRead);
                Assert.Equal(hasUserBuffer ? buffer.Address : 0, irp.Value.UserBuffer);
                return (NTSTATUS.STATUS_SUCCESS, 0);
            };
            _ = isRead
                ? world.Executive.Io.Read(file, s_application, buffer, 0, 0, default, out _)
                : world.Executive.Io.Write(file, s_application, buffer, 0, 0, default, out _);
            Assert.Empty(world.Breaches);
        });

    [Theory]
    [InlineData(NTSTATUS.STATUS_SUCCESS, 0, 0)]
    [InlineData(NTSTATUS.STATUS_SUCCESS, 5, 5)]
    [InlineData(NTSTATUS.STATUS_BUFFER_OVERFLOW, 8, 8)]
    [InlineData(NTSTATUS.STATUS_SUCCESS, 9, 8)]
    [InlineData(NTSTATUS.STATUS_NOT_SUPPORTED, 8, 0)]
    public void As_much_output_comes_back_as_the_driver_says(NTSTATUS status, int says, int copied) =>
        With((world, device) =>
        {
            var (input, output) = Buffers(world);
            GuestMemory.Span(output.Address, (int)OutputBytes).Fill(0x11);
            var file = Open(world, out _);
            device.OnRequest = irp =>
            {
                GuestMemory.Span(irp.Value.AssociatedIrp, (int)OutputBytes).Fill(0x5A);
                return (status, (nuint)says);
            };
            world.Executive.Io.DeviceControl(
                file, s_application, CodeOf(METHOD_BUFFERED), input, output, default, out var request);
            Assert.Equal(new IoOutcome(status, (nuint)says), request!.Outcome);
            Assert.Equal(copied, GuestMemory.Span(output.Address, (int)OutputBytes).Count((byte)0x5A));
            Assert.Equal(says > OutputBytes ? ["IRP"] : [], world.Breaches);
        });

    [Theory]
    [InlineData(NTSTATUS.STATUS_SUCCESS, true)]
    [InlineData(NTSTATUS.STATUS_BUFFER_OVERFLOW, true)]
    [InlineData(NTSTATUS.STATUS_NOT_SUPPORTED, false)]
    public void An_error_that_the_caller_is_told_at_once_is_told_nowhere_else(NTSTATUS status, bool isTold) =>
        With((world, device) =>
        {
            var (input, output) = Buffers(world);
            var block = world.New<IO_STATUS_BLOCK>();
            block.Value.Information = 77;
            device.OnRequest = _ => (status, 2);
            var notice = new IoNotice { StatusBlock = block.Address };
            var file = Open(world, out _);
            Assert.Equal(status, world.Executive.Io.DeviceControl(
                file, s_application, CodeOf(METHOD_BUFFERED), input, output, notice, out _));
            Assert.Equal(isTold ? 2u : 77u, block.Value.Information);
        });

    [Fact]
    public void An_exclusive_device_is_open_once_at_a_time() => With((world, device) =>
    {
        device.Pointer.Value.Flags |= DO_EXCLUSIVE;
        var first = Open(world, out var status);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, status);
        TryOpen(world, out status);
        Assert.Equal(NTSTATUS.STATUS_ACCESS_DENIED, status);
        world.Executive.Objects.Dereference(first.Pointer.Address);
        Open(world, out status);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, status);
    });

    [Fact]
    public void A_device_that_is_being_initialised_cannot_be_opened() => With((world, device) =>
    {
        device.Pointer.Value.Flags |= DO_DEVICE_INITIALIZING;
        Assert.Null(TryOpen(world, out var status));
        Assert.Equal(NTSTATUS.STATUS_NO_SUCH_DEVICE, status);
    });

    private static void With(Action<KernelWorld, Device> body) =>
        KernelWorld.Simulate(world => body(world, new Device(world)));

    private static uint CodeOf(uint method) => (0x22u << 16) | (0x801 << 2) | method;

    private static (IoBuffer Input, IoBuffer Output) Buffers(KernelWorld world) =>
        (new IoBuffer(world.Memory((int)InputBytes), InputBytes),
            new IoBuffer(world.Memory((int)OutputBytes), OutputBytes));

    private static void AssertSystemBuffer(KernelWorld world, GuestPtr<IRP> irp, uint sizeBytes)
    {
        world.Executive.Pool.TryGet(irp.Value.AssociatedIrp, out var block);
        Assert.Equal((nuint)sizeBytes, block.SizeBytes);
    }

    private static void AssertMdl(GuestPtr<IRP> irp, IoBuffer buffer, bool isWritten)
    {
        var mdl = irp.Value.MdlAddress;
        Assert.Equal(buffer.Address == 0, mdl.IsNull);
        if (mdl.IsNull)
            return;
        Assert.Equal(buffer.Address, mdl.Value.StartVa + mdl.Value.ByteOffset);
        Assert.Equal(buffer.LengthBytes, mdl.Value.ByteCount);
        Assert.Equal(
            MDL_PAGES_LOCKED | (isWritten ? MDL_WRITE_OPERATION : 0),
            mdl.Value.MdlFlags & (MDL_PAGES_LOCKED | MDL_WRITE_OPERATION));
    }

    private static OpenFile Open(KernelWorld world, out NTSTATUS status)
    {
        var file = TryOpen(world, out status);
        Assert.NotNull(file);
        return file;
    }

    private static OpenFile? TryOpen(KernelWorld world, out NTSTATUS status)
    {
        var opening = new FileOpening
        {
            Path = Device.Name,
            DesiredAccess = ReadWrite,
            Disposition = FILE_OPEN,
            By = s_application,
        };
        status = world.Executive.Io.Open(opening, out var file, out _);
        return file;
    }

    // One device whose driver completes at once what OnRequest says.
    private sealed class Device
    {
        public const string Name = @"\Device\Requests";

        public Device(KernelWorld world)
        {
            var driver = world.New<DRIVER_OBJECT>();
            var answer = world.Callback(a => Answer(world, new GuestPtr<IRP>((nuint)a[1])));
            for (var major = 0; major < 28; major++)
                driver.Value.MajorFunction[major] = answer;
            var deviceAt = world.Memory(8);
            Assert.Equal(0ul, world.Call(
                "IoCreateDevice", driver.Address, 0, Texts.Counted(world, Name).Address, 0x22, 0, 0,
                deviceAt));
            Pointer = new GuestPtr<DEVICE_OBJECT>(GuestMemory.Read<nuint>(deviceAt));
            Pointer.Value.Flags &= ~DO_DEVICE_INITIALIZING;
        }

        public GuestPtr<DEVICE_OBJECT> Pointer { get; }

        public Func<GuestPtr<IRP>, (NTSTATUS Status, nuint Information)>? OnRequest { get; set; }

        private ulong Answer(KernelWorld world, GuestPtr<IRP> irp)
        {
            var major = irp.Value.CurrentStackLocation.Value.MajorFunction;
            var isRequest = major is IRP_MJ_READ or IRP_MJ_WRITE or IRP_MJ_DEVICE_CONTROL;
            var (status, information) = isRequest && OnRequest is { } on
                ? on(irp)
                : (NTSTATUS.STATUS_SUCCESS, 0);
            irp.Value.IoStatus.Status = status;
            irp.Value.IoStatus.Information = information;
            world.Call("IofCompleteRequest", irp.Address, 0);
            return (uint)status;
        }
    }
}
