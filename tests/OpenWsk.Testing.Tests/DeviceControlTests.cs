// An application talks to a driver: opening, device control of every method, reading and writing, waiting and
// cancelling, closing. On the simulated network and over the host's threads. The driver is Drivers/talk.c.
// It knows nothing about IRPs: tests of OpenWsk.Kernel.Tests look at those.
using OpenWsk.Simulation;

namespace OpenWsk.Testing.Tests;

public sealed class DeviceControlTests
{
    private const string Talk = @"\\.\Talk";
    private const uint GenericRead = 0x8000_0000;

    public static TheoryData<string, bool> Worlds => new()
    {
        { "release", true }, { "release", false }, { "debug", true }, { "gcc", true },
    };

    [CapabilityTheory("clang", "lld", "llvm", "mingw")]
    [MemberData(nameof(Worlds))]
    public void Every_method_brings_its_buffers_to_the_driver_and_back(string build, bool isSimulated)
    {
        using var world = isSimulated ? DriverWorld.Simulate() : DriverWorld.OnHost();
        var driver = world.Load(PathOf(build));
        using (var device = driver.Open(Talk))
        {
            Assert.Equal([6], device.IoControl(Code(0x801, 0), [1, 2, 3], 8).Output.ToArray());
            Assert.Equal(15ul, device.IoControlAsync(Code(0x802, 1), [1, 2, 3], [4, 5]).Wait().Information);
            Assert.Equal([6, 6, 6, 6], device.IoControl(Code(0x803, 2), [1, 2, 3], 4).Output.ToArray());
            Assert.Equal([6], device.IoControl(Code(0x804, 3), [1, 2, 3], 1).Output.ToArray());
        }
        Assert.True(driver.Unload());
        Assert.Empty(world.Findings);
        Assert.Empty(world.Leftovers);
        Assert.Equal("create '' by 1000\ncleanup\nclose with context\nunloaded\n", world.Printed);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_warning_brings_output_and_an_error_does_not() => Simulate((world, driver) =>
    {
        using var device = driver.Open(Talk);
        var overflow = device.IoControl(Code(0x806, 0), [], 4);
        Assert.Equal(NTSTATUS.STATUS_BUFFER_OVERFLOW, overflow.Status);
        Assert.Equal([0x5a, 0x5a, 0x5a, 0x5a], overflow.Output.ToArray());
        var failed = device.IoControl(Code(0x807, 0), [], 4);
        Assert.Equal(NTSTATUS.STATUS_NOT_SUPPORTED, failed.Status);
        Assert.Empty(failed.Output.ToArray());
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, device.IoControl(Code(0x8ff, 0)).Status);
        Assert.Empty(world.Findings);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_code_asks_for_the_access_that_the_handle_must_have() => Simulate((world, driver) =>
    {
        var code = Code(0x805, 0) | (2 << 14);
        using (var writer = driver.Open(Talk))
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, writer.IoControl(code).Status);
        using var reader = driver.Open(Talk, GenericRead);
        Assert.Equal(NTSTATUS.STATUS_ACCESS_DENIED, reader.IoControl(code).Status);
        Assert.Equal(NTSTATUS.STATUS_ACCESS_DENIED, reader.Write([1]).Status);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, reader.Read(8).Status);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public void What_is_written_is_read_by_another_handle() => Simulate((world, driver) =>
    {
        using var one = driver.Open(Talk);
        using var other = world.Open(@"\Device\Talk\file", processId: 2000);
        Assert.Equal(5ul, one.Write("hello"u8).Information);
        Assert.Equal("hello"u8.ToArray(), other.Read(64).Output.ToArray());
        Assert.Equal("hel"u8.ToArray(), other.Read(3).Output.ToArray());
        Assert.Equal(NTSTATUS.STATUS_INVALID_BUFFER_SIZE, one.Write(new byte[65]).Status);
        Assert.Equal(2000, BitConverter.ToInt32(other.IoControl(Code(0x808, 0), [], 4).Output.Span));
        Assert.Contains(@"create '\file' by 2000", world.Printed, StringComparison.Ordinal);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public async Task A_pending_request_is_completed_by_another_one()
    {
        using var world = DriverWorld.OnHost();
        using var device = world.Load(TestDrivers.PathOf("talk")).Open(Talk);
        var pending = device.IoControlAsync(Code(0x809, 0), [], 64);
        Assert.False(pending.IsCompleted);
        device.Write("news"u8);
        Assert.Equal("news"u8.ToArray(), (await pending).Output.ToArray());
        Assert.Empty(world.Findings);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_pending_request_can_be_cancelled() => Simulate((world, driver) =>
    {
        using var device = driver.Open(Talk);
        var pending = device.IoControlAsync(Code(0x809, 0), [], 64);
        Assert.Single(device.Pending);
        Assert.True(pending.Cancel());
        Assert.Equal(NTSTATUS.STATUS_CANCELLED, pending.Wait().Status);
        Assert.False(pending.Cancel());
        Assert.Empty(world.Findings);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public void Closing_with_a_pending_request_is_cleanup_and_then_close() => Simulate((world, driver) =>
    {
        var device = driver.Open(Talk);
        var pending = device.IoControlAsync(Code(0x809, 0), [], 64);
        device.Dispose();
        Assert.Equal(NTSTATUS.STATUS_CANCELLED, pending.Wait().Status);
        Assert.EndsWith("cleanup\nclose with context\n", world.Printed, StringComparison.Ordinal);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_request_that_nothing_can_complete_is_a_deadlock_of_the_simulation()
    {
        using var world = DriverWorld.Simulate();
        var device = world.Load(TestDrivers.PathOf("talk")).Open(Talk);
        var pending = device.IoControlAsync(Code(0x809, 0), [], 64);
        Assert.Throws<DeadlockException>(() => pending.Wait());
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_driver_that_returns_pending_without_marking_is_found() => Simulate((world, driver) =>
    {
        using var device = driver.Open(Talk);
        device.IoControl(Code(0x80a, 0));
        Assert.Contains("without IoMarkIrpPending", Assert.Single(world.Findings).Detail,
            StringComparison.Ordinal);
    });

    [CapabilityFact("clang", "lld", "llvm")]
    public void What_is_not_there_cannot_be_opened() => Simulate((world, driver) =>
    {
        Assert.Equal(NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND,
            Assert.Throws<DeviceException>(() => driver.Open(@"\\.\Tulk")).Status);
        Assert.Equal(NTSTATUS.STATUS_NO_SUCH_FILE,
            Assert.Throws<DeviceException>(() => driver.Open(@"\\.\Talk\a name that is too long")).Status);
        Assert.DoesNotContain("close", world.Printed, StringComparison.Ordinal);
    });

    private static void Simulate(Action<DriverWorld, TestDriver> body)
    {
        using var world = DriverWorld.Simulate();
        body(world, world.Load(TestDrivers.PathOf("talk")));
    }

    private static string PathOf(string build) => build == "gcc"
        ? TestDrivers.MingwPathOf("talk")
        : TestDrivers.PathOf("talk", isDebug: build == "debug");

    private static uint Code(uint function, uint method) => (0x22u << 16) | (function << 2) | method;
}
