// IP addresses as text: what is read, what is refused, and the short form that is written.
// It knows nothing about socket addresses.
using System.Net;

namespace OpenWsk.Kernel.Tests;

public sealed class AddressTests
{
    private const uint Invalid = (uint)NTSTATUS.STATUS_INVALID_PARAMETER;

    [Theory]
    [InlineData("127.0.0.1", 1, "127.0.0.1", 9)]
    [InlineData("1.2.3.4:80", 1, "1.2.3.4", 7)]
    [InlineData("0x7f.1", 0, "127.0.0.1", 6)]
    [InlineData("017.0.0.1", 0, "15.0.0.1", 9)]
    [InlineData("16777217", 0, "1.0.0.1", 8)]
    [InlineData("1.2.3", 1, null, 0)]
    [InlineData("256.1.1.1", 1, null, 0)]
    [InlineData("1.2.3.256", 0, null, 0)]
    [InlineData("", 1, null, 0)]
    [InlineData("a.b.c.d", 0, null, 0)]
    public void Ipv4_is_read(string text, byte strict, string? expected, int length) =>
        KernelWorld.Simulate(world =>
        {
            var address = world.Memory(4);
            var terminator = world.Memory(8);
            var source = Texts.Wide(world, text);
            var status = world.Call("RtlIpv4StringToAddressW", source, strict, terminator, address);
            Assert.Equal(expected is null ? Invalid : 0u, status);
            if (expected is null)
                return;
            Assert.Equal(expected, new IPAddress(GuestMemory.Span(address, 4)).ToString());
            Assert.Equal(source + (nuint)(length * 2), GuestMemory.Read<nuint>(terminator));
        });

    [Theory]
    [InlineData("::", "::", 2)]
    [InlineData("::1", "::1", 3)]
    [InlineData("fe80::1%3", "fe80::1", 7)]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 15)]
    [InlineData("2001:DB8::", "2001:db8::", 10)]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4", 14)]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", 19)]
    [InlineData("1::2::3", "1::2", 4)]
    [InlineData("1:2:3", null, 0)]
    [InlineData("12345::", null, 0)]
    [InlineData("1.2.3.4", null, 0)]
    [InlineData("", null, 0)]
    public void Ipv6_is_read(string text, string? expected, int length) => KernelWorld.Simulate(world =>
    {
        var address = world.Memory(16);
        var terminator = world.Memory(8);
        var source = Texts.Ansi(world, text);
        Assert.Equal(
            expected is null ? Invalid
                : 0u, world.Call("RtlIpv6StringToAddressA", source, terminator, address));
        if (expected is null)
            return;
        Assert.Equal(IPAddress.Parse(expected), new IPAddress(GuestMemory.Span(address, 16)));
        Assert.Equal(source + (nuint)length, GuestMemory.Read<nuint>(terminator));
    });

    [Theory]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1:0:0:2")]
    [InlineData("2001:db8::1")]
    [InlineData("1:0:2:3:4:5:6:7")]
    [InlineData("1::4:0:0:8")]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("fe80::5efe:10.0.0.1")]
    [InlineData("1:2:3:4:5:6::")]
    public void Ipv6_is_written_in_its_short_form(string text) => KernelWorld.Simulate(world =>
    {
        var address = world.Memory(16);
        IPAddress.Parse(text).TryWriteBytes(GuestMemory.Span(address, 16), out _);
        var target = world.Memory(140);
        var end = world.Call("RtlIpv6AddressToStringW", address, target);
        Assert.Equal(text, GuestMemory.WideZ(target).ToString());
        Assert.Equal(target + (nuint)(text.Length * 2), end);
    });

    [Theory]
    [InlineData("1.2.3.4:80", "1.2.3.4:80")]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("1.2.3.4:", null)]
    [InlineData("1.2.3.4:65536", null)]
    [InlineData("1.2.3.4 ", null)]
    public void Ipv4_with_port_goes_both_ways(string text, string? expected) => KernelWorld.Simulate(world =>
    {
        var memory = world.Memory(64);
        var status = world.Call("RtlIpv4StringToAddressExA", Texts.Ansi(world, text), 1, memory, memory + 4);
        Assert.Equal(expected is null ? Invalid : 0u, status);
        if (expected is null)
            return;
        GuestMemory.Write(memory + 8, 40u);
        var port = GuestMemory.Read<ushort>(memory + 4);
        Assert.Equal(0ul, world.Call("RtlIpv4AddressToStringExA", memory, port, memory + 16, memory + 8));
        Assert.Equal(expected, System.Text.Encoding.Latin1.GetString(GuestMemory.AnsiZ(memory + 16)));
        Assert.Equal((uint)expected.Length + 1, GuestMemory.Read<uint>(memory + 8));
        GuestMemory.Write(memory + 8, (uint)expected.Length);
        Assert.Equal(Invalid, world.Call("RtlIpv4AddressToStringExA", memory, port, memory + 16, memory + 8));
    });

    [Theory]
    [InlineData("[fe80::1%12]:443", "[fe80::1%12]:443")]
    [InlineData("fe80::1%12", "fe80::1%12")]
    [InlineData("[::1]", "::1")]
    [InlineData("[::1", null)]
    [InlineData("::1%", null)]
    [InlineData("::1:x", null)]
    public void Ipv6_with_scope_and_port_goes_both_ways(string text, string? expected) =>
        KernelWorld.Simulate(world =>
        {
            var memory = world.Memory(256);
            var status = world.Call(
                "RtlIpv6StringToAddressExW", Texts.Wide(world, text), memory, memory + 16, memory + 20);
            Assert.Equal(expected is null ? Invalid : 0u, status);
            if (expected is null)
                return;
            GuestMemory.Write(memory + 24, 65u);
            Assert.Equal(0ul, world.Call("RtlIpv6AddressToStringExW", memory,
                GuestMemory.Read<uint>(memory + 16),
                GuestMemory.Read<ushort>(memory + 20),
                memory + 32,
                memory + 24));
            Assert.Equal(expected, GuestMemory.WideZ(memory + 32).ToString());
        });
}
