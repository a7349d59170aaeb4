// The registry as a driver reads its parameters: by table, by handle, with defaults, types and small buffers.
// It knows nothing about who fills it on a real run.
using System.Text;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel.Tests;

public sealed class RegistryTests
{
    private const string Key = @"\Registry\Machine\System\CurrentControlSet\Services\Demo\Parameters";
    private const uint NotFound = (uint)NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;

    [Fact]
    public void A_table_stores_numbers_and_strings_directly() => Simulate(world =>
    {
        var number = world.Memory(4);
        var text = world.New<UNICODE_STRING>();
        var table = Table(
            world,
            Direct(world, "Port", number),
            Direct(world, "Host", text.Address));
        Assert.Equal(0ul, Query(world, RTL_REGISTRY_ABSOLUTE, Key, table));
        Assert.Equal(7777u, GuestMemory.Read<uint>(number));
        Assert.Equal("::1", Texts.Of(text));
        Assert.Equal(1, world.Executive.Pool.Count);
        world.Call("RtlFreeUnicodeString", text.Address);
    });

    [Theory]
    [InlineData(RTL_REGISTRY_SERVICES, @"Demo\Parameters", 0u)]
    [InlineData(RTL_REGISTRY_SERVICES, @"demo\PARAMETERS", 0u)]
    [InlineData(RTL_REGISTRY_SERVICES, @"None\Parameters", NotFound)]
    [InlineData(RTL_REGISTRY_SERVICES | RTL_REGISTRY_OPTIONAL, @"None\Parameters", 0u)]
    [InlineData(99u, @"Demo\Parameters", NotFound)]
    public void Places_and_paths_lead_to_keys(uint relativeTo, string path, uint status) => Simulate(world =>
        Assert.Equal(status,
            Query(world, relativeTo, path, Table(world, Direct(world, "Port", world.Memory(4))))));

    [Fact]
    public void A_missing_value_takes_its_default_or_is_required() => Simulate(world =>
    {
        var number = world.Memory(4);
        var entry = Direct(world, "None", number);
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry)));
        Assert.Equal(0u, GuestMemory.Read<uint>(number));
        var preset = world.Memory(4);
        GuestMemory.Write(preset, 5u);
        entry.DefaultType = REG_DWORD;
        (entry.DefaultData, entry.DefaultLength) = (preset, 4);
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry)));
        Assert.Equal(5u, GuestMemory.Read<uint>(number));
        entry.Flags |= RTL_QUERY_REGISTRY_REQUIRED;
        Assert.Equal(NotFound, Query(world, 0, Key, Table(world, entry)));
    });

    [Fact]
    public void A_default_string_needs_no_length() => Simulate(world =>
    {
        var text = world.New<UNICODE_STRING>();
        var entry = Direct(world, "None", text.Address);
        (entry.DefaultType, entry.DefaultData) = (REG_SZ, Texts.Wide(world, "fallback"));
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry)));
        Assert.Equal("fallback", Texts.Of(text));
    });

    [Theory]
    [InlineData("Port", REG_DWORD, 0u)]
    [InlineData("Port", REG_SZ, (uint)NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH)]
    [InlineData("Host", REG_DWORD, (uint)NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH)]
    [InlineData("Path", REG_SZ, 0u)]
    public void A_type_is_checked_when_asked(string name, uint type, uint status) => Simulate(world =>
    {
        var entry = Direct(world, name, world.Memory(16));
        entry.Flags |= RTL_QUERY_REGISTRY_TYPECHECK;
        entry.DefaultType = type << (int)RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
        Assert.Equal(status, Query(world, 0, Key, Table(world, entry)));
    });

    [Fact]
    public void A_string_must_fit_the_buffer_that_is_there() => Simulate(world =>
    {
        var text = Texts.Counted(world, "", roomChars: 2);
        var table = Table(world, Direct(world, "Host", text.Address));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Query(world, 0, Key, table));
        text.Value.MaximumLength = 6;
        Assert.Equal(0ul, Query(world, 0, Key, table));
        Assert.Equal("::1", Texts.Of(text));
    });

    [Theory]
    [InlineData(-8, true, 0)]
    [InlineData(-7, false, 0)]
    [InlineData(16, true, 8)]
    [InlineData(15, false, 8)]
    public void Binary_data_goes_behind_a_header_or_by_a_negative_length(int room, bool fits, int at) =>
        Simulate(world =>
        {
            var place = world.Memory(32);
            GuestMemory.Write(place, room);
            var status = Query(world, 0, Key, Table(world, Direct(world, "Bytes", place)));
            Assert.Equal(fits ? 0u : (uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, status);
            if (!fits)
                return;
            Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], GuestMemory.Span(place + (nuint)at, 8).ToArray());
            if (at > 0)
                Assert.Equal([8u, REG_BINARY],
                    new[] { GuestMemory.Read<uint>(place), GuestMemory.Read<uint>(place + 4) });
        });

    [Fact]
    public void A_routine_gets_name_type_data_and_contexts() => Simulate(world =>
    {
        var calls = new List<string>();
        var routine = world.Callback(a =>
        {
            Assert.Equal((0xAAul, 0xBBul), (a[4], a[5]));
            var data = GuestMemory.Span((nuint)a[2], (int)a[3]).ToArray();
            calls.Add($"{GuestMemory.WideZ((nuint)a[0])} {a[1]} {Convert.ToHexString(data)}");
            return 0;
        });
        var entry = new RTL_QUERY_REGISTRY_TABLE { QueryRoutine = routine, EntryContext = 0xBB };
        entry.Name = Texts.Wide(world, "port");
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry), context: 0xAA));
        Assert.Equal(["Port 4 611E0000"], calls);
        calls.Clear();
        entry.Name = 0;
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry), context: 0xAA));
        Assert.Equal(7, calls.Count);
        calls.Clear();
        (entry.Name, entry.Flags) = (Texts.Wide(world, "Sub"), RTL_QUERY_REGISTRY_SUBKEY);
        Assert.Equal(0ul, Query(world, 0, Key, Table(world, entry), context: 0xAA));
        Assert.Equal(["Deep 4 01000000"], calls);
    });

    [Fact]
    public void A_list_is_given_string_by_string_and_raw_as_a_whole() => Simulate(world =>
    {
        var texts = new List<string>();
        var routine = world.Callback(a =>
        {
            texts.Add(GuestMemory.Chars((nuint)a[2], (int)a[3] / 2).ToString());
            return 0;
        });
        var entry = new RTL_QUERY_REGISTRY_TABLE { QueryRoutine = routine, Name = Texts.Wide(world, "List") };
        Query(world, 0, Key, Table(world, entry));
        entry.Flags = RTL_QUERY_REGISTRY_NOEXPAND;
        Query(world, 0, Key, Table(world, entry));
        Assert.Equal(["a\0", "bc\0", "a\0bc\0\0"], texts);
    });

    [Fact]
    public void A_routine_ends_the_query_with_its_status() => Simulate(world =>
    {
        var routine = world.Callback(_ => (uint)NTSTATUS.STATUS_ACCESS_DENIED);
        var entry = new RTL_QUERY_REGISTRY_TABLE { QueryRoutine = routine, Name = Texts.Wide(world, "Port") };
        Assert.Equal((uint)NTSTATUS.STATUS_ACCESS_DENIED, Query(world, 0, Key, Table(world, entry)));
    });

    [Fact]
    public void A_key_is_read_by_handle() => Simulate(world =>
    {
        Assert.Equal(0ul, Open(world, "ZwOpenKey", Key, out var handle));
        var buffer = world.Memory(128);
        var length = world.Memory(4);
        ulong Read(string name, uint informationClass, uint room) => world.Call(
            "ZwQueryValueKey", handle, Texts.Counted(world, name).Address, informationClass, buffer, room,
                length);

        Assert.Equal(0ul, Read("PORT", 2, 16));
        var partial = GuestMemory.Read<KEY_VALUE_PARTIAL_INFORMATION>(buffer);
        Assert.Equal((REG_DWORD, 4u), (partial.Type, partial.DataLength));
        Assert.Equal(7777u, GuestMemory.Read<uint>(buffer + 12));
        Assert.Equal(16u, GuestMemory.Read<uint>(length));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_OVERFLOW, Read("Port", 2, 15));
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Read("Port", 2, 11));
        Assert.Equal(16u, GuestMemory.Read<uint>(length));
        Assert.Equal(NotFound, Read("None", 2, 128));
        Assert.Equal(0ul, Read("Port", 1, 128));
        var full = GuestMemory.Read<KEY_VALUE_FULL_INFORMATION>(buffer);
        Assert.Equal("Port", GuestMemory.Chars(buffer + 20, (int)full.NameLength / 2).ToString());
        Assert.Equal(7777u, GuestMemory.Read<uint>(buffer + full.DataOffset));
        Assert.Equal(0ul, Read("Port", 0, 128));
        Assert.Equal(0ul, Read("Port", 4, 128));
        Assert.Equal(7777u, GuestMemory.Read<uint>(buffer + 8));
        Assert.Equal(0ul, world.Call("ZwEnumerateValueKey", handle, 0, 0, buffer, 128, length));
        Assert.Equal("Port", GuestMemory.Chars(buffer + 12, 4).ToString());
        Assert.Equal((uint)NTSTATUS.STATUS_NO_MORE_ENTRIES, world.Call(
            "ZwEnumerateValueKey", handle, 6, 0, buffer, 128, length));
        Assert.Equal(0ul, world.Call("ZwEnumerateKey", handle, 0, 0, buffer, 128, length));
        Assert.Equal("Sub", GuestMemory.Chars(buffer + 16, 3).ToString());
        Assert.Equal(0ul, world.Call("ZwClose", handle));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_HANDLE, Read("Port", 2, 16));
    });

    [Fact]
    public void A_driver_opens_its_own_parameters() => Simulate(world =>
    {
        var extension = world.New<DRIVER_EXTENSION>();
        extension.Value.ServiceKeyName = Texts.Counted(world, "Demo").Value;
        var driver = world.New<DRIVER_OBJECT>();
        driver.Value.DriverExtension = extension.Address;
        var at = world.Memory(32);
        Assert.Equal(0ul, world.Call("IoOpenDriverRegistryKey", driver.Address, 0, KEY_READ, 0, at));
        Assert.Equal(0ul, world.Call("ZwQueryValueKey", GuestMemory.Read<nuint>(at),
            Texts.Counted(world, "Port").Address, 2, at + 8, 16, at + 24));
        Assert.Equal(7777u, GuestMemory.Read<uint>(at + 20));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call(
            "IoOpenDriverRegistryKey", driver.Address, 3, KEY_READ, 0, at));
    });

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 24)]
    [InlineData(2, 48)]
    [InlineData(3, 4)]
    [InlineData(4, 40)]
    public void A_key_tells_about_itself_in_every_class(uint kind, uint fixedBytes) =>
        Simulate(world =>
        {
            Assert.Equal(0ul, Open(world, "ZwOpenKey", Key, out var handle));
            var (buffer, length) = (world.Memory(256), world.Memory(4));
            ulong Query(uint room) => world.Call("ZwQueryKey", handle, kind, buffer, room, length);
            Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_TOO_SMALL, Query(fixedBytes - 1));
            var more = kind switch { 0 or 1 => 2u * 10, 3 => (uint)Key.Length * 2, _ => 0u };
            Assert.Equal(fixedBytes + more, GuestMemory.Read<uint>(length));
            Assert.Equal(0ul, Query(256));
            if (kind == 3)
                Assert.Equal(Key, GuestMemory.Chars(buffer + 4, Key.Length).ToString());
            if (kind == 2)
                Assert.Equal((1u, 6u, 6u), (GuestMemory.Read<uint>(buffer + 20),
                    GuestMemory.Read<uint>(buffer + 24), GuestMemory.Read<uint>(buffer + 32)));
            if (kind == 4)
                Assert.Equal((1u, 6u), (GuestMemory.Read<uint>(buffer + 12),
                    GuestMemory.Read<uint>(buffer + 20)));
            Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
                world.Call("ZwQueryKey", handle, 17, buffer, 256, length));
        });

    [Fact]
    public void A_key_tells_when_its_values_or_the_keys_below_it_changed() => Simulate(world =>
    {
        Assert.Equal(0ul, Open(world, "ZwOpenKey", Key, out var handle));
        var (buffer, length, delay) = (world.Memory(256), world.Memory(4), world.Memory(8));
        GuestMemory.Write(delay, -50_000L);
        foreach (var change in (Action[])
        [
            () => world.Executive.Registry.SetDword(Key, "Later", 1),
            () => world.Executive.Registry.DeleteValue(world.Executive.Registry.Open(Key)!, "Later"),
            () => world.Executive.Registry.Create(Key + @"\Below"),
            () => world.Executive.Registry.DeleteKey(world.Executive.Registry.Open(Key + @"\Below")!),
        ])
        {
            var before = LastWrite(0);
            world.Call("KeDelayExecutionThread", 0, 0, delay);
            Assert.Equal(before, LastWrite(1));
            change();
            Assert.Equal(world.Executive.Clock.SystemTime100Ns, LastWrite(2));
            Assert.InRange(LastWrite(4) - before, 50_000, long.MaxValue);
        }

        long LastWrite(uint kind)
        {
            world.Call("ZwQueryKey", handle, kind, buffer, 256, length);
            return GuestMemory.Read<long>(buffer);
        }
    });

    [Fact]
    public void Variables_of_the_given_environment_are_expanded() => Simulate(world =>
    {
        var text = world.New<UNICODE_STRING>();
        world.Executive.Registry.SetValue(
            Key, "Where", REG_EXPAND_SZ, Encoding.Unicode.GetBytes("%home%\\%none%\0"));
        var environment = Texts.Wide(world, "=C:=x\0HOME=C:\\me\0\0");
        Assert.Equal(0ul, world.Call("RtlQueryRegistryValuesEx", 0, Texts.Wide(world, Key),
            Table(world, Direct(world, "Where", text.Address)), 0, environment));
        Assert.Equal("C:\\me\\%none%", Texts.Of(text));
        world.Call("RtlFreeUnicodeString", text.Address);
    });

    [Fact]
    public void A_registry_callback_that_stays_is_left_over() => Simulate(world =>
    {
        var cookie = world.Memory(8);
        Assert.Equal(0ul, world.Call("CmRegisterCallbackEx", 0x5000, 0, 0, 0, cookie, 0));
        Assert.Contains(world.Executive.CollectLeftovers(), l => l.Kind == "registry callback");
        Assert.Equal(0ul, world.Call("CmUnRegisterCallback", GuestMemory.Read<ulong>(cookie)));
        Assert.DoesNotContain(world.Executive.CollectLeftovers(), l => l.Kind == "registry callback");
    });

    [Fact]
    public void Keys_are_made_written_and_deleted() => Simulate(world =>
    {
        Assert.Equal(NotFound, Open(world, "ZwCreateKey", Key + @"\Not\There", out _));
        Assert.Equal(0ul, Open(world, "ZwCreateKey", Key + @"\New", out var handle));
        var name = Texts.Counted(world, "Answer").Address;
        var data = world.Memory(4);
        GuestMemory.Write(data, 42);
        Assert.Equal(0ul, world.Call("ZwSetValueKey", handle, name, 0, REG_DWORD, data, 4));
        var key = world.Executive.Registry.Open(Key + @"\new")!;
        Assert.Equal([42, 0, 0, 0], world.Executive.Registry.GetValue(key, "answer")!.Data);
        Assert.Equal(0ul, world.Call("ZwDeleteValueKey", handle, name));
        Assert.Equal(NotFound, world.Call("ZwDeleteValueKey", handle, name));
        Assert.Equal(0ul, world.Call("ZwDeleteKey", handle));
        Assert.Equal((uint)NTSTATUS.STATUS_KEY_DELETED, world.Call("ZwDeleteKey", handle));
        Assert.Null(world.Executive.Registry.Open(Key + @"\New"));
        Assert.Equal(0ul, world.Call("ZwClose", handle));
        Assert.Equal((uint)NTSTATUS.STATUS_OBJECT_PATH_SYNTAX_BAD,
            Open(world, "ZwOpenKey", "Registry", out _));
    });

    [Fact]
    public void Values_are_written_by_path() => Simulate(world =>
    {
        var data = world.Memory(4);
        GuestMemory.Write(data, 9);
        var path = Texts.Wide(world, @"Other\Parameters");
        var name = Texts.Wide(world, "Level");
        Assert.Equal(NotFound, world.Call("RtlCheckRegistryKey", RTL_REGISTRY_SERVICES, path));
        Assert.Equal(0ul, world.Call(
            "RtlWriteRegistryValue", RTL_REGISTRY_SERVICES, path, name, REG_DWORD, data, 4));
        Assert.Equal(0ul, world.Call("RtlCheckRegistryKey", RTL_REGISTRY_SERVICES, path));
        Assert.Equal(0ul, world.Call("RtlDeleteRegistryValue", RTL_REGISTRY_SERVICES, path, name));
        Assert.Equal(NotFound, world.Call("RtlDeleteRegistryValue", RTL_REGISTRY_SERVICES, path, name));
    });

    private static void Simulate(Action<KernelWorld> body) => KernelWorld.Simulate(world =>
    {
        var registry = world.Executive.Registry;
        Assert.Equal(Key, RegistryService.ParametersPath("Demo"));
        registry.SetDword(Key, "Port", 7777);
        registry.SetString(Key, "Host", "::1");
        registry.SetValue(Key, "Path", REG_EXPAND_SZ, Encoding.Unicode.GetBytes("%SystemRoot%\\x\0"));
        registry.SetValue(Key, "Bytes", REG_BINARY, [1, 2, 3, 4, 5, 6, 7, 8]);
        registry.SetValue(Key, "List", REG_MULTI_SZ, Encoding.Unicode.GetBytes("a\0bc\0\0"));
        registry.SetValue(Key, "Small", REG_BINARY, [1]);
        registry.SetDword(Key + @"\Sub", "Deep", 1);
        body(world);
    });

    private static RTL_QUERY_REGISTRY_TABLE Direct(KernelWorld world, string name, nuint place) => new()
    {
        Flags = RTL_QUERY_REGISTRY_DIRECT,
        Name = Texts.Wide(world, name),
        EntryContext = place,
    };

    private static nuint Table(KernelWorld world, params RTL_QUERY_REGISTRY_TABLE[] entries)
    {
        var table = new GuestPtr<RTL_QUERY_REGISTRY_TABLE>(world.Memory((entries.Length + 1) * 56));
        for (var i = 0; i < entries.Length; i++)
            table.At(i).Value = entries[i];
        return table.Address;
    }

    private static ulong Query(
        KernelWorld world, uint relativeTo, string path, nuint table, ulong context = 0) =>
        world.Call("RtlQueryRegistryValues", relativeTo, Texts.Wide(world, path), table, context, 0);

    private static ulong Open(KernelWorld world, string routine, string path, out nuint handle)
    {
        var attributes = world.New<OBJECT_ATTRIBUTES>();
        attributes.Value.Length = 48;
        attributes.Value.ObjectName = Texts.Counted(world, path);
        var handleAt = world.Memory(8);
        var status = routine == "ZwOpenKey"
            ? world.Call(routine, handleAt, KEY_READ, attributes.Address)
            : world.Call(routine, handleAt, KEY_ALL_ACCESS, attributes.Address, 0, 0, 0, 0);
        handle = GuestMemory.Read<nuint>(handleAt);
        return status;
    }
}
