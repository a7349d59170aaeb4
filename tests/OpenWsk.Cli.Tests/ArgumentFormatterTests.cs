// Arguments as a trace shows them, by type and by name; and that nothing is read where a guest pointer is
// wild.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class ArgumentFormatterTests : IDisposable
{
    private readonly GuestBlock _guest = new();

    public void Dispose() => _guest.Dispose();

    [Theory]
    [InlineData("WskSocketConnect", "SocketType", "ushort", 1, "SOCK_STREAM")]
    [InlineData("WskSocketConnect", "SocketType", "ushort", 0xFFFF_0001, "SOCK_STREAM")]
    [InlineData("WskSocketConnect", "Protocol", "uint", 6, "IPPROTO_TCP")]
    [InlineData("WskSocket", "AddressFamily", "ushort", 23, "AF_INET6")]
    [InlineData("WskSocket", "Flags", "uint", 2, "WSK_FLAG_CONNECTION_SOCKET")]
    [InlineData("WskReceive", "Flags", "uint", 2, "WSK_FLAG_WAITALL")]
    [InlineData("WskSend", "Flags", "uint", 2, "WSK_FLAG_NODELAY")]
    [InlineData("WskReceive", "Flags", "uint", 0x12, "WSK_FLAG_WAITALL|0x10")]
    [InlineData("WskDisconnect", "Flags", "uint", 0, "0")]
    [InlineData("WskCaptureProviderNPI", "WaitTimeout", "uint", 0xFFFFFFFF, "WSK_INFINITE_WAIT")]
    [InlineData("ExAllocatePool2", "Flags", "ulong", 0x40, "POOL_FLAG_NON_PAGED")]
    [InlineData("ExAllocatePool2", "Tag", "uint", 0x6e6e6f43, "'Conn'")]
    [InlineData("IoFreeIrp", "Irp", "GuestPtr<IRP>", 0, "NULL")]
    [InlineData("IoFreeIrp", "Irp", "GuestPtr<IRP>", 0x7f0012345678, "0x7f0012345678")]
    [InlineData("Foo", "Status", "NTSTATUS", 0xC0000236, "STATUS_CONNECTION_REFUSED")]
    [InlineData("Foo", "Status", "NTSTATUS", 0xC0FFEE00, "0xC0FFEE00")]
    [InlineData("Foo", "Count", "int", 0xFFFF_FFFF, "-1")]
    [InlineData("Foo", "Size", "ulong", 0x10000, "0x10000")]
    [InlineData("WskControlSocket", "RequestType", "WSK_CONTROL_SOCKET_TYPE", 2, "WskIoctl")]
    [InlineData("DbgPrint", "Arguments", "VaList", 0x7f0000000000, "...")]
    public void Numbers_are_named_where_windows_names_them(
        string routine, string parameter, string type, ulong value, string text) =>
        Assert.Equal(text, Format(routine, parameter, type, value));

    [Fact]
    public void An_address_is_shown_as_one()
    {
        var address = _guest.Value(default(SOCKADDR_IN6));
        EndpointAddress.From(System.Net.IPAddress.IPv6Loopback, 8080).Write(new((nuint)address));
        Assert.Equal("[::1]:8080", Format("WskConnect", "RemoteAddress", "GuestPtr<SOCKADDR>", address));
    }

    [Fact]
    public void An_address_to_be_filled_is_not_read()
    {
        var address = _guest.Value(new SOCKADDR_IN { sin_family = 2 });
        var text = Format("WskGetLocalAddress", "LocalAddress", "GuestPtr<SOCKADDR>", address);
        Assert.Equal($"0x{address:x}", text);
    }

    [Fact]
    public void Strings_are_quoted_and_escaped() => Assert.Equal(
        "\"a\\r\\n\\\"\\x01\"",
        Format("Foo", "Name", "GuestPtr<UNICODE_STRING>", _guest.Unicode("a\r\n\"\x01")));

    [Theory]
    [InlineData(3)]
    [InlineData(0xFFFE)]
    public void A_string_with_a_senseless_length_is_not_read(ushort length)
    {
        var address = _guest.Unicode("abcd", length);
        Assert.Equal($"0x{address:x}", Format("Foo", "Name", "GuestPtr<UNICODE_STRING>", address));
    }

    [Fact]
    public void Long_strings_are_cut()
    {
        var address = _guest.Bytes([.. Enumerable.Repeat((byte)'x', 500)]);
        var text = Format("DbgPrint", "Format", "GuestPtr<byte>", address);
        Assert.Equal($"\"{new string('x', GuestReader.TextCharsMax)}\"...", text);
    }

    [Fact]
    public void A_buffer_shows_its_members() => Assert.Equal(
        "{Mdl=0x1234, Offset=5, Length=6}",
        Format("WskSend", "Buffer", "GuestPtr<WSK_BUF>",
            _guest.Value(new WSK_BUF { Mdl = new(0x1234), Offset = 5, Length = 6 })));

    [Fact]
    public void A_relative_time_is_shown_in_milliseconds() => Assert.Equal(
        "5ms", Format("KeWaitForSingleObject", "Timeout", "GuestPtr<LARGE_INTEGER>", _guest.Value(-50_000L)));

    [Theory]
    [InlineData(1)]
    [InlineData(0xFFFF)]
    [InlineData(0x8000_0000_0000)]
    [InlineData(0xFFFF_8000_0000_0000)]
    [InlineData(0xF0E0_0000_0000_0010)]
    public void Wild_pointers_are_not_read(ulong address)
    {
        string[] types = ["SOCKADDR", "UNICODE_STRING", "STRING", "WSK_BUF", "LARGE_INTEGER", "byte", "char"];
        foreach (var type in types)
        {
            var name = type switch { "LARGE_INTEGER" => "Timeout", "byte" or "char" => "Format", _ => "P" };
            Assert.Equal($"0x{address:x}", Format("Foo", name, $"GuestPtr<{type}>", address));
        }
    }

    private static string Format(string routine, string parameter, string type, ulong value) =>
        ArgumentFormatter.Argument(Routines.Make(routine, "NTSTATUS", (parameter, type)), 0, value);
}
