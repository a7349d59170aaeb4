// Event tracing: providers, who listens, events with numbers, texts and self-describing fields, WPP messages.
// The metadata of TraceLogging events is laid out by hand as the SDK's header describes it.
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class EtwTests
{
    private static readonly Guid s_id = new("ce5fa4ea-ab00-5402-8b76-9f76ac858fb5");
    private const string Name = "MyCompany.MyComponent";

    [Fact]
    public void A_name_has_the_published_guid() => Assert.Equal(s_id, EtwEnabling.GuidOf(Name));

    [Theory]
    [InlineData("Contoso", "Contoso", 0, 0ul)]
    [InlineData("*:5", "*", 5, 0ul)]
    [InlineData("a:4:0x10", "a", 4, 16ul)]
    public void A_wish_is_written_provider_level_keywords(string text, string provider, byte level,
        ulong keys)
    {
        Assert.True(EtwEnabling.TryParse(text, out var wish));
        Assert.Equal(new EtwEnabling(provider, level, keys), wish);
        Assert.False(EtwEnabling.TryParse(text + ":x:y", out _));
        Assert.False(EtwEnabling.TryParse("", out _));
    }

    [Fact]
    public void A_provider_is_told_who_listens_before_and_after() => KernelWorld.Simulate(world =>
    {
        var calls = new List<string>();
        var callback = world.Callback(a =>
        {
            calls.Add($"{a[1]} {(byte)a[2]} {a[3]:x} {a[6]:x}");
            return 0;
        });
        world.Executive.Etw.Enable(new EtwEnabling(Name, 4, 0x3));
        var handle = Register(world, callback);
        Assert.Equal(["1 4 3 77"], calls);
        Assert.Equal((1ul, 0ul, 0ul), (Enabled(world, handle, 4, 1), Enabled(world, handle, 5, 1),
            Enabled(world, handle, 4, 4)));
        world.Executive.Etw.Enable(new EtwEnabling(s_id.ToString(), 5, 0x4));
        Assert.Equal("1 5 7 77", calls[1]);
        world.Executive.Etw.DisableAll();
        Assert.Equal("0 0 0 77", calls[2]);
        Assert.Equal(0ul, Enabled(world, handle, 1, 0));
        Assert.Equal(0ul, world.Call("EtwUnregister", handle));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_HANDLE, world.Call("EtwUnregister", handle));
    });

    [Fact]
    public void A_name_in_the_traits_finds_its_listener() => KernelWorld.Simulate(world =>
    {
        var calls = 0;
        world.Executive.Etw.Enable(new EtwEnabling("Other.Name"));
        var handle = Register(world, world.Callback(_ => (ulong)++calls));
        Assert.Equal(0, calls);
        byte[] traits = [13, 0, .. "Other.Name\0"u8];
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            world.Call("EtwSetInformation", handle, 2, world.Bytes(traits), 12));
        Assert.Equal(0ul, world.Call("EtwSetInformation", handle, 2, world.Bytes(traits), 13));
        Assert.Equal(1, calls);
        Assert.Equal(["ETW provider: Other.Name"],
            world.Executive.CollectLeftovers().Select(l => $"{l.Kind}: {l.Detail}"));
    });

    [Fact]
    public void An_event_has_numbers_and_bytes() => KernelWorld.Simulate(world =>
    {
        var handle = Register(world, 0);
        var data = Data(world, (0, [1, 2]), (0, [0xAB]));
        Assert.Equal(0ul, world.Call("EtwWrite", handle, Descriptor(world, 7, 3, 0x10), 0, 2, data));
        Assert.Equal($"{s_id}: event 7 level=3 keyword=0x10 data=0102ab", Single(world));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            world.Call("EtwWrite", handle, Descriptor(world, 7, 3, 0), 0, 129, data));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_HANDLE,
            world.Call("EtwWrite", 99, Descriptor(world, 7, 3, 0), 0, 2, data));
        GuestMemory.Write(data + 8, 70000u);
        Assert.Equal((uint)NTSTATUS.STATUS_BUFFER_OVERFLOW,
            world.Call("EtwWrite", handle, Descriptor(world, 7, 3, 0), 0, 1, data));
    });

    [Fact]
    public void What_somebody_listens_to_is_filtered() => KernelWorld.Simulate(world =>
    {
        var handle = Register(world, 0);
        world.Executive.Etw.Enable(new EtwEnabling("*", 3));
        world.Call("EtwWriteString", handle, 4, 0, 0, Texts.Wide(world, "chatter"));
        world.Call("EtwWriteString", handle, 3, 0, 0, Texts.Wide(world, "say \"it\"\n"));
        Assert.Equal($"{s_id}: \"say \\\"it\\\"\\x0a\" level=3", Single(world));
    });

    [Fact]
    public void A_self_describing_event_has_names_and_values() => KernelWorld.Simulate(world =>
    {
        byte[] fields =
        [
            .. "Port\0"u8, 8, .. "Host\0"u8, 1, .. "Text\0"u8, 0x82, 0x23, .. "List\0"u8, 0x46,
            .. "Where\0"u8, 0x98, 0x82, 0x01, .. "X\0"u8, 7, .. "Y\0"u8, 0x94, 0x04, .. "Raw\0"u8, 14,
        ];
        byte[] metadata = [0, 0, 0x81, 0x00, .. "Connect\0"u8, .. fields];
        BitConverter.TryWriteBytes(metadata, (ushort)metadata.Length);
        byte[] payload =
        [
            .. BitConverter.GetBytes(80u), .. Encoding.Unicode.GetBytes("a.b\0"), .. "hi\0"u8,
            2, 0, 5, 0, 6, 0, .. BitConverter.GetBytes(-1), .. BitConverter.GetBytes(0xBEEFu), 2, 0, 0xCA,
                0xFE,
        ];
        var handle = Register(world, 0);
        var data = Data(world, (2, [3, 0, 0]), (1, metadata), (0, payload));
        Assert.Equal(0ul, world.Call("EtwWriteTransfer", handle, Descriptor(world, 0, 4, 0), 0, 0, 3, data));
        Assert.Equal($"{s_id}: Connect(Port=80, Host=\"a.b\", Text=\"hi\", List=[5, 6], "
            + "Where={X=-1, Y=0xbeef}, Raw=cafe) level=4", Single(world));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(20)]
    public void Damaged_descriptions_are_told_as_bytes(int cut) => KernelWorld.Simulate(world =>
    {
        byte[] metadata = [21, 0, 0, .. "Connect\0"u8, .. "Port\0"u8, 0x48, .. "Xy\0"u8, 1];
        var handle = Register(world, 0);
        var data = Data(world, (1, metadata[..cut]), (0, [9]));
        Assert.Equal(0ul, world.Call("EtwWrite", handle, Descriptor(world, 1, 4, 0), 0, 2, data));
        Assert.Equal($"{s_id}: event 1 level=4 data=09", Single(world));
    });

    [Fact]
    public void An_activity_belongs_to_its_thread() => KernelWorld.Simulate(world =>
    {
        var place = world.Memory(16);
        Assert.Equal(0ul, world.Call("EtwActivityIdControl", 5, place));
        Assert.Equal(Guid.Empty, GuestMemory.Read<Guid>(place));
        Assert.Equal(0ul, world.Call("EtwActivityIdControl", 1, place));
        Assert.NotEqual(Guid.Empty, GuestMemory.Read<Guid>(place));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call("EtwActivityIdControl", 6, place));
    });

    [Fact]
    public void A_wpp_provider_gets_a_logger_and_writes_messages() => KernelWorld.Simulate(world =>
    {
        var logger = 0ul;
        var callback = world.Callback(a =>
        {
            Assert.Equal(s_id, GuestMemory.Read<Guid>((nuint)a[0]));
            logger = GuestMemory.Read<ulong>((nuint)a[2]);
            return 0;
        });
        world.Executive.Etw.Enable(new EtwEnabling("*", 5));
        var place = world.Memory(24);
        GuestMemory.Write(place, s_id);
        Assert.Equal(0ul, world.Call("EtwRegisterClassicProvider", place, 0, callback, 0x77, place + 16));
        Assert.Equal(5ul, (logger >> 16) & 0xFF);
        var number = world.Memory(4);
        GuestMemory.Write(number, -5);
        var arguments = world.Memory(40);
        ulong[] slots = [number, 4, Texts.Ansi(world, "text"), 5, 0];
        for (var i = 0; i < slots.Length; i++)
            GuestMemory.Write(arguments + (nuint)(i * 8), slots[i]);
        Assert.Equal(0ul, world.Call("WmiTraceMessage", logger, 0x2B, place, 17, arguments));
        Assert.Equal($"WPP {s_id}: message 17 level=5 (-5, \"text\")", Single(world));
        GuestMemory.Write(arguments + 8, 1ul << 32);
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            world.Call("WmiTraceMessageVa", logger, 0x2B, place, 17, arguments));
    });

    [Fact]
    public void A_wmi_registration_that_stays_is_left_over() => KernelWorld.Simulate(world =>
    {
        Assert.Equal(0ul, world.Call("IoWMIRegistrationControl", 0x5000, 1));
        Assert.Equal(["WMI registration"], world.Executive.CollectLeftovers().Select(l => l.Kind));
        Assert.Equal(0ul, world.Call("IoWMIRegistrationControl", 0x5000, 2));
        Assert.Equal((uint)NTSTATUS.STATUS_INVALID_DEVICE_REQUEST,
            world.Call("IoWMIRegistrationControl", 0x5000, 2));
        Assert.Empty(world.Executive.CollectLeftovers());
    });

    private static ulong Register(KernelWorld world, nuint callback)
    {
        var place = world.Memory(24);
        GuestMemory.Write(place, s_id);
        Assert.Equal(0ul, world.Call("EtwRegister", place, callback, 0x77, place + 16));
        return GuestMemory.Read<ulong>(place + 16);
    }

    private static ulong Enabled(KernelWorld world, ulong handle, byte level, ulong keyword)
    {
        var byProvider = world.Call("EtwProviderEnabled", handle, level, keyword);
        Assert.Equal(byProvider, world.Call("EtwEventEnabled", handle, Descriptor(world, 1, level, keyword)));
        return byProvider;
    }

    private static nuint Descriptor(KernelWorld world, ushort id, byte level, ulong keyword)
    {
        var place = world.New<EVENT_DESCRIPTOR>();
        place.Value = new EVENT_DESCRIPTOR { Id = id, Level = level, Keyword = keyword };
        return place.Address;
    }

    private static nuint Data(KernelWorld world, params (byte Type, byte[] Bytes)[] pieces)
    {
        var place = new GuestPtr<EVENT_DATA_DESCRIPTOR>(world.Memory(16 * pieces.Length));
        for (var i = 0; i < pieces.Length; i++)
        {
            place.At(i).Value = new EVENT_DATA_DESCRIPTOR
            {
                Ptr = world.Bytes(pieces[i].Bytes),
                Size = (uint)pieces[i].Bytes.Length,
                Type = pieces[i].Type,
            };
        }
        return place.Address;
    }

    private static string Single(KernelWorld world)
    {
        var e = Assert.Single(world.Events, e => e.Kind == KernelEventKind.Trace);
        return $"{e.Text}: {e.Detail}";
    }
}
