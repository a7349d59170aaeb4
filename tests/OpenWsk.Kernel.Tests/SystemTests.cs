// Versions, times, look-ups by name, stubs, and the report of what was left behind.
// It knows nothing about how a summary looks.
namespace OpenWsk.Kernel.Tests;

public sealed class SystemTests
{
    [Fact]
    public void The_version_is_a_current_one_in_both_structures() => KernelWorld.Simulate(world =>
    {
        var version = world.New<RTL_OSVERSIONINFOEXW>();
        version.Value.dwOSVersionInfoSize = 276;
        version.Value.wProductType = 0xEE;
        Assert.Equal(0ul, world.Call("RtlGetVersion", version.Address));
        Assert.Equal((10u, 0u), (version.Value.dwMajorVersion, version.Value.dwMinorVersion));
        Assert.Equal(0xEE, version.Value.wProductType);
        version.Value.dwOSVersionInfoSize = 284;
        world.Call("RtlGetVersion", version.Address);
        Assert.Equal(1, version.Value.wProductType);
        Assert.True(world.Executive.Routines.TryFindVariable("NTOSKRNL.exe", "NtBuildNumber", out var build));
        Assert.Equal(version.Value.dwBuildNumber, GuestMemory.Read<uint>(build) & 0xFFFF);
    });

    [Fact]
    public void All_times_are_the_worlds_clock() => KernelWorld.Simulate(world =>
    {
        world.Executive.Waits.Delay(1_234_500);
        var place = world.Memory(8);
        Assert.Equal(12_345ul, world.Call("KeQueryInterruptTime"));
        Assert.Equal(12_345ul, world.Call("KeQueryPerformanceCounter", place));
        Assert.Equal(10_000_000, GuestMemory.Read<long>(place));
        world.Call("KeQuerySystemTimePrecise", place);
        Assert.Equal(world.Executive.Clock.SystemTime100Ns, GuestMemory.Read<long>(place));
        world.Call("KeStallExecutionProcessor", 10);
        Assert.Equal(1_244_500, world.Executive.Clock.NowNs);
    });

    [Theory]
    [InlineData(1601, 1, 1)]
    [InlineData(1899, 12, 31)]
    [InlineData(2000, 2, 29)]
    [InlineData(2000, 12, 31)]
    [InlineData(2026, 11, 22)]
    [InlineData(2400, 12, 31)]
    public void Calendar_times_are_those_of_the_gregorian_calendar(int year, int month, int day) =>
        KernelWorld.Simulate(world =>
        {
            var expected = new DateTime(year, month, day, 13, 14, 15, 678, DateTimeKind.Utc);
            var time = world.Memory(8);
            GuestMemory.Write(time, expected.ToFileTimeUtc());
            var fields = world.New<TIME_FIELDS>();
            world.Call("RtlTimeToTimeFields", time, fields.Address);
            var f = fields.Value;
            Assert.Equal(
                (year, month, day, 13, 14, 15, 678, (int)expected.DayOfWeek),
                (f.Year, f.Month, f.Day, f.Hour, f.Minute, f.Second, f.Milliseconds, f.Weekday));
        });

    [Fact]
    public void Identifiers_are_random_ones() => KernelWorld.Simulate(world =>
    {
        var place = world.Memory(16);
        world.Call("ExUuidCreate", place);
        var first = GuestMemory.Read<Guid>(place);
        world.Call("ExUuidCreate", place);
        Assert.NotEqual(first, GuestMemory.Read<Guid>(place));
        Assert.Equal(4, first.Version);
    });

    [Fact]
    public void Routines_and_variables_are_found_by_name() => KernelWorld.Simulate(world =>
    {
        ulong Find(string name) =>
            world.Call("MmGetSystemRoutineAddress", Texts.Counted(world, name).Address);
        var x = world.Executive;
        Assert.Equal(4ul, x.Code.Call((nuint)Find("PsGetCurrentProcessId"), []));
        Assert.True(x.Routines.TryFindVariable(Libraries.Ntoskrnl, "PsThreadType", out var variable));
        Assert.Equal(variable, Find("PsThreadType"));
        Assert.Equal(0ul, Find("NoSuchRoutine"));
        Assert.Equal(0ul, Find("psgetcurrentprocessid"));
    });

    [Theory]
    [InlineData("MmMapIoSpaceEx")]
    [InlineData("ObOpenObjectByPointer")]
    [InlineData("MmCopyMemory")]
    [InlineData("MmCopyVirtualMemory")]
    [InlineData("ZwQueryVirtualMemory")]
    [InlineData("ZwProtectVirtualMemory")]
    [InlineData("ZwQuerySystemInformation")]
    [InlineData("ZwCreateFile")]
    [InlineData("ZwClose")]
    [InlineData("ZwWriteFile")]
    [InlineData("ExAllocateTimer")]
    [InlineData("ExCancelTimer")]
    [InlineData("ExSetTimer")]
    [InlineData("ExDeleteTimer")]
    public void What_frameworks_look_up_is_there(string name) => KernelWorld.Simulate(world =>
    {
        Assert.NotEqual(0ul, world.Call("MmGetSystemRoutineAddress", Texts.Counted(world, name).Address));
        Assert.NotEqual(
            SupportLevel.Stub, world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Support);
    });

    [Theory]
    [InlineData("ZwTraceControl")]
    [InlineData("ZwTraceEvent")]
    public void What_frameworks_look_up_is_there_and_stops_when_called(string name) =>
        KernelWorld.Simulate(world =>
        {
            Assert.NotEqual(0ul, world.Call("MmGetSystemRoutineAddress", Texts.Counted(world, name).Address));
            var stop = Assert.Throws<GuestStoppedException>(() => world.Call(name));
            Assert.Contains(name, stop.Message, StringComparison.Ordinal);
            Assert.Equal(SupportLevel.Stub, world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Support);
        });

    [Fact]
    public void A_drivers_own_bug_check_stops_it_with_its_numbers() => KernelWorld.Simulate(world =>
    {
        var stop = Assert.Throws<GuestStoppedException>(() =>
            world.Call("KeBugCheckEx", 0xE2, 1, 2, 3, 0xFF));
        Assert.Contains("(0xE2)", stop.Message, StringComparison.Ordinal);
        Assert.Contains("0xff", stop.Message, StringComparison.Ordinal);
        Assert.Throws<GuestStoppedException>(() => world.Call("PsGetCurrentProcessId"));
    });

    [Fact]
    public void Nothing_left_behind_is_an_empty_report() => KernelWorld.Simulate(world =>
    {
        world.Call("IoFreeIrp", world.Call("IoAllocateIrp", 1, 0));
        world.Call("ExFreePool", world.Call("ExAllocatePoolWithTag", 0, 8, 0x41414141));
        Assert.Empty(world.Executive.CollectLeftovers());
    });

    [Fact]
    public void What_is_left_behind_is_named() => KernelWorld.Simulate(world =>
    {
        var x = world.Executive;
        world.Call("IoAllocateIrp", 1, 0);
        IrpCompletion.Claim(x, new GuestPtr<IRP>((nuint)world.Call("IoAllocateIrp", 1, 0)));
        for (var i = 0; i < 6; i++)
            world.Call("IoAllocateMdl", 0x1000, 1, 0, 0, 0);
        world.Call("ExAllocatePoolWithTag", 0, 8, 0x41414141);
        world.Call("ExAllocatePoolWithTag", 0, 9, 0x41414141);
        var e = WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent);
        world.Call("PsCreateSystemThread", world.Memory(8), 0, 0, 0, 0,
            world.Callback(_ => WaitTests.Wait(world, e, null)), 0);
        x.AddLeftoverSource(() => [new Leftover("socket", 1, 0, "127.0.0.1:80")]);
        var leftovers = x.CollectLeftovers();
        Assert.Equal(
            ["pending IRP 1", "IRP 1", "MDL 6", "pool 'AAAA' 2", "thread 1", "handle 1", "socket 1"],
            leftovers.Select(l => $"{l.Kind} {l.Count}"));
        Assert.Equal(17ul, leftovers[3].Bytes);
        Assert.EndsWith("and 2 more", leftovers[2].Detail, StringComparison.Ordinal);
        Assert.Contains("thread", leftovers[5].Detail, StringComparison.Ordinal);
        world.Call("KeSetEvent", e, 0, 0);
        Assert.True(x.GuestThreads.WaitUntilIdle(Ports.IParker.Never));
    });
}
