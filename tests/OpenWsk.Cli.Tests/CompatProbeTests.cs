// The hand-kept part of the compatibility table against the provider itself: each control code and option of
// the surface is used once, and STATUS_NOT_SUPPORTED has to be what the table calls missing, and the reverse.
using OpenWsk.Abi;
using OpenWsk.Cli.Compat;
using OpenWsk.Kernel;
using Xunit;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Cli.Tests;

public sealed class CompatProbeTests : IAsyncLifetime
{
    private const int RegistrationOffset = 32;
    private const int ProviderOffset = 64;
    private readonly WskHost _host = WskHost.Create();
    private WskClient _socketOwner = null!;
    private nuint _block;

    public Task InitializeAsync()
    {
        _socketOwner = _host.Register();
        _block = _host.Executive.Heap.Allocate(96);
        GuestMemory.Write(_block, new WSK_CLIENT_DISPATCH { Version = 0x0100 });
        GuestMemory.Write(_block + 16, new WSK_CLIENT_NPI { Dispatch = new(_block) });
        Call("WskRegister", _block + 16, _block + RegistrationOffset);
        Call("WskCaptureProviderNPI", _block + RegistrationOffset, WSK_NO_WAIT, _block + ProviderOffset);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        Call("WskReleaseProviderNPI", _block + RegistrationOffset);
        Call("WskDeregister", _block + RegistrationOffset);
        await _socketOwner.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public void Client_control_codes_are_served_as_the_table_says()
    {
        ref var npi = ref new GuestPtr<WSK_PROVIDER_NPI>(_block + ProviderOffset).Value;
        foreach (var row in SurfaceTable.Rows(7))
        {
            var code = ulong.Parse(row["value"]);
            var status = _host.Executive.Code.Call(
                npi.Dispatch.Value.WskControlClient, [npi.Client.Address, code, 0, 0, 0, 0, 0, 0]);
            Compare(row["code"], (NTSTATUS)(uint)status);
        }
    }

    [Fact]
    public async Task Socket_options_and_controls_are_served_as_the_table_says()
    {
        await using var connection = await _socketOwner.CreateConnectionSocketAsync();
        var socket = connection.Address;
        foreach (var row in SurfaceTable.Rows(8).Where(row => row["level"] == "SOL_SOCKET"))
            Compare(row["option"], Control(socket, WSK_CONTROL_SOCKET_TYPE.WskSetOption, row["value"]));
        foreach (var row in SurfaceTable.Rows(9))
            Compare(row["control"], Control(socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, row["value"]));
    }

    private NTSTATUS Control(nuint socket, WSK_CONTROL_SOCKET_TYPE type, string code)
    {
        var dispatch =
            new GuestPtr<WSK_PROVIDER_BASIC_DISPATCH>(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch);
        return (NTSTATUS)(uint)_host.Executive.Code.Call(
            dispatch.Value.WskControlSocket,
            [socket, (ulong)type, Convert.ToUInt64(code, 16), SOL_SOCKET, 0, 0, 0, 0, 0, 0]);
    }

    private static void Compare(string name, NTSTATUS status)
    {
        var (level, _) = new ItemList().Find(name);
        // STATUS_INVALID_DEVICE_REQUEST says that the option is another category's.
        var isServed = status is not (NTSTATUS.STATUS_NOT_SUPPORTED or NTSTATUS.STATUS_NOT_IMPLEMENTED);
        Assert.True(
            isServed == level is not CompatLevel.Missing,
            $"{name} is {level} in the table and answers {status}");
    }

    private void Call(string name, params ReadOnlySpan<ulong> arguments) =>
        _host.Executive.Routines.Get(Libraries.Netio, name).Invoke(_host.Executive, arguments);
}
