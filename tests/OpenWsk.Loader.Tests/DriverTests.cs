// Drivers as a linker makes them: what the loader gives an image before its entry, its DRIVER_OBJECT, imports
// that nobody implements, unloading. The driver is Drivers/image.c; its routines are named by their place.
using OpenWsk.Ports;

namespace OpenWsk.Loader.Tests;

public sealed class DriverTests : IDisposable
{
    private const int CountBss = 0;
    private const int ReadCookie = 1;
    private const int ReadVariable = 2;
    private const int CallGuarded = 3;
    private const int UseLargeFrame = 4;
    private const int CallMissing = 5;
    private const int CallStubbed = 6;
    private const string Driver = "image";
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Memory_that_the_file_does_not_hold_is_zero_and_writable()
    {
        using var driver = _world.Start(Driver);
        Assert.Equal(0ul, _world.Call(driver, CountBss));
        Assert.Equal(0x5000ul, _world.Call(driver, CountBss));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_security_cookie_is_random_and_has_its_high_bits_clear()
    {
        using var first = _world.Start(Driver);
        using var second = _world.Start(Driver);
        var cookies = (ulong[])[_world.Call(first, ReadCookie), _world.Call(second, ReadCookie)];
        Assert.NotEqual(cookies[0], cookies[1]);
        Assert.All(cookies, c => Assert.InRange(c, 1ul, 0xFFFF_FFFF_FFFFul));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_imported_variable_is_the_kernels()
    {
        using var driver = _world.Start(Driver);
        GuestMemory.Write(_world.Variable, 19045u);
        Assert.Equal(19045ul, _world.Call(driver, ReadVariable));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Calls_guarded_by_control_flow_guard_reach_their_target()
    {
        using var driver = _world.Start(Driver);
        Assert.Equal(42ul, _world.Call(driver, CallGuarded, 40, 2));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_frame_of_twenty_kilobytes_fits()
    {
        using var driver = _world.Start(Driver);
        var expected = Enumerable.Range(3, 20000).Sum(i => (byte)i) + 1000 + 3 + 2 * ((3 + 19999) % 256);
        Assert.Equal((ulong)expected, _world.Call(driver, UseLargeFrame, 3));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_call_of_what_nobody_implements_stops_the_driver_and_names_routine_and_caller()
    {
        using var driver = _world.Start(Driver);
        Assert.Equal(["TestMissing", "TestStubbed"], driver.Missing.Select(m => m.Import.Name).Order());
        var stopped = Assert.Throws<GuestStoppedException>(() => _world.Call(driver, CallMissing, 1));
        Assert.StartsWith("ntoskrnl.exe!TestMissing was called from image.sys+0x1", stopped.Message);
        Assert.Contains("is not implemented", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(stopped.Message, _world.Executive.StopReason);
        Assert.Equal(1, driver.Missing.Single(m => m.Import.Name == "TestMissing").Calls);
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, CallStubbed, 1));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_missing_routine_that_the_user_answers_for_returns_that_status_and_is_seen()
    {
        _world.Host.AnswerMissing("TestStubbed", NTSTATUS.STATUS_NOT_SUPPORTED);
        using var driver = _world.Start(Driver);
        _world.Executive.AddSink(_world);
        Assert.Equal((ulong)NTSTATUS.STATUS_NOT_SUPPORTED, _world.Call(driver, CallStubbed, 1));
        Assert.Equal(1, driver.Missing.Single(m => m.Answer is not null).Calls);
        var call = _world.Events.Single(e => e.Kind == KernelEventKind.Call);
        Assert.Equal("ntoskrnl.exe!TestStubbed", call.Routine!.ToString());
        Assert.Null(_world.Executive.StopReason);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_imports_of_a_file_are_resolved_without_mapping_it()
    {
        var image = DriverImage.Read(TestDrivers.BytesOf(Driver), "image.sys");
        var kinds = ImportResolver.Resolve(image, _world.Executive.Routines)
            .Select(r => $"{r.Import.Name} {r.Kind}").Order(StringComparer.Ordinal);
        Assert.Equal(
            ["TestMissing Missing", "TestStubbed Missing", "TestSum2 Routine", "TestVariable Variable",
                "__chkstk MachineCode"],
            kinds);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_driver_object_describes_the_driver()
    {
        using var driver = _world.Host.Load(TestDrivers.PathOf(Driver), "service");
        ref var o = ref driver.Object.Value;
        Assert.Equal((4, 0x150), (o.Type, o.Size));
        Assert.Equal(driver.ImageStart, o.DriverStart);
        Assert.Equal(driver.Image.SizeBytes, o.DriverSize);
        Assert.Equal(driver.ImageStart + driver.Image.EntryRva, o.DriverInit);
        Assert.Equal(@"\Driver\service", Text(o.DriverName));
        var extension = new GuestPtr<DRIVER_EXTENSION>(o.DriverExtension).Value;
        Assert.Equal(driver.Object.Address, extension.DriverObject);
        Assert.Equal("service", Text(extension.ServiceKeyName));
        Assert.Equal(@"\Registry\Machine\System\CurrentControlSet\Services\service", driver.RegistryPath);
        Assert.True(_world.Executive.Code.IsCode(o.MajorFunction[27]));
        Assert.False(driver.HasUnload);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void DriverUnload_is_called_with_the_driver_object()
    {
        using var driver = _world.Start(Driver);
        Assert.True(driver.HasUnload);
        Assert.True(driver.CallUnload());
        Assert.Equal((nuint)0x55, driver.Object.Value.DeviceObject);
        using var withoutUnload = _world.Start("registers");
        Assert.False(withoutUnload.CallUnload());
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Loading_and_unloading_leaves_no_guest_memory_behind()
    {
        _world.Start(Driver).Dispose();
        var blocks = _world.Executive.Heap.Count;
        for (var i = 0; i < 10; i++)
            _world.Start(Driver).Dispose();
        Assert.Equal(blocks, _world.Executive.Heap.Count);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_image_stays_mapped_while_a_thread_is_inside_guest_code()
    {
        using var driver = _world.Start("calls");
        var wasUnmapped = true;
        var inside = _world.Executive.Code.Register(_ => (wasUnmapped = driver.TryUnmap()) ? 1ul : 0);
        const int CallBack = 10;
        Assert.Equal(7ul, _world.Call(driver, CallBack, inside));
        Assert.False(wasUnmapped);
        Assert.True(driver.TryUnmap());
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm, Capability.Mingw)]
    public void A_driver_of_another_compiler_and_linker_runs()
    {
        using var driver = _world.Host.Load(TestDrivers.MingwPathOf("calls"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        const int CallSum = 1;
        const int CallPrint = 3;
        const int Nest = 4;
        Assert.Equal(1650ul, _world.Call(driver, CallSum, 12));
        Assert.Equal(7ul, _world.Call(driver, CallPrint));
        Assert.Equal(1010ul, _world.Call(driver, Nest, 10));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("/fixed", "OW3017")]
    [InlineData("/subsystem:console", "OW3004")]
    [InlineData("/subsystem:efi_application", "OW3004")]
    public void What_a_linker_was_told_wrong_is_named(string option, string id)
    {
        var path = TestDrivers.PathOf("calls", option);
        Assert.Equal(id, Assert.Throws<ImageFormatException>(() => _world.Host.Load(path)).Id);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_driver_linked_with_small_alignment_runs()
    {
        using var driver = _world.Host.Load(TestDrivers.PathOf("calls", "/align:64", "/filealign:64"));
        Assert.True(driver.Image.IsFlat);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        const int Nest = 4;
        Assert.Equal(1003ul, _world.Call(driver, Nest, 3));
    }

    private static string Text(UNICODE_STRING text) =>
        GuestMemory.Chars(text.Buffer, text.Length / 2).ToString();
}
